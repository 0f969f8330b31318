// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { BtfError } from '../../../src/btf/error';
import { parseBtf, validateBtf } from '../../../src/btf/parse';
import { TypeTable } from '../../../src/btf/table';
import { IntEncoding, Kind, Linkage, type Btf } from '../../../src/btf/types';
import { BtfWriter } from '../object/helpers/btf';

function parse(write: (btf: BtfWriter) => void): Btf {
  const writer = new BtfWriter();
  write(writer);
  return parseBtf(writer.bytes(), { name: 'test', isKernel: false });
}

describe('parseBtf', () => {
  it('decodes each kind', () => {
    const btf = parse((b) => {
      b.int('int', 4, IntEncoding.SIGNED);
      b.ptr(1);
      b.array(1, 1, 5);
      b.struct('s', 8, [
        ['a', 1, 0],
        ['b', 2, 64],
      ]);
      b.raw(Kind.STRUCT, 'bits', 1, 4, [b.text('f'), 1, (3 << 24) | 5], true);
      b.enumeration('e', [
        ['X', 1],
        ['Y', -1],
      ]);
      b.raw(Kind.ENUM, 'signed_e', 1, 4, [b.text('Z'), 0xffffffff], true);
      b.raw(Kind.ENUM64, 'e64', 1, 8, [b.text('W'), 1, 2]);
      b.raw(Kind.FWD, 'u', 0, 0, [], true);
      b.func(
        'f',
        b.proto(1, [
          ['x', 1],
          ['', 0],
        ]),
        Linkage.STATIC,
      );
      b.variable('v', 1, Linkage.EXTERN);
      b.datasec('.data', 4, [[12, 0, 4]]);
      b.raw(Kind.FLOAT, 'double', 0, 8);
      b.declTag('tag', 4, 1);
      b.raw(Kind.TYPE_TAG, 'user', 0, 1, [], true);
    });
    expect(Array.from({ length: btf.endId - 1 }, (_, index) => btf.type(index + 1))).toMatchObject([
      { kind: Kind.INT, name: 'int', size: 4, bits: 32, encoding: IntEncoding.SIGNED },
      { kind: Kind.PTR, type: 1 },
      { kind: Kind.ARRAY, type: 1, indexType: 1, nelems: 5 },
      {
        kind: Kind.STRUCT,
        name: 's',
        size: 8,
        members: [
          { name: 'a', bitOffset: 0 },
          { name: 'b', bitOffset: 64, bitfieldSize: 0 },
        ],
      },
      { kind: Kind.STRUCT, members: [{ name: 'f', bitOffset: 5, bitfieldSize: 3 }] },
      {
        kind: Kind.ENUM,
        signed: false,
        values: [
          { name: 'X', value: 1n },
          { name: 'Y', value: 0xffffffffn },
        ],
      },
      { kind: Kind.ENUM, signed: true, values: [{ value: -1n }] },
      { kind: Kind.ENUM64, values: [{ value: 0x2_0000_0001n }] },
      { kind: Kind.FWD, union: true },
      {
        kind: Kind.FUNC_PROTO,
        ret: 1,
        params: [
          { name: 'x', type: 1 },
          { name: '', type: 0 },
        ],
      },
      { kind: Kind.FUNC, name: 'f', type: 10, linkage: Linkage.STATIC },
      { kind: Kind.VAR, linkage: Linkage.EXTERN },
      { kind: Kind.DATASEC, size: 4, vars: [{ type: 12, offset: 0, size: 4 }] },
      { kind: Kind.FLOAT, size: 8 },
      { kind: Kind.DECL_TAG, type: 4, componentIdx: 1 },
      { kind: Kind.TYPE_TAG, name: 'user', attribute: true },
    ]);
    expect([btf.type(0), btf.type(btf.endId)]).toEqual([{ id: 0, name: '', kind: Kind.VOID }, undefined]);
  });

  it('finds types by name and kind, the base first', () => {
    const writer = new BtfWriter();
    writer.int('int', 4);
    writer.struct('s', 4, []);
    writer.ref(Kind.TYPEDEF, 2, 's');
    const base = parseBtf(writer.bytes(), { name: 'vmlinux', isKernel: true });
    const split = new BtfWriter(writer.types, writer.stringBytes);
    split.struct('s', 8, []);
    split.struct('own', 8, []);
    split.declTag('t', 2);
    const module = parseBtf(split.bytes(), { name: 'mod', isKernel: true, base });
    expect([module.startId, module.endId, module.base]).toEqual([4, 7, base]);
    expect(module.idsByName('s', Kind.STRUCT)).toEqual([2, 4]);
    expect(module.findByNameKind('s', Kind.STRUCT)).toBe(2);
    expect(module.findByNameKind('own', Kind.STRUCT)).toBe(5);
    expect(module.findByNameKind('own', Kind.UNION)).toBe(-1);
    expect(base.findByNameKind('own', Kind.STRUCT)).toBe(-1);
    expect(module.type(2)).toBe(base.type(2));
    expect(module.declTags(2).map((tag) => tag.name)).toEqual(['t']);
    expect(base.declTags(2)).toEqual([]);
    expect(module.ownIdsContaining!('w')).toEqual([5]);
  });

  it.each<[string, RegExp, (view: DataView) => void]>([
    ['wrong magic', /wrong magic/, (view) => view.setUint16(0, 0x1234, true)],
    ['a magic alone in the other byte order', /header length/, (view) => view.setUint16(0, 0xeb9f, false)],
    ['header length', /header length/, (view) => view.setUint32(4, 0xffffffff, true)],
    ['strings out of the blob', /string section .* out of the blob/, (view) => view.setUint32(20, 0xffffffff, true)],
    ['types over strings', /overlaps/, (view) => view.setUint32(12, 0xffffff00, true)],
    [
      'types not aligned',
      /not aligned/,
      (view) => {
        view.setUint32(8, 2, true);
        view.setUint32(12, 4, true);
      },
    ],
    ['no strings', /empty or not terminated/, (view) => view.setUint32(20, 0, true)],
    ['unknown kind', /unknown kind 31/, (view) => view.setUint8(31, 31)],
    ['absurd number of members', /type \[1\]: runs over the end/, (view) => view.setUint32(28, (Kind.STRUCT << 24) | 0xffffff, true)],
  ])('refuses: %s', (_, message, change) => {
    const writer = new BtfWriter();
    writer.int('int', 4);
    const bytes = writer.bytes();
    change(new DataView(bytes.buffer));
    expect(() => parseBtf(bytes, { name: 'test', isKernel: false })).toThrow(BtfError);
    expect(() => parseBtf(bytes, { name: 'test', isKernel: false })).toThrow(message);
  });

  it('refuses a version that it does not know in the BTF of a kernel; a program is loaded without its BTF then', () => {
    const writer = new BtfWriter();
    writer.int('int', 4);
    const bytes = writer.bytes();
    bytes[2] = 2;
    expect(() => parseBtf(bytes, { name: 'test', isKernel: true })).toThrow(/unsupported version 2/);
    expect(parseBtf(bytes, { name: 'test', isKernel: false }).endId).toBe(2);
  });

  it('refuses a blob that is cut anywhere', () => {
    const writer = new BtfWriter();
    writer.struct('s', 4, [['a', 2, 0]]);
    writer.int('int', 4);
    const bytes = writer.bytes();
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => parseBtf(bytes.slice(0, length), { name: 'test', isKernel: false })).toThrow(BtfError);
    }
  });
});

describe('validateBtf', () => {
  it.each<[string, RegExp, (b: BtfWriter) => void]>([
    ['reference out of range', /type \[1\]: invalid referenced type id 99/, (b) => b.ptr(99)],
    ['member out of range', /invalid referenced type id 7/, (b) => b.struct('s', 4, [['a', 7, 0]])],
    ['function without prototype', /referenced type \[1\] is not FUNC_PROTO/, (b) => b.func('f', b.int('int', 4))],
    ['name out of range', /name at string offset 9999/, (b) => b.raw(Kind.STRUCT, '', 1, 4, [9999, 0, 0])],
  ])('refuses: %s', (_, message, write) => {
    expect(() => validateBtf(parse(write))).toThrow(message);
  });
});

describe('TypeTable', () => {
  it('is a BTF that can be changed', () => {
    const table = new TypeTable(parse((b) => b.variable('v', b.int('int', 4), Linkage.EXTERN)));
    const variable = table.type(2);
    expect(table.findByNameKind('w', Kind.VAR)).toBe(-1);
    if (variable?.kind === Kind.VAR) {
      table.replace({ ...variable, name: 'w' });
    }
    expect(table.add({ kind: Kind.DECL_TAG, name: 't', type: 2, componentIdx: -1 })).toBe(3);
    expect([table.findByNameKind('v', Kind.VAR), table.findByNameKind('w', Kind.VAR), table.endId]).toEqual([-1, 2, 4]);
    expect(table.declTags(2).map((tag) => tag.id)).toEqual([3]);
  });
});
