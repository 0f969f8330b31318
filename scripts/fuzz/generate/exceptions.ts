// SPDX-License-Identifier: GPL-2.0-only
/** Exceptions: a function of the program that gets them, and throwing with things held. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import type { FuzzFunction, Param } from '../program';
import type { Random } from '../random';
import { scalar, type Statement } from './basic';
import { JMP_OPS } from './asm';

/** The name of the function that gets exceptions. */
export const CATCHER = 'catcher';

/** The shape of the function that gets exceptions: wrong now and then. */
export function catcherShape(random: Random): Omit<FuzzFunction, 'items'> {
  const params = random.weighted<readonly Param[]>([
    [12, ['scalar']],
    [0.5, []],
    [0.5, ['ctx']],
    [0.5, ['scalar', 'scalar']],
    [0.5, ['int']],
    [0.3, ['pointer']],
    [0.3, ['nonnull']],
  ]);
  return {
    name: CATCHER,
    linkage: random.chance(0.97) ? 'global' : 'static',
    params,
    ...(random.chance(0.03) ? { returns: 'void' as const } : {}),
  };
}

/** Throws, if some scalar is as it should not be. */
export const throwIf: Statement = (s) => {
  const { asm, random: r } = s;
  const past = asm.label();
  scalar(s, 1);
  asm.jump(r.pick(JMP_OPS), 1, r.constant(), past, r.chance(0.8));
  switch (
    r.weighted([
      [4, 'constant'],
      [3, 'scalar'],
      [1, 'bounded'],
      [0.3, 'pointer'],
      [0.3, 'nothing'],
    ] as const)
  ) {
    case 'constant':
      asm.mov(1, r.pick([0, 1, 2, -1, 64, r.constant()]));
      break;
    case 'bounded':
      asm.alu(Alu.AND, 1, 1);
      break;
    case 'pointer':
      asm.movReg(1, r.pick([10, 6, 7, 8, 9]));
      break;
    case 'nothing':
      break;
    default:
      scalar(s, 1);
  }
  asm.kfunc('bpf_throw');
  // nothing comes after it, unless a jump leads here
  if (r.chance(0.15)) asm.exit();
  asm.put(past);
};

/** Calls, or hands out, the function that gets exceptions. */
export const callCatcher: Statement = (s) => {
  const { asm, random: r } = s;
  if (!s.functions.some((f) => f.name === CATCHER) || r.chance(0.6)) return;
  if (r.chance(0.7)) {
    scalar(s, 1);
    asm.mov(2, 0);
    asm.call(CATCHER);
    return;
  }
  asm.mov(1, 4);
  asm.func(2, CATCHER);
  asm.mov(3, 0);
  asm.mov(4, 0);
  asm.helper(181);
  asm.jump(Jmp.JSLT, 0, 0, s.out);
};
