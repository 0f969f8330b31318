// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where the globals of an object are declared, by `.debug_info`: BTF knows no lines of variables. For people only; what is malformed or of another
 * form says nothing. Facts: DWARF 5, sections 6.2.4 and 7.5 (versions 4 and 5 in the 32-bit format that LLVM writes).
 */
import { decodeCString } from '../btf/strings';
import { parseElf, SectionType, type ElfFile } from './elf';

/** A global variable or function, and its line. */
export interface Declaration {
  readonly name: string;
  readonly kind: 'variable' | 'function';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** `DW_TAG_*`, `DW_AT_*`, `DW_FORM_*`, `DW_LNCT_*` that are made use of. */
const TAG = { UNIT: 0x11, FUNCTION: 0x2e, VARIABLE: 0x34 } as const;
const AT = { NAME: 0x03, STMT_LIST: 0x10, DECL_FILE: 0x3a, DECL_LINE: 0x3b, DECLARATION: 0x3c, STR_OFFSETS_BASE: 0x72 } as const;
const FORM = {
  DATA1: 0x0b,
  DATA2: 0x05,
  DATA4: 0x06,
  DATA8: 0x07,
  DATA16: 0x1e,
  UDATA: 0x0f,
  STRING: 0x08,
  STRP: 0x0e,
  LINE_STRP: 0x1f,
} as const;
const CONTENT = { PATH: 1, DIRECTORY: 2 } as const;

/** Entries and attributes of one object that are looked at: many times more than the largest program has. */
const MAX_STEPS = 20_000_000;

class BadDwarf extends Error {}

/** A position in a section that never leaves it. */
class Reader {
  constructor(
    readonly view: DataView,
    public at = 0,
    public end = view.byteLength,
  ) {}

  skip(bytes: number): number {
    const from = this.at;
    if (bytes < 0 || from + bytes > this.end) throw new BadDwarf();
    this.at = from + bytes;
    return from;
  }
  /** A little-endian number of 1 to 8 bytes. */
  number(bytes: number): number {
    const from = this.skip(bytes);
    let value = 0;
    for (let i = bytes - 1; i >= 0; i -= 1) value = value * 256 + this.view.getUint8(from + i);
    return value;
  }
  leb(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.number(1);
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new BadDwarf();
  }
  text(): string {
    const found = textAt(this.view, this.at);
    while (this.number(1) !== 0);
    return found;
  }
}

function textAt(view: DataView, at: number): string {
  if (at < 0 || at >= view.byteLength) throw new BadDwarf();
  return decodeCString(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at);
}

type Sections = (name: string) => DataView;

function sectionsOf(elf: ElfFile): Sections {
  return (name) => {
    const section = elf.sections.find((s) => s.name === name && s.type === SectionType.PROGBITS);
    if (section === undefined) throw new BadDwarf();
    return new DataView(section.data.buffer, section.data.byteOffset, section.data.byteLength);
  };
}

interface Shape {
  readonly tag: number;
  readonly children: boolean;
  readonly attributes: readonly { readonly name: number; readonly form: number; readonly constant: number }[];
}

interface Unit {
  readonly sections: Sections;
  readonly version: number;
  readonly reader: Reader;
  readonly shapes: ReadonlyMap<number, Shape>;
  strings: number;
}

/** Globals of an object with their places, in its order; none if it has no DWARF that can be read. */
export function readDeclarations(elf: ElfFile): Declaration[] {
  const found: Declaration[] = [];
  try {
    const sections = sectionsOf(elf);
    const info = new Reader(sections('.debug_info'));
    const budget = { left: MAX_STEPS };
    while (info.at < info.end) {
      const length = info.number(4);
      const end = info.at + length;
      if (length >= 0xfffffff0 || end > info.end) throw new BadDwarf();
      const reader = new Reader(info.view, info.at, end);
      info.at = end;
      const version = reader.number(2);
      if (version !== 4 && version !== 5) continue;
      if (version === 5 && reader.number(1) !== 1) continue;
      if (version === 5) reader.skip(1);
      const abbrev = reader.number(4);
      if (version === 4) reader.skip(1);
      const unit = { sections, version, reader, shapes: readShapes(sections, abbrev, budget), strings: 8 };
      readUnit(unit, budget, found);
    }
  } catch (error) {
    if (!(error instanceof BadDwarf)) throw error;
  }
  return found;
}

/** The same of the bytes of an object, which need not be one. */
export function declarationsOf(bytes: Uint8Array): Declaration[] {
  try {
    return readDeclarations(parseElf(bytes));
  } catch {
    return [];
  }
}

function take(budget: { left: number }): void {
  budget.left -= 1;
  if (budget.left < 0) throw new BadDwarf();
}

function readShapes(sections: Sections, at: number, budget: { left: number }): Map<number, Shape> {
  const reader = new Reader(sections('.debug_abbrev'), at);
  const shapes = new Map<number, Shape>();
  for (let code = reader.leb(); code !== 0; code = reader.leb()) {
    const tag = reader.leb();
    const children = reader.number(1) !== 0;
    const attributes: Shape['attributes'][number][] = [];
    for (;;) {
      take(budget);
      const [name, form] = [reader.leb(), reader.leb()];
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant: form === 0x21 ? reader.leb() : 0 });
    }
    shapes.set(code, { tag, children, attributes });
  }
  return shapes;
}

function readUnit(unit: Unit, budget: { left: number }, found: Declaration[]): void {
  const { reader } = unit;
  let files: readonly string[] = [];
  let depth = 0;
  while (reader.at < reader.end) {
    take(budget);
    const code = reader.leb();
    if (code === 0) {
      depth -= 1;
      if (depth <= 0) return;
      continue;
    }
    const shape = unit.shapes.get(code);
    if (shape === undefined) throw new BadDwarf();
    const values = readValues(unit, shape, depth, budget);
    const name = values.get(AT.NAME);
    if (shape.tag === TAG.UNIT) files = filesAt(unit, Number(values.get(AT.STMT_LIST) ?? 0));
    else if (depth === 1 && typeof name === 'string' && !values.has(AT.DECLARATION)) {
      const line = Number(values.get(AT.DECL_LINE) ?? 0);
      const file = files[Number(values.get(AT.DECL_FILE) ?? -1)];
      if (line > 0 && file !== undefined) found.push({ name, kind: shape.tag === TAG.VARIABLE ? 'variable' : 'function', file, line });
    }
    if (shape.children) depth += 1;
  }
}

/** Attributes of an entry that are asked for: of units, and of globals. */
function readValues(unit: Unit, { tag, attributes }: Shape, depth: number, budget: { left: number }): Map<number, string | number> {
  const wanted = tag === TAG.UNIT || (depth === 1 && (tag === TAG.VARIABLE || tag === TAG.FUNCTION));
  const values = new Map<number, string | number>();
  const base = tag === TAG.UNIT ? attributes.findIndex(({ name }) => name === AT.STR_OFFSETS_BASE) : -1;
  for (const [index, { name, form, constant }] of attributes.entries()) {
    take(budget);
    // the unit's own name may stand before the base of its strings; nobody needs it
    const value = readValue(unit, form, constant, wanted && name === AT.NAME && tag !== TAG.UNIT);
    if (index === base) unit.strings = Number(value);
    if (wanted && value !== null) values.set(name, value);
  }
  return values;
}

/** One value; texts only where they are asked for. Null for what is gone past. */
function readValue(unit: Unit, form: number, constant: number, asText: boolean): string | number | null {
  const { reader } = unit;
  const text = (section: string, at: number): string | number => (asText ? textAt(unit.sections(section), at) : at);
  const indexed = (index: number): string | number => {
    if (!asText) return index;
    const offsets = new Reader(unit.sections('.debug_str_offsets'), unit.strings + index * 4);
    return textAt(unit.sections('.debug_str'), offsets.number(4));
  };
  const block = (bytes: number): null => {
    reader.skip(bytes);
    return null;
  };
  switch (form) {
    case FORM.STRING:
      return reader.text();
    case FORM.STRP:
      return text('.debug_str', reader.number(4));
    case FORM.LINE_STRP:
      return text('.debug_line_str', reader.number(4));
    case 0x1a: // strx
      return indexed(reader.leb());
    case 0x25: // strx1 to strx4
    case 0x26:
    case 0x27:
    case 0x28:
      return indexed(reader.number(form - 0x24));
    case 0x21: // implicit_const
      return constant;
    case 0x19: // flag_present
      return 1;
    case FORM.DATA1:
    case 0x0c: // flag
    case 0x11: // ref1
    case 0x29: // addrx1
      return reader.number(1);
    case FORM.DATA2:
    case 0x12: // ref2
    case 0x2a: // addrx2
      return reader.number(2);
    case 0x2b: // addrx3
      return reader.number(3);
    case FORM.DATA4:
    case 0x10: // ref_addr
    case 0x13: // ref4
    case 0x17: // sec_offset
    case 0x2c: // addrx4
      return reader.number(4);
    case FORM.DATA8:
    case 0x01: // addr
    case 0x14: // ref8
    case 0x20: // ref_sig8
      return block(8);
    case FORM.DATA16:
      return block(16);
    case FORM.UDATA:
    case 0x0d: // sdata
    case 0x15: // ref_udata
    case 0x1b: // addrx
    case 0x22: // loclistx
    case 0x23: // rnglistx
      return reader.leb();
    case 0x09: // block
    case 0x18: // exprloc
      return block(reader.leb());
    case 0x0a: // block1
      return block(reader.number(1));
    case 0x03: // block2
      return block(reader.number(2));
    case 0x04: // block4
      return block(reader.number(4));
    default:
      throw new BadDwarf();
  }
}

/** File names of a unit by their number, from the header of its line table. */
function filesAt({ sections, version }: Unit, at: number): string[] {
  const reader = new Reader(sections('.debug_line'), at);
  reader.skip(4);
  const own = reader.number(2);
  if (own !== version) throw new BadDwarf();
  if (version === 5) reader.skip(2);
  reader.skip(4 + 5);
  reader.skip(reader.number(1) - 1);
  const join = (folder: string | undefined, name: string): string =>
    folder === undefined || folder === '' || name.startsWith('/') ? name : `${folder}/${name}`;
  if (version === 5) {
    const folders = fileEntries(sections, reader);
    return fileEntries(sections, reader).map(({ path, folder }) => join(folder === 0 ? '' : folders[folder]?.path, path));
  }
  // before version 5, numbers begin with 1, and the folder 0 is the compiler's own
  const folders = [''];
  for (let name = reader.text(); name !== ''; name = reader.text()) folders.push(name);
  const files = [''];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    files.push(join(folders[reader.leb()], name));
    reader.leb();
    reader.leb();
  }
  return files;
}

function fileEntries(sections: Sections, reader: Reader): { path: string; folder: number }[] {
  const format = Array.from({ length: reader.number(1) }, () => ({ content: reader.leb(), form: reader.leb() }));
  const count = reader.leb();
  const entries: { path: string; folder: number }[] = [];
  const unit: Unit = { sections, version: 5, reader, shapes: new Map(), strings: 8 };
  for (let i = 0; i < count && format.length > 0; i += 1) {
    const entry = { path: '', folder: 0 };
    for (const { content, form } of format) {
      const value = readValue(unit, form, 0, content === CONTENT.PATH);
      if (content === CONTENT.PATH) entry.path = String(value ?? '');
      else if (content === CONTENT.DIRECTORY) entry.folder = Number(value ?? 0);
    }
    entries.push(entry);
  }
  return entries;
}
