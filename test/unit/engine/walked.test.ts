// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify, type VerifyResult } from '../../../src/verifier/check';
import { BacktrackMasks } from '../../../src/verifier/engine/masks';
import { dropWalked } from '../../../src/verifier/engine/walked';
import type { JmpHistoryEntry } from '../../../src/verifier/state/state';
import { asm } from '../../support/asm';
import { kernelOf } from '../../support/kernel';
import { Random } from '../../../scripts/fuzz/random';
import { program } from '../prepass/programs';

const entry = (): JmpHistoryEntry => ({
  prev: null,
  count: 1,
  idx: 0,
  prevIdx: 0,
  flags: 0,
  spi: 0,
  frame: 0,
  linkedRegs: [],
  walked: 0,
  walkedSlots: 0,
});

/** Registers and slots, as bits, that are still looked for after an entry was passed. */
function pass(at: JmpHistoryEntry, regs: number, slots: number, givenUp = 0): [regs: number, slots: number] {
  const masks = new BacktrackMasks();
  masks.regs[0] = regs;
  masks.slotsLo[0] = slots;
  const dropped = dropWalked(masks, at, givenUp);
  const left: [number, number] = [masks.regs[0], masks.slotsLo[0]];
  expect(dropped).toBe(left[0] !== regs || left[1] !== slots);
  return left;
}

describe('what a walk back already looked for', () => {
  it('is looked for once at each place', () => {
    const at = entry();
    expect(pass(at, 0b0110, 0b1)).toEqual([0b0110, 0b1]);
    expect(pass(at, 0b1100, 0b11)).toEqual([0b1000, 0b10]);
    expect(pass(at, 0b1110, 0b11)).toEqual([0, 0]);
    expect(pass(entry(), 0b1110, 0b11)).toEqual([0b1110, 0b11]);
  });
  it('counts no longer once a walk gave up', () => {
    const at = entry();
    pass(at, 0b110, 0b1);
    expect(pass(at, 0b110, 0b1, 1)).toEqual([0b110, 0b1]);
    expect(pass(at, 0b110, 0b1, 1)).toEqual([0, 0]);
    // more walks than an entry can tell apart
    expect(pass(at, 0b110, 0b1, 1 << 20)).toEqual([0b110, 0b1]);
    expect(pass(at, 0b110, 0b1, 1 << 20)).toEqual([0b110, 0b1]);
  });
  it('is not noted of slots far down', () => {
    const at = entry();
    pass(at, 0, 1 << 31);
    expect(pass(at, 0, 1 << 31)).toEqual([0, 1 << 31]);
  });
});

/** Pieces of a loop's body: values that depend on each other, go through the stack, and decide jumps, and a comparison with a pointer, at which walks give up. */
const PIECES: readonly Insn[][] = [
  asm`r6 += r7`,
  asm`r8 = r6`,
  asm`r6 = r9`,
  asm`r9 += r8`,
  asm`r6 &= 7`,
  asm`r9 = 5`,
  asm`*(u64 *)(r10 -8) = r6`,
  asm`*(u64 *)(r10 -16) = r9`,
  asm`r9 = *(u64 *)(r10 -8)`,
  asm`r6 = *(u64 *)(r10 -16)`,
  asm`if r6 > 3 goto pc+1; r8 += 1`,
  asm`if r9 == 5 goto pc+1; r9 = r6`,
  asm`if r8 > r6 goto pc+1; r6 = 1`,
  asm`if r7 > 2 goto pc+1; r8 = 2`,
  asm`call #7; r9 = r0`,
  asm`r0 = *(u64 *)(r10 -24); if r9 == r0 goto pc+1; r8 = 3`,
];

function loop(random: Random): Insn[] {
  const body = Array.from({ length: 3 + random.below(6) }, () => PIECES[random.below(PIECES.length)]!).flat();
  return [
    ...asm`*(u64 *)(r10 -24) = r1; call #7; r6 = r0; r6 &= 15; r7 = 0; r8 = 1; r9 = r6; *(u64 *)(r10 -8) = r6; *(u64 *)(r10 -16) = r7`,
    ...body,
    ...asm`r7 += 1; if r7 < ${2 + random.below(6)} goto pc${-body.length - 2}; r0 = 0; exit`,
  ];
}

const run = (insns: Insn[], logLevel: number): VerifyResult =>
  verify(program(insns), kernelOf().profile, DEFAULT_POLICY, { logLevel, unprivileged: false, flags: 0, recorder: null, tick: null });

describe('walks that end where others were', () => {
  it('count those that gave up', () => {
    // the walk for r6 looks for r7 above the comparison, and comes to where the program began, on each of the two paths
    const given = asm`r7 = r1; call #7; r6 = r0; if r6 == r7 goto pc+1; r0 = 0; r6 &= 7; if r6 > 7 goto pc+1; r0 = 0; exit`;
    const { verdict, env } = run(given, 0);
    expect([verdict, env.exploration.walksGivenUp]).toEqual(['accept', 2]);
  });
  it('find what walks find that go all the way, as they do for a log', () => {
    const random = new Random(7);
    let states = 0;
    for (let i = 0; i < 40; i++) {
      const given = loop(random);
      const whole = run(given, 2);
      const { verdict, processedInsns, totalStates, peakStates } = run(given, 0);
      expect({ verdict, processedInsns, totalStates, peakStates }).toEqual({
        verdict: whole.verdict,
        processedInsns: whole.processedInsns,
        totalStates: whole.totalStates,
        peakStates: whole.peakStates,
      });
      if (whole.log.includes('mark_precise')) states += totalStates;
    }
    expect(states).toBeGreaterThan(150);
  });
});
