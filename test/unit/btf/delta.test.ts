// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { decodeDelta, encodeDelta, noTypes } from '../../../src/btf/delta';
import { encodeBtf, StringPool } from '../../../src/btf/encode';
import { Kind, type BtfType } from '../../../src/btf/types';

const member = (name: string, type: number, bitOffset: number) => ({ name, type, bitOffset, bitfieldSize: 0 });
const int = (id: number, name: string): BtfType => ({ id, name, kind: Kind.INT, size: 4, encoding: 1, bitOffset: 0, bits: 32 });

/** Types of an imagined kernel. */
const OLD: readonly BtfType[] = [
  int(1, 'int'),
  { id: 2, name: '', kind: Kind.PTR, type: 3 },
  { id: 3, name: 'task', kind: Kind.STRUCT, size: 16, members: [member('pid', 1, 0), member('parent', 2, 64)] },
  {
    id: 4,
    name: 'colour',
    kind: Kind.ENUM,
    size: 4,
    signed: false,
    values: [
      { name: 'RED', value: 0n },
      { name: 'BLUE', value: 1n },
    ],
  },
];
/** The same a release later: a new type in front, a member more, a type that is gone, an enumerator in between. */
const NEW: readonly BtfType[] = [
  int(1, 'long'),
  int(2, 'int'),
  {
    id: 3,
    name: 'task',
    kind: Kind.STRUCT,
    size: 24,
    members: [member('pid', 2, 0), member('flags', 1, 32), member('parent', 4, 64), member('', 5, 128)],
  },
  { id: 4, name: '', kind: Kind.PTR, type: 3 },
  { id: 5, name: '', kind: Kind.UNION, size: 8, members: [member('über', 1, 0)] },
  {
    id: 6,
    name: 'colour',
    kind: Kind.ENUM,
    size: 4,
    signed: false,
    values: ['RED', 'RED_', 'RED_DARK', 'RED_DARK_', 'RED_DARKER', 'GREEN', 'BLUE'].map((name, i) => ({ name, value: BigInt(i) })),
  },
];

const bytesOf = (types: readonly BtfType[]): Uint8Array => encodeBtf(types, new StringPool());

describe('BTF as what differs from another', () => {
  const [older, newer] = [bytesOf(OLD), bytesOf(NEW)];

  it('comes back byte for byte, either way round and from itself', () => {
    for (const [base, target] of [
      [older, newer],
      [newer, older],
      [newer, newer],
      [older, bytesOf([])],
      [noTypes(), newer],
    ] as const)
      expect(decodeDelta(base, encodeDelta(base, target))).toEqual(target);
  });

  it('is refused for another base', () => {
    expect(() => decodeDelta(newer, encodeDelta(older, newer))).toThrow('it is told by its differences from another BTF');
  });

  it('ends with an error wherever it is cut off, and never with other types', () => {
    const delta = encodeDelta(older, newer);
    for (let length = 0; length < delta.length; length++) {
      let got: Uint8Array | null = null;
      try {
        got = decodeDelta(older, delta.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
      // the last of the new names may lose its end
      if (got !== null) expect(got.length).toBeLessThan(newer.length);
    }
  });

  it('does not take what is no BTF', () => {
    expect(() => encodeDelta(older, newer.subarray(0, 30))).toThrow('sections are not in their usual order');
  });
});
