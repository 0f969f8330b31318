// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { kernelObjection } from '../../../src/btf/accept';
import { IntEncoding, Kind, Linkage } from '../../../src/btf/types';
import { BtfWriter } from '../object/helpers/btf';

function objection(write: (b: BtfWriter, int: number) => void): string | null {
  const writer = new BtfWriter();
  write(writer, writer.int('int', 4, IntEncoding.SIGNED));
  const refusal = kernelObjection(writer.bytes());
  return refusal === null ? null : `${refusal.of === null ? '' : `${refusal.of}: `}${refusal.line}`;
}

describe('kernelObjection', () => {
  it('takes what compilers write', () => {
    expect(
      objection((b, int) => {
        const list = b.struct('list', 16, [
          ['next', b.types + 2, 0],
          ['n', int, 64],
        ]);
        b.ptr(list);
        b.struct('', 4, [
          ['a', int, 0],
          ['flexible', b.array(int, int, 0), 32],
        ]);
        b.raw(Kind.STRUCT, 'bits', 2, 4, [b.text('x'), int, 3 << 24, b.text('y'), int, (29 << 24) | 3], true);
        b.declTag(
          'anything: at "all"',
          b.func(
            'f',
            b.proto(0, [
              ['a', int],
              ['', 0],
            ]),
          ),
          0,
        );
        b.datasec('?.struct_ops', 8, [[b.variable('v', int), 4, 4]]);
        b.ref(Kind.TYPEDEF, b.raw(Kind.FWD, 'opaque', 0, 0), 'opaque_t');
      }),
    ).toBeNull();
  });

  it.each<[string, RegExp, (b: BtfWriter, int: number) => void]>([
    ['parameter without name', /Invalid arg#1/, (b, int) => b.func('f', b.proto(int, [['', int]]))],
    [
      'void parameter',
      /Invalid arg#1/,
      (b, int) =>
        b.proto(int, [
          ['a', 0],
          ['b', int],
        ]),
    ],
    ['prototype that returns a function', /Invalid return type/, (b, int) => b.proto(b.proto(int, []), [])],
    ['extern function', /Invalid func linkage/, (b, int) => b.func('f', b.proto(int, []), Linkage.EXTERN)],
    ['extern variable', /Linkage not supported/, (b, int) => b.variable('v', int, Linkage.EXTERN)],
    ['name that is none', /Invalid name/, (b) => b.struct('a b', 0, [])],
    ['struct that contains itself', /Loop detected/, (b) => b.struct('s', 8, [['s', b.types + 1, 0]])],
    ['typedef of itself', /Loop detected/, (b) => b.ref(Kind.TYPEDEF, b.types + 1, 't')],
    ['pointer to itself', /Loop detected/, (b) => b.ptr(b.types + 1)],
    ['member beyond the struct', /Member exceeds struct_size/, (b, int) => b.struct('s', 4, [['a', int, 16]])],
    [
      'members that go back',
      /Invalid member bits_offset/,
      (b, int) =>
        b.struct('s', 12, [
          ['a', int, 32],
          ['b', int, 0],
        ]),
    ],
    ['void member', /a type_id=0 bits_offset=0 Invalid type_id$/, (b) => b.struct('s', 4, [['a', 0, 0]])],
    ['incomplete member', /a type_id=2 bits_offset=0 Invalid member$/, (b) => b.struct('s', 4, [['a', b.raw(Kind.FWD, 'f', 0, 0), 0]])],
    [
      'bit field wider than its type',
      /Invalid member bitfield_size/,
      (b, int) => b.raw(Kind.STRUCT, 's', 1, 8, [b.text('a'), int, 40 << 24], true),
    ],
    ['array of void', /Invalid elem/, (b, int) => b.array(0, int, 1)],
    ['array indexed by a struct', /Invalid index/, (b, int) => b.array(int, b.struct('s', 4, []), 1)],
    ['array too large', /overflows/, (b, int) => b.array(b.array(int, int, 0x10000), int, 0x10000)],
    ['empty section', /size == 0/, (b) => b.datasec('.data', 0, [])],
    [
      'variables over each other',
      /Invalid offset/,
      (b, int) =>
        b.datasec('.data', 8, [
          [b.variable('v', int), 0, 4],
          [b.variable('w', int), 2, 4],
        ]),
    ],
    ['variable larger than its place', /Invalid size/, (b, int) => b.datasec('.data', 8, [[b.variable('v', int), 0, 2]])],
    ['tag of an integer', /Invalid type_id/, (b, int) => b.declTag('t', int)],
    ['tag of a parameter that is not there', /Invalid component_idx/, (b, int) => b.declTag('t', b.func('f', b.proto(int, [])), 0)],
    ['integer wider than its size', /nr_bits exceeds/, (b) => b.raw(Kind.INT, 'i', 0, 4, [64])],
    ['enumerator without name', /Invalid name/, (b) => b.enumeration('e', [['', 1]])],
    [
      'nesting without end',
      /Exceeded max resolving depth/,
      (b, int) => {
        for (let depth = 0; depth < 40; depth += 1) {
          b.struct(`s${depth}`, 4, [['m', b.types + 2, 0]]);
        }
        b.ref(Kind.TYPEDEF, int, 'end');
      },
    ],
  ])('refuses: %s', (_, message, write) => {
    expect(objection(write)).toMatch(message);
  });

  it('refuses a BTF without types', () => {
    expect(kernelObjection(new BtfWriter().bytes())?.line).toBe('No type found');
  });
});
