// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../../src/btf/parse';
import { Linkage } from '../../../src/btf/types';
import { encodeInsns } from '../../../src/isa/insn';
import { SectionType, SymbolType } from '../../../src/object/elf';
import { loadObject } from '../../../src/object/load';
import { kernelMapName } from '../../../src/object/maps';
import type { LoadedObject } from '../../../src/object/program';
import { MapFlag, MapType, ProgType } from '../../../src/object/uapi';
import { BtfWriter } from './helpers/btf';
import { ElfWriter } from './helpers/elf';
import { EXIT, sampleKernel } from './helpers/sample';

interface Ids {
  readonly int: number;
  readonly long: number;
  readonly attribute: (value: number) => number;
}

type Members = readonly (readonly [string, number])[];

/** An object with one map definition of these members. */
function withMap(members: (b: BtfWriter, ids: Ids) => Members, linkage = Linkage.GLOBAL): LoadedObject {
  const btf = new BtfWriter();
  const int = btf.int('int', 4);
  const long = btf.int('unsigned long', 8);
  const ids = { int, long, attribute: (value: number) => btf.ptr(btf.array(int, int, value)) };
  const listed = members(btf, ids);
  const struct = btf.struct(
    '',
    listed.length * 8,
    listed.map(([name, type], index) => [name, type, index * 64] as const),
  );
  btf.datasec('.maps', 0, [[btf.variable('m', struct, linkage), 0, listed.length * 8]]);
  const elf = new ElfWriter();
  const section = elf.section('.maps', new Uint8Array(listed.length * 8));
  elf.symbol('m', { section, type: SymbolType.OBJECT, size: listed.length * 8 });
  elf.section('.BTF', btf.bytes());
  return loadObject(elf.bytes(), 'maps.bpf.o', sampleKernel());
}

describe('a map definition', () => {
  it('takes sizes from types, rounds ring buffers, keeps flags', () => {
    expect(
      withMap((_, { attribute }) => [
        ['type', attribute(MapType.RINGBUF)],
        ['max_entries', attribute(5000)],
      ]).maps[0],
    ).toMatchObject({ maxEntries: 8192 });
    expect(
      withMap((b, { attribute, int, long }) => [
        ['type', attribute(MapType.LRU_HASH)],
        ['key', b.ptr(int)],
        ['value', b.ptr(long)],
        ['max_entries', attribute(3)],
        ['map_flags', attribute(2)],
        ['pinning', attribute(1)],
      ]).maps[0],
    ).toMatchObject({ type: MapType.LRU_HASH, keySize: 4, valueSize: 8, maxEntries: 3, flags: 2, btfKeyTypeId: 1, btfValueTypeId: 2 });
  });

  it('holds a template for inner maps', () => {
    const object = withMap((b, { attribute }) => [
      ['type', attribute(MapType.ARRAY_OF_MAPS)],
      ['key_size', attribute(4)],
      ['max_entries', attribute(2)],
      [
        'values',
        b.array(
          b.ptr(
            b.struct('', 32, [
              ['type', attribute(MapType.ARRAY), 0],
              ['value_size', attribute(24), 64],
              ['key_size', attribute(4), 128],
              ['max_entries', attribute(1), 192],
            ]),
          ),
          1,
          0,
        ),
      ],
    ]);
    expect(object.maps[0]).toMatchObject({ valueSize: 4, inner: { name: 'm.inner', type: MapType.ARRAY, valueSize: 24 } });
  });

  it('is completed where loaders do so at run time', () => {
    const object = withMap((_, { attribute }) => [
      ['type', attribute(MapType.STACK_TRACE)],
      ['key_size', attribute(4)],
    ]);
    expect(object.maps[0]).toMatchObject({ valueSize: 1016, maxEntries: 1 });
    expect(object.warnings.join()).toContain('value size 1016');
  });

  it('loses types that the kernel does not take', () => {
    const types = (type: MapType): unknown => {
      const map = withMap((b, { attribute, long }) => [
        ['type', attribute(type)],
        ['key_size', attribute(4)],
        ['value', b.ptr(long)],
        ['max_entries', attribute(1)],
      ]).maps[0]!;
      return [map.btfValueTypeId, map.btf];
    };
    expect(types(MapType.HASH)).toEqual([0, null]);
  });

  it.each<[string, RegExp, (b: BtfWriter, ids: Ids) => Members]>([
    ['no type', /map type isn't specified/, (_, { attribute }) => [['max_entries', attribute(1)]]],
    [
      'unknown attribute',
      /unknown field 'colour'/,
      (_, { attribute }) => [
        ['type', attribute(1)],
        ['colour', attribute(1)],
      ],
    ],
    ['attribute that encodes no number', /attr 'type': expected a pointer to an array/, (_, { int }) => [['type', int]]],
    [
      'sizes that contradict',
      /conflicting key size 4 != 8/,
      (b, { attribute, long }) => [
        ['type', attribute(1)],
        ['key_size', attribute(4)],
        ['key', b.ptr(long)],
      ],
    ],
    [
      'key that is no pointer',
      /key spec is not PTR/,
      (_, { attribute, int }) => [
        ['type', attribute(1)],
        ['key', int],
      ],
    ],
    [
      'key without size',
      /can't determine key size/,
      (b, { attribute }) => [
        ['type', attribute(1)],
        ['key', b.ptr(0)],
      ],
    ],
    [
      'values of a hash',
      /should be map-in-map or prog-array/,
      (b, { attribute, int }) => [
        ['type', attribute(1)],
        ['values', b.array(int, int, 0)],
      ],
    ],
    [
      'values in the middle',
      /should be last/,
      (b, { attribute, int }) => [
        ['type', attribute(12)],
        ['values', b.array(int, int, 0)],
        ['max_entries', attribute(1)],
      ],
    ],
    [
      'other pinning',
      /invalid pinning value 7/,
      (_, { attribute }) => [
        ['type', attribute(1)],
        ['pinning', attribute(7)],
      ],
    ],
  ])('is refused: %s', (_, message, members) => {
    expect(() => withMap(members)).toThrow(message);
  });

  it('is refused when it is extern', () => {
    expect(() => withMap((_, { attribute }) => [['type', attribute(1)]], Linkage.EXTERN)).toThrow('unsupported map linkage extern');
  });
});

describe('global variables', () => {
  it('are maps named after object and section', () => {
    const elf = new ElfWriter();
    elf.section('.data', Uint8Array.of(1, 2));
    elf.section('.data.own', Uint8Array.of(3));
    elf.section('.rodata.str1.1', Uint8Array.of(4));
    elf.section('.bss', new Uint8Array(0), { type: SectionType.NOBITS, size: 16 });
    const { maps } = loadObject(elf.bytes(), 'a_long_object_name.bpf.o', sampleKernel());
    expect(maps.map((map) => [map.name, map.valueSize, map.frozen, map.flags])).toEqual([
      ['a_long_o.data', 2, false, 0],
      ['.data.own', 1, false, 0],
      ['.rodata.str1.1', 1, true, MapFlag.RDONLY_PROG],
      ['a_long_o.bss', 16, false, 0],
    ]);
    expect(new Set(maps.map((map) => map.fd)).size).toBe(4);
    expect(kernelMapName('.rodata.long-name')).toBe('.rodata.long_na');
  });
});

describe('struct_ops', () => {
  const kernelTypes = new BtfWriter();
  const kernelInt = kernelTypes.int('int', 4);
  const callback = kernelTypes.ptr(kernelTypes.proto(kernelInt, []));
  const ops = kernelTypes.struct('my_ops', 24, [
    ['flags', kernelInt, 0],
    ['first', callback, 64],
    ['second', callback, 128],
  ]);
  kernelTypes.struct('bpf_struct_ops_my_ops', 128, [['data', ops, 512]]);
  const kernel = { ...sampleKernel(), btf: parseBtf(kernelTypes.bytes(), { name: 'vmlinux', isKernel: true }), modules: [] };

  function object(struct: string, section = '.struct_ops.link', data = 0): LoadedObject {
    const btf = new BtfWriter();
    const int = btf.int('int', 4);
    const pointer = btf.ptr(btf.proto(int, []));
    const type = btf.struct(struct, 24, [
      ['second', pointer, 0],
      ['unknown', int, 64],
      ['flags', int, 96],
    ]);
    btf.datasec(section, 0, [[btf.variable('my_map', type), 0, 24]]);
    const elf = new ElfWriter();
    const code = elf.code('struct_ops/second', encodeInsns([EXIT]));
    const fn = elf.symbol('my_second', { section: code, type: SymbolType.FUNC, size: 8 });
    const contents = new Uint8Array(24);
    contents[8] = data;
    const map = elf.section(section, contents);
    elf.symbol('my_map', { section: map, type: SymbolType.OBJECT, size: 24 });
    elf.relocations(map, [[0, fn]]);
    elf.section('.BTF', btf.bytes());
    return loadObject(elf.bytes(), 'ops.bpf.o', kernel);
  }

  it('program attaches to the member of the kernel struct', () => {
    const { programs, maps } = object('my_ops___v1');
    expect(programs[0]).toMatchObject({ progType: ProgType.STRUCT_OPS, expectedAttachType: 2, attachBtfId: ops });
    expect(maps[0]).toMatchObject({
      type: MapType.STRUCT_OPS,
      valueSize: 128,
      flags: MapFlag.LINK,
      structOps: { typeName: 'my_ops', kernelTypeId: ops },
    });
  });

  it.each<[string, string, number, string, object?]>([
    [
      'no_ops',
      '.struct_ops',
      0,
      'struct_ops init_kern: struct bpf_struct_ops_no_ops is not found in kernel BTF',
      { missing: { what: 'struct_ops', name: 'no_ops' } },
    ],
    ['my_ops', '.struct_ops', 1, 'struct_ops init_kern my_map: Cannot find member unknown in kernel BTF'],
    ['my_ops', '?.struct_ops', 0, "prog 'my_second': only maps that are not created by default refer to it"],
  ])('program fails: %s in %s with %d', (struct, section, data, message, more = {}) => {
    expect(object(struct, section, data).failed).toEqual([{ name: 'my_second', section: 'struct_ops/second', message, ...more }]);
  });
});
