// SPDX-License-Identifier: GPL-2.0-only
/** Deep stacks and long chains of calls, and tail calls from anywhere in them. */
import type { Statement } from './basic';

const HELPER = { tailCall: 12 } as const;

/** Touches the far end of the frame. */
export const deepStack: Statement = (s) => {
  const { asm, random: r } = s;
  asm.storeImm(8, 10, -r.pick([16, 64, 104, 128, 200, 248, 256, 264, 400, 480, 504, 512, 512]), 0);
};

/** A tail call from wherever there is a context. */
export const tailCallAnywhere: Statement = (s) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  if (ctx === 0) return;
  asm.movReg(1, ctx);
  asm.map(2, r.chance(0.97) ? 'jumps' : 'plain');
  if (r.chance(0.5)) asm.mov(3, r.below(3));
  else if (s.find('scalar') !== 0) asm.movReg(3, s.find('scalar'));
  else asm.mov(3, 0);
  asm.helper(HELPER.tailCall);
};
