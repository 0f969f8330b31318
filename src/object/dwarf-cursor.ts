// SPDX-License-Identifier: GPL-2.0-only
/** Reading DWARF sections of relocatable objects: positions that never leave their section, relocated places, forms. Facts: DWARF 5, section 7. */
import { decodeCString } from '../btf/strings';
import { readRelocations, SectionType, SymbolType, type ElfFile, type ElfSection } from './elf';

/** A place in a section, once relocated; bytes from its start. */
export interface Target {
  readonly section: ElfSection;
  readonly offset: number;
}

/** What a table is read from: its bytes, and what relocations put into them. */
export interface DebugSection {
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** By byte offset in the section: what stands there once relocated. */
  readonly targets: ReadonlyMap<number, Target>;
}

/** `DW_FORM_*`. */
export const enum Form {
  ADDR = 0x01,
  BLOCK2 = 0x03,
  BLOCK4,
  DATA2,
  DATA4,
  DATA8,
  STRING,
  BLOCK,
  BLOCK1,
  DATA1,
  FLAG,
  SDATA,
  STRP,
  UDATA,
  REF_ADDR,
  REF1,
  REF2,
  REF4,
  REF8,
  REF_UDATA,
  INDIRECT,
  SEC_OFFSET,
  EXPRLOC,
  FLAG_PRESENT,
  STRX,
  ADDRX,
  REF_SUP4,
  STRP_SUP,
  DATA16,
  LINE_STRP,
  REF_SIG8,
  IMPLICIT_CONST,
  LOCLISTX,
  RNGLISTX,
  REF_SUP8,
  STRX1,
  STRX2,
  STRX3,
  STRX4,
  ADDRX1,
  ADDRX2,
  ADDRX3,
  ADDRX4,
}

/** Relocation of a 64-bit address; those of 32 bits are the other ones. */
const R_BPF_64_ABS64 = 2;
/** Bytes of the longest name of a file (`PATH_MAX`). */
const MAX_PATH = 4096;

/** A table that cannot be made sense of; its message says where. Never leaves the readers of DWARF. */
export class BadTable extends Error {}

/** A position in the bytes that never leaves `end`. */
export class Cursor {
  constructor(
    readonly source: DebugSection,
    public at: number,
    public end: number,
  ) {}

  private take(bytes: number): number {
    const from = this.at;
    if (from + bytes > this.end) throw new BadTable(`it ends within a value at byte ${from}`);
    this.at = from + bytes;
    return from;
  }

  u8(): number {
    return this.source.view.getUint8(this.take(1));
  }

  i8(): number {
    return this.source.view.getInt8(this.take(1));
  }

  u16(): number {
    return this.source.view.getUint16(this.take(2), this.source.littleEndian);
  }

  u32(): number {
    return this.source.view.getUint32(this.take(4), this.source.littleEndian);
  }

  u24(): number {
    const bytes = [this.u8(), this.u8(), this.u8()];
    const [low, middle, high] = this.source.littleEndian ? bytes : bytes.reverse();
    return low! + middle! * 0x100 + high! * 0x10000;
  }

  /** What does not fit in 53 bits is not exact. */
  u64(): number {
    return Number(this.source.view.getBigUint64(this.take(8), this.source.littleEndian));
  }

  /** The low 32 bits of an address or offset that stands at a byte, which has been gone past. */
  addend(at: number, bytes: 4 | 8): number {
    const { view, littleEndian } = this.source;
    return view.getUint32(littleEndian ? at : at + bytes - 4, littleEndian);
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  /** LEB128; what does not fit in 32 bits is no length, line or offset of ours. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (value > 0xffffffff || shift > 63) throw new BadTable(`a number at byte ${this.at - 1} is too large`);
      if ((byte & 0x80) === 0) return value;
    }
  }

  sleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (shift > 28) throw new BadTable(`a number at byte ${this.at - 1} is too large`);
      if ((byte & 0x80) === 0) return (byte & 0x40) === 0 ? value : value - 2 ** (shift + 7);
    }
  }

  /** Goes past a LEB128 of any size. */
  skipLeb(): void {
    while ((this.u8() & 0x80) !== 0);
  }

  /** An unsigned LEB128 of any size; what does not fit in 53 bits is not exact. */
  anyLeb(): number {
    let value = 0;
    for (let scale = 1; ; scale = Math.min(scale * 0x80, 2 ** 63)) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** An address, or an offset into another section: where its relocation leads; null where nothing stands but a number. */
  target(bytes: 4 | 8): Target | null {
    return this.source.targets.get(this.take(bytes)) ?? null;
  }

  /** A string in place. */
  string(): string {
    const bytes = new Uint8Array(this.source.view.buffer, this.source.view.byteOffset, this.end);
    const length = bytes.indexOf(0, this.at) - this.at;
    if (length < 0) throw new BadTable(`a string at byte ${this.at} does not end`);
    const text = decodeCString(bytes, this.at);
    this.at += length + 1;
    return text;
  }

  /** A string in another section, by the relocation of the offset that stands here. */
  stringElsewhere(): string {
    const at = this.at;
    const offset = this.u32();
    const target = this.source.targets.get(at);
    if (target === undefined) throw new BadTable(`the name at byte ${at} has no relocation (offset ${offset})`);
    const bytes = target.section.data.subarray(target.offset, target.offset + MAX_PATH);
    if (!bytes.includes(0))
      throw new BadTable(`the name at byte ${at} leads out of ${target.section.name}, or is longer than ${MAX_PATH} bytes`);
    return decodeCString(bytes, 0);
  }
}

/** The section of that name with its relocations; null if there is none. Throws {@link BadTable} and `ObjectError`. */
export function debugSection(elf: ElfFile, name: string): DebugSection | null {
  const section = elf.sections.find((s) => s.name === name && s.type === SectionType.PROGBITS);
  if (section === undefined) return null;
  const { data } = section;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { view, littleEndian: elf.littleEndian, targets: targetsOf(elf, section, view) };
}

function targetsOf(elf: ElfFile, section: ElfSection, view: DataView): DebugSection['targets'] {
  const targets = new Map<number, Target>();
  for (const rel of elf.sections.filter((s) => s.type === SectionType.REL && s.info === section.index)) {
    for (const { offset, symbol, type } of readRelocations(elf, rel)) {
      const target = elf.sections[symbol.section];
      const at = offset + (type === R_BPF_64_ABS64 && !elf.littleEndian ? 4 : 0);
      if (target === undefined || at + 4 > view.byteLength) throw new BadTable(`relocation for byte ${offset} leads nowhere`);
      // REL: the addend stands in the place itself
      targets.set(offset, {
        section: target,
        offset: view.getUint32(at, elf.littleEndian) + (symbol.type === SymbolType.SECTION ? 0 : symbol.value),
      });
    }
  }
  return targets;
}
