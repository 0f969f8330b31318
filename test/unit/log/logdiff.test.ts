// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { lineShape, logDifference } from '../../../scripts/corpus/logdiff';
import type { InsnNote, Program } from '../../../src/object/program';
import { asm } from '../../support/asm';

/** 0: a map, 2: a constant, 4: the address of a symbol. */
const PROGRAM = {
  insns: asm`r1 = map 5 ll; r1 = 5 ll; r1 = 5 ll`,
  notes: new Map<number, InsnNote>([[4, { kind: 'ksym', name: 'x' }]]),
} as unknown as Program;

describe('comparison of logs', () => {
  it('leaves out addresses, with the padding that depends on them, and the time', () => {
    const one = '  1   0: .1........ (18) r1 = 0xff11\n0: (18) r1 = 0xff11       ; R1=map_ptr()\nverification time 5 usec\n';
    const two = '  1   0: .1........ (18) r1 = 0xff2222\n0: (18) r1 = 0xff2222     ; R1=map_ptr()\nverification time 77 usec\n';
    expect(logDifference(one, two, PROGRAM)).toBeNull();
  });
  it('keeps numbers of the program', () => {
    expect(logDifference('2: (18) r1 = 0x5\n', '2: (18) r1 = 0x6\n', PROGRAM)).toEqual({
      line: 1,
      theirs: '2: (18) r1 = 0x5',
      ours: '2: (18) r1 = 0x6',
    });
  });
  it('leaves out addresses that the loader looked up, also in states', () => {
    const log = (address: string): string => `4: (18) r1 = ${address}       ; R1=${address}\n6: (95) exit ; R1=${address} R2=0x10\n`;
    expect(logDifference(log('0xffffffff81000000'), log('0xffffffff92000000'), PROGRAM)).toBeNull();
  });
  it('tells the end of a log from an empty line', () => {
    expect(logDifference('a\n', 'a', PROGRAM)).toEqual({ line: 2, theirs: '', ours: null });
  });
  it('groups lines by shape', () => {
    expect(lineShape('12: (b7) r1 = -0x5')).toBe(lineShape('13: (b7) r2 = -0x77'));
  });
});
