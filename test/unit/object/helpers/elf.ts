// SPDX-License-Identifier: GPL-2.0-only
/** Writes small BPF ELF objects for tests. */
import { SectionType } from '../../../../src/object/elf';

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
  readonly size: number;
  readonly info: number;
  readonly entrySize: number;
  readonly isRel: boolean;
}

interface Symbol {
  readonly name: string;
  readonly bind: number;
  readonly type: number;
  readonly visibility: number;
  readonly section: number;
  readonly value: number;
  readonly size: number;
}

const EXEC = 0x6;
const encoder = new TextEncoder();

function strings(names: readonly string[]): { readonly bytes: Uint8Array; readonly at: (name: string) => number } {
  const offsets = new Map<string, number>([['', 0]]);
  const bytes: number[] = [0];
  for (const name of names) {
    if (!offsets.has(name)) {
      offsets.set(name, bytes.length);
      for (const byte of encoder.encode(`${name}\0`)) bytes.push(byte);
    }
  }
  return { bytes: Uint8Array.from(bytes), at: (name) => offsets.get(name)! };
}

export class ElfWriter {
  readonly #sections: Section[] = [];
  readonly #symbols: Symbol[] = [];

  /** Adds a section and returns its number. */
  section(name: string, data: Uint8Array, options: { type?: number; flags?: number; size?: number } = {}): number {
    const { type = SectionType.PROGBITS, flags = 2, size = data.length } = options;
    this.#sections.push({ name, type, flags, data, size, info: 0, entrySize: 0, isRel: false });
    return this.#sections.length;
  }

  code(name: string, insns: Uint8Array): number {
    return this.section(name, insns, { flags: EXEC });
  }

  /** Relocations of a section as `[byte offset, symbol]`. */
  relocations(target: number, records: readonly (readonly [number, number])[]): number {
    const data = new Uint8Array(records.length * 16);
    const view = new DataView(data.buffer);
    records.forEach(([offset, symbol], index) => {
      view.setUint32(index * 16, offset, true);
      view.setUint32(index * 16 + 8, 1, true);
      view.setUint32(index * 16 + 12, symbol, true);
    });
    const name = `.rel${this.#sections[target - 1]!.name}`;
    this.#sections.push({ name, type: SectionType.REL, flags: 0, data, size: data.length, info: target, entrySize: 16, isRel: true });
    return this.#sections.length;
  }

  /** Adds a symbol and returns its number. */
  symbol(
    name: string,
    options: { section?: number; type?: number; bind?: number; value?: number; size?: number; visibility?: number },
  ): number {
    const { section = 0, type = 0, bind = 1, value = 0, size = 0, visibility = 0 } = options;
    this.#symbols.push({ name, section, type, bind, value, size, visibility });
    return this.#symbols.length;
  }

  bytes(): Uint8Array {
    const names = strings([
      ...this.#symbols.map((symbol) => symbol.name),
      ...this.#sections.map((section) => section.name),
      '.symtab',
      '.strtab',
    ]);
    const symtab = new Uint8Array((this.#symbols.length + 1) * 24);
    const view = new DataView(symtab.buffer);
    this.#symbols.forEach((symbol, index) => {
      const at = (index + 1) * 24;
      view.setUint32(at, names.at(symbol.name), true);
      view.setUint8(at + 4, (symbol.bind << 4) | symbol.type);
      view.setUint8(at + 5, symbol.visibility);
      view.setUint16(at + 6, symbol.section, true);
      view.setUint32(at + 8, symbol.value, true);
      view.setUint32(at + 16, symbol.size, true);
    });
    const symtabIndex = this.#sections.length + 1;
    const plain = { flags: 0, info: 1, entrySize: 24, isRel: false };
    const all: Section[] = [
      ...this.#sections,
      { ...plain, name: '.symtab', type: SectionType.SYMTAB, data: symtab, size: symtab.length },
      { ...plain, name: '.strtab', type: SectionType.STRTAB, data: names.bytes, size: names.bytes.length, entrySize: 0 },
    ];
    return layOut(all, names.at, symtabIndex);
  }
}

function layOut(sections: readonly Section[], nameAt: (name: string) => number, symtabIndex: number): Uint8Array {
  const offsets: number[] = [];
  let at = 64;
  for (const section of sections) {
    offsets.push(at);
    at += Math.ceil(section.data.length / 8) * 8;
  }
  const out = new Uint8Array(at + (sections.length + 1) * 64);
  const view = new DataView(out.buffer);
  out.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 1, true);
  view.setUint16(18, 247, true);
  view.setUint32(20, 1, true);
  view.setUint32(40, at, true);
  view.setUint16(52, 64, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, sections.length + 1, true);
  view.setUint16(62, sections.length, true);
  sections.forEach((section, index) => {
    out.set(section.data, offsets[index]!);
    const header = at + (index + 1) * 64;
    view.setUint32(header, nameAt(section.name), true);
    view.setUint32(header + 4, section.type, true);
    view.setUint32(header + 8, section.flags, true);
    view.setUint32(header + 24, offsets[index]!, true);
    view.setUint32(header + 32, section.size, true);
    view.setUint32(header + 40, section.type === SectionType.SYMTAB ? sections.length : section.isRel ? symtabIndex : 0, true);
    view.setUint32(header + 44, section.info, true);
    view.setUint32(header + 56, section.entrySize, true);
  });
  return out;
}
