// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { parseElf, SectionType } from '../../../src/object/elf';
import { openObject } from '../../../src/object/open';
import { ObjectError } from '../../../src/object/failure';
import { encodeInsns } from '../../../src/isa/insn';
import { ElfWriter } from './helpers/elf';
import { EXIT, sampleObject } from './helpers/sample';

function changed(change: (view: DataView, bytes: Uint8Array) => void, bytes = sampleObject()): Uint8Array {
  change(new DataView(bytes.buffer), bytes);
  return bytes;
}

/** Byte offset of the header of a section. */
function headerOf(view: DataView, index: number): number {
  return Number(view.getBigUint64(40, true)) + index * 64;
}

function symtabHeader(view: DataView): number {
  for (let index = 1; index < view.getUint16(60, true); index += 1) {
    if (view.getUint32(headerOf(view, index) + 4, true) === Number(SectionType.SYMTAB)) {
      return headerOf(view, index);
    }
  }
  throw new Error('no symbol table');
}

describe('parseElf', () => {
  it('reads sections and symbols', () => {
    const elf = parseElf(sampleObject());
    expect(elf.sections.map((section) => section.name)).toContain('.rodata');
    expect(elf.symbols.find((symbol) => symbol.name === 'main_prog')).toMatchObject({ bind: 1, type: 2, size: 72 });
  });

  it.each<[string, RegExp, (view: DataView, bytes: Uint8Array) => void]>([
    ['wrong magic', /wrong magic/, (view) => view.setUint8(0, 0)],
    ['32 bit', /not a 64-bit/, (view) => view.setUint8(4, 1)],
    ["one whose byte order is not the header's", /not a relocatable BPF object/, (view) => view.setUint8(5, 2)],
    ['unknown byte order', /unknown byte order/, (view) => view.setUint8(5, 9)],
    ['other machine', /not a relocatable BPF object/, (view) => view.setUint16(18, 62, true)],
    ['executable', /not a relocatable BPF object/, (view) => view.setUint16(16, 2, true)],
    ['section table out of the file', /out of the file/, (view) => view.setUint32(40, 0x7fffffff, true)],
    ['section table at 2^63', /out of the file/, (view) => view.setBigUint64(40, 1n << 63n, true)],
    ['too many sections', /out of the file/, (view) => view.setUint16(60, 0xfff0, true)],
    ['names in a section that is not there', /does not exist/, (view) => view.setUint16(62, 0x100, true)],
    ['section out of the file', /section 1 at .* out of the file/, (view) => view.setUint32(headerOf(view, 1) + 32, 0x7fffffff, true)],
    ['section name out of its table', /name of section 1 .* out of its table/, (view) => view.setUint32(headerOf(view, 1), 0xffff, true)],
    [
      'symbol name out of its table',
      /name of symbol 1 .* out of its table/,
      (view) => view.setUint32(Number(view.getBigUint64(symtabHeader(view) + 24, true)) + 24, 0xffff, true),
    ],
    ['symbol strings in code', /symbol strings section/, (view) => view.setUint32(symtabHeader(view) + 40, 1, true)],
    ['odd symbols', /symbol table of/, (view) => view.setUint32(symtabHeader(view) + 56, 23, true)],
    ['no symbol table', /no symbol table/, (view) => view.setUint32(symtabHeader(view) + 4, 1, true)],
  ])('refuses: %s', (_, message, change) => {
    const bytes = changed(change);
    expect(() => parseElf(bytes)).toThrow(ObjectError);
    expect(() => parseElf(bytes)).toThrow(message);
  });

  it('refuses every shorter file', () => {
    const bytes = sampleObject();
    for (let length = 0; length < bytes.length; length += 37) {
      expect(() => parseElf(bytes.slice(0, length))).toThrow(ObjectError);
    }
  });
});

describe('openObject', () => {
  function writer(): ElfWriter {
    const elf = new ElfWriter();
    elf.code('xdp', encodeInsns([EXIT]));
    return elf;
  }

  it.each<[string, RegExp, (elf: ElfWriter) => void]>([
    [
      'overlapping functions',
      /functions overlap/,
      (elf) => {
        for (let index = 0; index < 9; index += 1) {
          elf.symbol(`p${index}`, { section: 1, type: 2, size: 8 });
        }
      },
    ],
    ['legacy maps', /legacy map definitions/, (elf) => elf.section('maps', new Uint8Array(20))],
    ['maps without BTF', /BTF is required/, (elf) => elf.section('.maps', new Uint8Array(32))],
    ['version of odd size', /invalid kver section/, (elf) => elf.section('version', new Uint8Array(3))],
    ['bss of absurd size', /too large/, (elf) => elf.section('.bss', new Uint8Array(0), { type: SectionType.NOBITS, size: 0x7fffffff })],
  ])('refuses: %s', (_, message, add) => {
    const elf = writer();
    add(elf);
    expect(() => openObject(elf.bytes(), 'x.o')).toThrow(ObjectError);
    expect(() => openObject(elf.bytes(), 'x.o')).toThrow(message);
  });

  it.each<[string, RegExp, (elf: ElfWriter) => void]>([
    ['function beyond its section', /crosses section boundary/, (elf) => elf.symbol('p', { section: 1, type: 2, size: 16 })],
    ['function of no size', /corrupted program/, (elf) => elf.symbol('p', { section: 1, type: 2, size: 0 })],
    ['static program', /is static and not supported/, (elf) => elf.symbol('p', { section: 1, type: 2, bind: 0, size: 8 })],
    [
      'relocation of no instruction',
      /invalid relo against/,
      (elf) => {
        elf.symbol('p', { section: 1, type: 2, size: 8 });
        elf.relocations(1, [[0, 1]]);
      },
    ],
    [
      'relocation out of the section',
      /invalid offset/,
      (elf) => {
        elf.symbol('p', { section: 1, type: 2, size: 8 });
        elf.relocations(1, [[800, 1]]);
      },
    ],
    ['relocation of a symbol that is not there', /symbol #77 not found/, (elf) => elf.relocations(1, [[0, 77]])],
  ])('opens what libbpf does not, and knows why libbpf does not: %s', (_, message, add) => {
    const elf = writer();
    add(elf);
    const { refusals } = openObject(elf.bytes(), 'x.o');
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(message);
  });
});
