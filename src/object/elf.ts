// SPDX-License-Identifier: GPL-2.0-only
/** Reading of relocatable 64-bit BPF ELF files of either byte order. Facts: `include/uapi/linux/elf.h`, gABI. */
import { stringTable, type StringTable } from '../btf/strings';
import { ObjectError } from './failure';

/** `SHT_*`. */
export const enum SectionType {
  NULL = 0,
  PROGBITS = 1,
  SYMTAB = 2,
  STRTAB = 3,
  NOBITS = 8,
  REL = 9,
  LLVM_ADDRSIG = 0x6fff4c03,
}

/** `SHF_EXECINSTR`. */
export const SHF_EXECINSTR = 0x4;
/** `SHN_LORESERVE`: section numbers from here on have special meaning. */
export const SHN_LORESERVE = 0xff00;

/** `STB_*`. */
export const enum Bind {
  LOCAL = 0,
  GLOBAL = 1,
  WEAK = 2,
}

/** `STT_*`. */
export const enum SymbolType {
  NOTYPE = 0,
  OBJECT = 1,
  FUNC = 2,
  SECTION = 3,
}

/** `STV_*`. */
export const enum Visibility {
  DEFAULT = 0,
  INTERNAL = 1,
  HIDDEN = 2,
}

/** One section; numbers are bytes unless said otherwise. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  /** Alignment, a power of two; 0 and 1 mean none. */
  readonly align: number;
  /** Offset in the file. */
  readonly offset: number;
  readonly size: number;
  /** Contents; empty for a section without any in the file (`SHT_NOBITS`). */
  readonly data: Uint8Array;
}

/** One symbol. */
export interface ElfSymbol {
  readonly index: number;
  /** '' when it has none (section symbols). */
  readonly name: string;
  readonly bind: number;
  readonly type: number;
  readonly visibility: number;
  /** Section number; 0 is undefined, from {@link SHN_LORESERVE} on special. */
  readonly section: number;
  /** Bytes from the start of the section. */
  readonly value: number;
  /** Bytes. */
  readonly size: number;
}

/** One relocation record. */
export interface ElfRel {
  /** Bytes from the start of the section that is relocated. */
  readonly offset: number;
  readonly symbol: ElfSymbol;
  /** `R_BPF_*`. */
  readonly type: number;
}

/** A file that has been read; every range in it has been checked against the file. */
export interface ElfFile {
  /** Of the whole file. */
  readonly bytes: number;
  /** Byte order of all numbers in it: instructions, tables and the initial values of variables. */
  readonly littleEndian: boolean;
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  /** Number of the symbol table's section. */
  readonly symtabIndex: number;
}

const HEADER_BYTES = 64;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const REL_BYTES = 16;
const ET_REL = 1;
const EM_NONE = 0;
const EM_BPF = 247;
const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const ELFDATA2MSB = 2;
const SHN_XINDEX = 0xffff;

function fail(message: string, where: string, offset: number): never {
  throw new ObjectError(message, where, offset);
}

/** Numbers of a file in its byte order. */
class Numbers {
  readonly #view: DataView;

  constructor(
    bytes: Uint8Array,
    readonly littleEndian: boolean,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.littleEndian);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.littleEndian);
  }

  /** What does not fit in 53 bits is not exact, and out of every file. */
  u64(at: number): number {
    return Number(this.#view.getBigUint64(at, this.littleEndian));
  }
}

/**
 * Reads an ELF file with its sections and symbols. Throws {@link ObjectError} for anything that is not a relocatable
 * BPF object or whose tables lead out of the file.
 */
export function parseElf(bytes: Uint8Array): ElfFile {
  if (bytes.length < HEADER_BYTES) {
    return fail(`not an ELF object: ${bytes.length} bytes, the header alone takes ${HEADER_BYTES}`, '', 0);
  }
  if (![0x7f, 0x45, 0x4c, 0x46].every((byte, at) => bytes[at] === byte)) {
    return fail('not an ELF object: wrong magic', '', 0);
  }
  if (bytes[4] !== ELFCLASS64) {
    return fail('not a 64-bit ELF object', 'ELF header', 4);
  }
  if (bytes[5] !== ELFDATA2LSB && bytes[5] !== ELFDATA2MSB) {
    return fail(`unknown byte order ${bytes[5]}`, 'ELF header', 5);
  }
  const view = new Numbers(bytes, bytes[5] === ELFDATA2LSB);
  const machine = view.u16(18);
  if (view.u16(16) !== ET_REL || (machine !== EM_NONE && machine !== EM_BPF)) {
    return fail(`not a relocatable BPF object (type ${view.u16(16)}, machine ${machine})`, 'ELF header', 16);
  }
  const headers = sectionHeaders(view, bytes);
  const symtab = headers.filter((section) => section.type === SectionType.SYMTAB);
  if (symtab.length !== 1) {
    return fail(symtab.length === 0 ? 'no symbol table, stripped object file?' : 'multiple symbol tables', 'section headers', view.u64(40));
  }
  const { littleEndian } = view;
  const symbols = readSymbols(symtab[0]!, headers, littleEndian);
  return { bytes: bytes.length, littleEndian, sections: headers, symbols, symtabIndex: symtab[0]!.index };
}

function sectionHeaders(view: Numbers, bytes: Uint8Array): ElfSection[] {
  const tableAt = view.u64(40);
  if (view.u16(58) !== SECTION_HEADER_BYTES) {
    return fail(`section headers of ${view.u16(58)} bytes`, 'ELF header', 58);
  }
  const inFile = (count: number): boolean => tableAt >= HEADER_BYTES && tableAt + count * SECTION_HEADER_BYTES <= bytes.length;
  if (!inFile(1)) {
    return fail(`section header table at ${tableAt} is out of the file of ${bytes.length} bytes`, 'ELF header', 40);
  }
  const count = view.u16(60) || view.u64(tableAt + 32);
  if (!inFile(count)) {
    return fail(`section header table of ${count} entries at ${tableAt} is out of the file of ${bytes.length} bytes`, 'ELF header', 60);
  }
  const nameIndex = view.u16(62) === SHN_XINDEX ? view.u32(tableAt + 40) : view.u16(62);
  if (nameIndex === 0 || nameIndex >= count) {
    return fail(`section ${nameIndex} of section names does not exist`, 'ELF header', 62);
  }
  const contents = (index: number): Uint8Array => {
    const at = tableAt + index * SECTION_HEADER_BYTES;
    const type = view.u32(at + 4);
    if (type === SectionType.NOBITS || type === SectionType.NULL) {
      return new Uint8Array(0);
    }
    const offset = view.u64(at + 24);
    const size = view.u64(at + 32);
    if (offset + size > bytes.length) {
      return fail(`section ${index} at ${offset}+${size} is out of the file of ${bytes.length} bytes`, `section ${index}`, at);
    }
    return bytes.subarray(offset, offset + size);
  };
  const names = nameTable(contents(nameIndex));
  const sections: ElfSection[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = tableAt + index * SECTION_HEADER_BYTES;
    sections.push({
      index,
      name: index === 0 ? '' : nameAt(names, view.u32(at), `name of section ${index}`, at),
      type: view.u32(at + 4),
      flags: view.u64(at + 8),
      offset: view.u64(at + 24),
      size: view.u64(at + 32),
      link: view.u32(at + 40),
      info: view.u32(at + 44),
      entrySize: view.u64(at + 56),
      align: view.u64(at + 48),
      data: contents(index),
    });
  }
  return sections;
}

/** A table of names; what follows its last terminator belongs to none. */
function nameTable(bytes: Uint8Array): StringTable {
  return stringTable(bytes.subarray(0, bytes.lastIndexOf(0) + 1), null);
}

function nameAt(table: StringTable, offset: number, what: string, fileOffset: number): string {
  return (
    table.at(offset) ?? fail(`${what} at string offset ${offset} is out of its table of ${table.end} bytes`, 'string table', fileOffset)
  );
}

/** A symbol whose name is read when somebody asks for it. */
class NamedSymbol implements ElfSymbol {
  readonly #names: StringTable;
  readonly #nameOffset: number;

  constructor(
    names: StringTable,
    nameOffset: number,
    readonly index: number,
    readonly bind: number,
    readonly type: number,
    readonly visibility: number,
    readonly section: number,
    readonly value: number,
    readonly size: number,
  ) {
    this.#names = names;
    this.#nameOffset = nameOffset;
  }

  get name(): string {
    return this.index === 0 ? '' : this.#names.at(this.#nameOffset)!;
  }
}

function readSymbols(symtab: ElfSection, sections: readonly ElfSection[], littleEndian: boolean): ElfSymbol[] {
  if (symtab.entrySize !== SYMBOL_BYTES || symtab.size % SYMBOL_BYTES !== 0) {
    return fail(`symbol table of ${symtab.size} bytes with entries of ${symtab.entrySize}`, symtab.name, symtab.offset);
  }
  const strings = sections[symtab.link];
  if (strings === undefined || strings.index === 0 || strings.type !== SectionType.STRTAB) {
    return fail(`symbol strings section ${symtab.link} is missing or invalid`, symtab.name, symtab.offset);
  }
  const { data } = symtab;
  const view = new Numbers(data, littleEndian);
  const names = nameTable(strings.data);
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at < data.length; at += SYMBOL_BYTES) {
    const index = at / SYMBOL_BYTES;
    const info = view.u8(at + 4);
    const nameOffset = view.u32(at);
    if (index > 0 && nameOffset >= names.end) {
      return fail(
        `name of symbol ${index} at string offset ${nameOffset} is out of its table of ${names.end} bytes`,
        'string table',
        symtab.offset + at,
      );
    }
    const [visibility, section] = [view.u8(at + 5) & 0x3, view.u16(at + 6)];
    symbols.push(
      new NamedSymbol(names, nameOffset, index, info >> 4, info & 0xf, visibility, section, view.u64(at + 8), view.u64(at + 16)),
    );
  }
  return symbols;
}

/** A relocation record as it stands; `symbol` is undefined if its number names none. */
export type RawRel = Omit<ElfRel, 'symbol'> & { readonly symbolIndex: number; readonly symbol: ElfSymbol | undefined };

/** Records of a `SHT_REL` section, whatever they name; a last one that is cut off is none. */
export function* eachRelocation(elf: ElfFile, { data }: ElfSection): Generator<RawRel> {
  const view = new Numbers(data, elf.littleEndian);
  // one 64-bit number: the symbol in its upper half
  const [typeAt, symbolAt] = elf.littleEndian ? [8, 12] : [12, 8];
  for (let at = 0; at + REL_BYTES <= data.length; at += REL_BYTES) {
    const symbolIndex = view.u32(at + symbolAt);
    yield { offset: view.u64(at), symbol: elf.symbols[symbolIndex], symbolIndex, type: view.u32(at + typeAt) };
  }
}

/** Records of a `SHT_REL` section. Throws {@link ObjectError} if they are malformed or name a symbol that does not exist. */
export function readRelocations(elf: ElfFile, section: ElfSection): ElfRel[] {
  if (section.entrySize !== REL_BYTES) {
    return fail(`relocations of ${section.entrySize} bytes`, section.name, section.offset);
  }
  const records: ElfRel[] = [];
  for (const { offset, symbol, symbolIndex, type } of eachRelocation(elf, section)) {
    if (symbol === undefined) {
      const number = records.length;
      return fail(`symbol #${symbolIndex} not found for relo #${number}`, section.name, section.offset + number * REL_BYTES);
    }
    records.push({ offset, symbol, type });
  }
  return records;
}
