// SPDX-License-Identifier: GPL-2.0-only
/** Instructions that a walk back passes by are those that change nothing of what is looked for. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../scripts/fuzz/random';
import type { Insn } from '../../../src/isa/insn';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { ALWAYS, backtrackInsn, touches, walkMarks, WalkSteps } from '../../../src/verifier/engine/backtrack';
import { BacktrackMasks } from '../../../src/verifier/engine/masks';
import type { VerifierEnv } from '../../../src/verifier/env';
import type { JmpHistoryEntry } from '../../../src/verifier/state/state';
import { must } from '../domain/random';

const FRAME = 1;

function masksOf(regs: number, slots: number): BacktrackMasks {
  const masks = new BacktrackMasks();
  masks.frame = FRAME;
  masks.regs[FRAME] = regs;
  masks.slotsLo[FRAME] = slots;
  return masks;
}

const looked = ({ frame, regs, slotsLo, slotsHi, stackArgs }: BacktrackMasks): string =>
  `${frame}: ${[regs, slotsLo, slotsHi, stackArgs].map((list) => [...list].join()).join('; ')}`;

function entry(random: Random): JmpHistoryEntry | null {
  if (random.below(2) === 0) return null;
  const linkedRegs = random.below(3) === 0 ? [1, 2].map((index) => ({ frameno: FRAME, index, isReg: true })) : [];
  return {
    prev: null,
    count: 1,
    idx: 0,
    prevIdx: 0,
    flags: random.below(16),
    spi: random.below(4),
    frame: FRAME,
    linkedRegs,
    walked: 0,
    walkedSlots: 0,
  };
}

/** An instruction of any code, an atomic one now and then. */
function anyInsn(random: Random): Insn {
  return {
    code: random.below(256),
    dst: random.below(11),
    src: random.below(11),
    off: 1,
    imm: [0, 1, 0xe1, 0xf1, 0x100][random.below(5)]!,
  };
}

describe('a walk back for precision', () => {
  it('passes by only what would change nothing', () => {
    const random = new Random(7);
    let passed = 0;
    for (let i = 0; i < 15_000; i++) {
      const insn = anyInsn(random);
      const hist = entry(random);
      const masks = masksOf(random.below(1 << 10), random.below(16));
      if (touches(walkMarks([insn])[0]!, masks.regs[masks.frame]! | ALWAYS, hist)) continue;
      passed++;
      const env = { insns: [insn], log: { full: false }, kernel: { features: KERNEL_TABLES.features } } as unknown as VerifierEnv;
      const before = looked(masks);
      must(backtrackInsn(env, masks, 0, 1, hist), () => JSON.stringify(insn));
      must(looked(masks) === before, () => `${JSON.stringify([insn, hist])}: ${looked(masks)} instead of ${before}`);
    }
    expect(passed).toBeGreaterThan(2_000);
  });
  it('steps as far as nothing touches what is looked for, but no further than it can tell', () => {
    const random = new Random(11);
    const marks = Uint16Array.from({ length: 1_000 }, (_, i) =>
      // the first third is dense, then less and less happens
      random.below(1 + (i >> 3)) > 3 ? 0 : random.below(20) === 0 ? ALWAYS : 1 << random.below(11),
    );
    const steps = new WalkSteps(marks);
    const lengths = new Set<number>();
    for (let i = 0; i < 5_000; i++) {
      const insn = random.below(marks.length);
      const wanted = random.below(1 << 10) & random.below(1 << 10);
      let free = 0;
      while (free <= insn && !touches(marks[insn - free]!, wanted | ALWAYS, null)) free++;
      const step = steps.from(insn, wanted | ALWAYS);
      must(step === Math.min(free, 255), () => `${step} instead of ${free} back from ${insn} for ${wanted.toString(2)}`);
      lengths.add(step);
    }
    expect([lengths.has(0), lengths.has(255), lengths.size > 50]).toEqual([true, true, true]);
  });
});
