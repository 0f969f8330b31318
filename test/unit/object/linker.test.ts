// SPDX-License-Identifier: GPL-2.0-only
/** Several objects as one program: the same as libbpf's linker makes of `test/linked`, and refused where it refuses. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../../src/btf/parse';
import { parseBtfExt, type ExtSection } from '../../../src/object/btfext';
import { parseElf } from '../../../src/object/elf';
import { linkObjects } from '../../../src/object/linker/linker';
import { BtfWriter } from './helpers/btf';
import { dedup } from '../../../src/btf/dedup';
import { Kind, type BtfType } from '../../../src/btf/types';

const LINKED = path.resolve(import.meta.dirname, '../../linked');
const input = (name: string): { name: string; bytes: Uint8Array } => ({ name, bytes: readFileSync(path.join(LINKED, name)) });

/** Everything of an object that a loader reads, with strings and sections by name. */
function contentOf(bytes: Uint8Array): Record<string, unknown> {
  const elf = parseElf(bytes);
  const data = (name: string): Uint8Array => elf.sections.find((section) => section.name === name)!.data;
  const btf = parseBtf(data('.BTF'), { name: 'linked', isKernel: false });
  const ext = parseBtfExt(data('.BTF.ext'));
  if (typeof ext === 'string') throw new Error(ext);
  const records = (tables: readonly ExtSection[], strings: readonly number[]): unknown =>
    tables.map((t) => [
      btf.strings.at(t.nameOff),
      t.records.map((r) => [r.insnOff, ...r.words.map((w, i) => (strings.includes(i) ? btf.strings.at(w) : w))]),
    ]);
  return {
    littleEndian: elf.littleEndian,
    sections: elf.sections
      .filter(({ name }) => !['', '.strtab', '.symtab', '.BTF', '.BTF.ext'].includes(name))
      .map((s) => [s.name, s.type, s.flags, s.size, s.align, s.entrySize, elf.sections[s.info]?.name, Array.from(s.data)]),
    symbols: elf.symbols.map((s) => [s.name, s.bind, s.type, s.visibility, elf.sections[s.section]?.name, s.value, s.size]),
    types: Array.from({ length: btf.endId - 1 }, (_, index) => btf.type(index + 1)),
    functions: records(ext.funcInfo, []),
    lines: records(ext.lineInfo, [0, 1]),
    relocations: records(ext.coreRelo, [1]),
  };
}

describe('linking', () => {
  it('gives what libbpf gives: sections, symbols, types, function and line records', () => {
    const parts = [input('part_a.bpf.o'), input('part_b.bpf.o')];
    const before = parts.map(({ bytes }) => Uint8Array.from(bytes));
    const ours = contentOf(linkObjects(parts));
    expect(parts.map(({ bytes }) => Uint8Array.from(bytes))).toEqual(before);
    expect(ours).toEqual(contentOf(readFileSync(path.join(LINKED, 'linked.bpf.o'))));
  });

  it.each(
    ['el', 'eb'].flatMap((order) => [
      [`hard_ab.${order}.o`, `hard_a.${order}.o`, `hard_b.${order}.o`],
      [`hard_ba.${order}.o`, `hard_b.${order}.o`, `hard_a.${order}.o`],
      [`ops_ab.${order}.o`, `ops_a.${order}.o`, `ops_b.${order}.o`],
    ]),
  )('gives what libbpf gives: %s', (linked, ...parts) => {
    expect(contentOf(linkObjects(parts.map(input)))).toEqual(contentOf(readFileSync(path.join(LINKED, linked))));
  });

  it('does not link files of different byte orders', () => {
    expect(() => linkObjects([input('hard_a.el.o'), input('hard_b.eb.o')])).toThrow(
      'it is big-endian, those before are little-endian: objects of different byte orders cannot be linked',
    );
  });

  it.each([
    ['other_license.bpf.o', 'part_a.bpf.o', /^non-identical contents of section 'license' are not supported$/],
    ['part_b.bpf.o', 'other_types.bpf.o', /^'weigh' is not what it is in a file before: .*4 bytes in one and 8 in the other$/],
    ['part_b.bpf.o', 'part_b.bpf.o', /^'last_seen' is defined here and in a file before$|^'\w+' is defined here and in a file before$/],
  ])('refuses %s with %s', (first, second, message) => {
    expect(() => linkObjects([input(first), input(second)])).toThrow(message);
  });

  it('reads damaged parts without harm', () => {
    const { bytes } = input('part_a.bpf.o');
    for (let at = 16; at < bytes.length; at += 97) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = damaged[at]! ^ 0xff;
      try {
        linkObjects([{ name: 'damaged.o', bytes: damaged }, input('part_b.bpf.o')]);
      } catch (error) {
        expect((error as Error).name, `byte ${at}: ${String(error)}`).toMatch(/^(ObjectError|BtfError)$/);
      }
    }
  });
});

describe('one copy of each type', () => {
  const typesOf = (b: BtfWriter): BtfType[] => {
    const btf = parseBtf(b.bytes(), { name: 'types', isKernel: false });
    return Array.from({ length: btf.endId - 1 }, (_, index) => btf.type(index + 1)!);
  };
  const twice = (b: BtfWriter, fields: readonly (readonly [string, string])[]): BtfType[] => {
    for (const [own, other] of fields) {
      const int = b.int('int', 4);
      const forward = b.raw(Kind.FWD, other, 0, 0);
      b.struct(own, 16, [
        ['next', b.ptr(forward), 0],
        ['value', int, 64],
      ]);
    }
    return [...dedup(typesOf(b)).types];
  };

  it('resolves what one unit only declares by what another defines', () => {
    const types = twice(new BtfWriter(), [
      ['A', 'B'],
      ['B', 'A'],
    ]);
    expect(types.map((t) => [t.kind, t.name])).toEqual([
      [Kind.INT, 'int'],
      [Kind.PTR, ''],
      [Kind.STRUCT, 'A'],
      [Kind.PTR, ''],
      [Kind.STRUCT, 'B'],
    ]);
    expect(types[1]).toMatchObject({ type: 5 });
    expect(types[3]).toMatchObject({ type: 3 });
  });

  it('keeps structs of one name that are not the same', () => {
    const b = new BtfWriter();
    for (const size of [4, 8]) b.struct('S', 8, [['x', b.int('number', size), 0]]);
    expect(dedup(typesOf(b)).types.map((t) => t.name)).toEqual(['number', 'S', 'number', 'S']);
  });

  it('refuses types that are part of themselves through references alone', () => {
    const b = new BtfWriter();
    b.ptr(2);
    b.ptr(1);
    expect(() => dedup(typesOf(b))).toThrow('part of itself');
  });
});
