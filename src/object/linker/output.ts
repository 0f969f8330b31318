// SPDX-License-Identifier: GPL-2.0-only
/** The linked object while it is made, and its bytes. Order of sections and symbols as `tools/lib/bpf/linker.c` writes them. */
import { encodeBtf, StringPool } from '../../btf/encode';
import { swapBtf } from '../../btf/swap';
import type { BtfSecVar, BtfType } from '../../btf/types';
import { SectionType, SHF_EXECINSTR } from '../elf';

/** A relocation; `symbol` is a number in the output. */
export interface OutputRel {
  readonly offset: number;
  readonly symbol: number;
  readonly type: number;
}

/** A record of `.BTF.ext`: offset in its section, then words; strings as texts until the end. */
export interface OutputRecord {
  readonly offset: number;
  readonly words: readonly (number | string)[];
}

/** A section of the output; `index` is its number there, 0 as long as only the types know it. */
export interface OutputSection {
  readonly id: number;
  readonly name: string;
  index: number;
  type: number;
  flags: number;
  entrySize: number;
  align: number;
  size: number;
  /** Contents, each at its offset. */
  readonly parts: { readonly offset: number; readonly bytes: Uint8Array }[];
  readonly rels: OutputRel[];
  /** Section that the relocations are for. */
  relocated: OutputSection | null;
  /** Number of its section symbol, 0 if it has none. */
  sectionSymbol: number;
  /** Whether there is a DATASEC for it. */
  typed: boolean;
  readonly vars: BtfSecVar[];
  readonly funcInfo: OutputRecord[];
  readonly lineInfo: OutputRecord[];
  readonly coreRelo: OutputRecord[];
}

/** A symbol of the output. */
export interface OutputSymbol {
  readonly name: string;
  bind: number;
  type: number;
  visibility: number;
  section: number;
  value: number;
  size: number;
}

const HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const REL_BYTES = 16;
/** Sections before all others: none, `.strtab`, `.symtab`. */
const STRTAB = 1;
const SYMTAB = 2;
export const FIRST_SECTION = 3;

/** A section of the file as it is written. */
interface Written {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entrySize: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** The ELF file, in one byte order. `types` are those of `.BTF`, none for an object without. */
export function emitObject(
  sections: readonly OutputSection[],
  symbols: readonly OutputSymbol[],
  types: readonly BtfType[],
  littleEndian: boolean,
): Uint8Array {
  const names = new StringPool();
  const symtab = emitSymbols(symbols, names, littleEndian);
  const real = sections.filter((section) => section.index > 0).sort((a, b) => a.index - b.index);
  const written = real.map((section): Written => {
    const isRel = section.type === SectionType.REL;
    const bytes = isRel ? emitRels(section.rels, littleEndian) : contents(section);
    return {
      name: section.name,
      type: section.type,
      flags: section.flags,
      link: isRel ? SYMTAB : 0,
      info: section.relocated?.index ?? 0,
      align: section.align,
      entrySize: section.entrySize,
      size: isRel ? bytes.length : section.size,
      bytes,
    };
  });
  if (types.length > 0) {
    const strings = new StringPool();
    const ext = emitExt(sections, strings, littleEndian);
    const plain = { type: SectionType.PROGBITS, flags: 0, link: 0, info: 0, align: 8, entrySize: 0 };
    const encoded = encodeBtf(types, strings);
    const btf = littleEndian ? encoded : swapBtf(encoded);
    written.push({ ...plain, name: '.BTF', size: btf.length, bytes: btf });
    if (ext !== null) written.push({ ...plain, name: '.BTF.ext', size: ext.length, bytes: ext });
  }
  for (const section of written) names.offset(section.name);
  names.offset('.strtab');
  names.offset('.symtab');
  const text = names.bytes();
  const none = { flags: 0, info: 0, entrySize: 0 };
  return layOut(
    [
      { ...none, name: '', type: SectionType.NULL, link: 0, align: 0, size: 0, bytes: new Uint8Array(0) },
      { ...none, name: '.strtab', type: SectionType.STRTAB, link: 0, align: 1, size: text.length, bytes: text },
      {
        ...none,
        name: '.symtab',
        type: SectionType.SYMTAB,
        link: STRTAB,
        info: 1,
        align: 8,
        entrySize: SYMBOL_BYTES,
        size: symtab.length,
        bytes: symtab,
      },
      ...written,
    ],
    names,
    littleEndian,
  );
}

function contents(section: OutputSection): Uint8Array {
  if (section.type === SectionType.NOBITS) return new Uint8Array(0);
  const bytes = new Uint8Array(section.size);
  for (const part of section.parts) bytes.set(part.bytes, part.offset);
  return bytes;
}

function emitRels(rels: readonly OutputRel[], littleEndian: boolean): Uint8Array {
  // one 64-bit number: the symbol in its upper half
  const [typeAt, symbolAt] = littleEndian ? [8, 12] : [12, 8];
  const bytes = new Uint8Array(rels.length * REL_BYTES);
  const view = new DataView(bytes.buffer);
  rels.forEach((rel, index) => {
    view.setBigUint64(index * REL_BYTES, BigInt(rel.offset), littleEndian);
    view.setUint32(index * REL_BYTES + typeAt, rel.type, littleEndian);
    view.setUint32(index * REL_BYTES + symbolAt, rel.symbol, littleEndian);
  });
  return bytes;
}

function emitSymbols(symbols: readonly OutputSymbol[], names: StringPool, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array((symbols.length + 1) * SYMBOL_BYTES);
  const view = new DataView(bytes.buffer);
  symbols.forEach((symbol, index) => {
    const at = (index + 1) * SYMBOL_BYTES;
    view.setUint32(at, names.offset(symbol.name), littleEndian);
    view.setUint8(at + 4, (symbol.bind << 4) | symbol.type);
    view.setUint8(at + 5, symbol.visibility);
    view.setUint16(at + 6, symbol.section, littleEndian);
    view.setBigUint64(at + 8, BigInt(symbol.value), littleEndian);
    view.setBigUint64(at + 16, BigInt(symbol.size), littleEndian);
  });
  return bytes;
}

/** `.BTF.ext`, or null if there is nothing to say. */
function emitExt(sections: readonly OutputSection[], strings: StringPool, littleEndian: boolean): Uint8Array | null {
  const table = (of: (section: OutputSection) => readonly OutputRecord[], recordWords: number): number[] => {
    const words: number[] = [];
    for (const section of sections) {
      const records = of(section);
      if (records.length === 0) continue;
      words.push(strings.offset(section.name), records.length);
      for (const record of records)
        words.push(record.offset, ...record.words.map((word) => (typeof word === 'string' ? strings.offset(word) : word)));
    }
    return words.length === 0 ? [] : [recordWords * 4, ...words];
  };
  const tables = [table((s) => s.funcInfo, 2), table((s) => s.lineInfo, 4), table((s) => s.coreRelo, 4)];
  if (tables.every((words) => words.length === 0)) return null;
  const headerBytes = 32;
  const bytes = new Uint8Array(headerBytes + tables.flat().length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, littleEndian);
  view.setUint8(2, 1);
  view.setUint32(4, headerBytes, littleEndian);
  let at = 0;
  tables.forEach((words, index) => {
    view.setUint32(8 + index * 8, at, littleEndian);
    view.setUint32(12 + index * 8, words.length * 4, littleEndian);
    for (const word of words) {
      view.setUint32(headerBytes + at, word, littleEndian);
      at += 4;
    }
  });
  return bytes;
}

function layOut(sections: readonly Written[], names: StringPool, littleEndian: boolean): Uint8Array {
  const up = (value: number, align: number): number => (align > 1 ? Math.ceil(value / align) * align : value);
  let end = HEADER_BYTES;
  const offsets = sections.map((section) => {
    const at = up(end, section.align);
    end = at + section.bytes.length;
    return at;
  });
  const tableAt = up(end, 8);
  const bytes = new Uint8Array(tableAt + sections.length * HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, littleEndian ? 1 : 2, 1]);
  view.setUint16(16, 1, littleEndian);
  view.setUint16(18, 247, littleEndian);
  view.setUint32(20, 1, littleEndian);
  view.setBigUint64(40, BigInt(tableAt), littleEndian);
  view.setUint16(52, HEADER_BYTES, littleEndian);
  view.setUint16(58, HEADER_BYTES, littleEndian);
  view.setUint16(60, sections.length, littleEndian);
  view.setUint16(62, STRTAB, littleEndian);
  sections.forEach((section, index) => {
    bytes.set(section.bytes, offsets[index]);
    const at = tableAt + index * HEADER_BYTES;
    view.setUint32(at, names.offset(section.name), littleEndian);
    view.setUint32(at + 4, section.type, littleEndian);
    const longs = [section.flags, 0, offsets[index]!, section.size];
    longs.forEach((value, slot) => {
      view.setBigUint64(at + 8 + slot * 8, BigInt(value), littleEndian);
    });
    view.setUint32(at + 40, section.link, littleEndian);
    view.setUint32(at + 44, section.info, littleEndian);
    view.setBigUint64(at + 48, BigInt(section.align), littleEndian);
    view.setBigUint64(at + 56, BigInt(section.entrySize), littleEndian);
  });
  return bytes;
}

/** True for a section of instructions. */
export function isCode(section: { readonly type: number; readonly flags: number }): boolean {
  return section.type === SectionType.PROGBITS && (section.flags & SHF_EXECINSTR) !== 0;
}
