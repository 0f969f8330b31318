// SPDX-License-Identifier: GPL-2.0-only
/**
 * Source lines from `.debug_line`, for code without `.BTF.ext`: hand-written assembly has no other. For people only; the kernel never sees it.
 * Facts: DWARF 5, section 6.2 (versions 2 to 5 are read, in the 32-bit format that LLVM writes).
 */
import { BadTable, Cursor, debugSection, type DebugSection, Form } from './dwarf-cursor';
import type { ElfFile } from './elf';
import { ObjectError } from './failure';

/** Where one run of instructions begins. */
export interface DwarfLine {
  /** Bytes from the start of the code section. */
  readonly offset: number;
  readonly file: string;
  /** 1-based; 0 for code without a line of its own. */
  readonly line: number;
  /** 1-based; 0 if unknown. */
  readonly column: number;
}

/** Lines by number of the code section, each ascending by offset. */
export type DwarfLines = ReadonlyMap<number, readonly DwarfLine[]>;

/** `DW_LNS_*`. */
const enum Standard {
  COPY = 1,
  ADVANCE_PC,
  ADVANCE_LINE,
  SET_FILE,
  SET_COLUMN,
  NEGATE_STMT,
  SET_BASIC_BLOCK,
  CONST_ADD_PC,
  FIXED_ADVANCE_PC,
}

/** `DW_LNE_*`. */
const enum Extended {
  END_SEQUENCE = 1,
  SET_ADDRESS,
  DEFINE_FILE,
}

/** `DW_LNCT_*`. */
const enum Content {
  PATH = 1,
  DIRECTORY_INDEX,
}

/** More rows than instructions of the largest program in one object several times over: something is wrong with the file. */
const MAX_ROWS = 4_000_000;

/** Numbers and strings of one entry of a version 5 table that we make use of. */
interface Entry {
  path: string;
  directory: number;
}

/** Reads all line tables of an object; a text that says what is wrong instead when they are malformed. An object without any gives an empty map. */
export function readDwarfLines(elf: ElfFile): DwarfLines | string {
  const lines = new Map<number, DwarfLine[]>();
  try {
    const source = debugSection(elf, '.debug_line');
    if (source === null) return lines;
    const cursor = new Cursor(source, 0, source.view.byteLength);
    while (cursor.at < cursor.end) readUnit(cursor, lines);
  } catch (error) {
    if (error instanceof BadTable || error instanceof ObjectError) return `.debug_line ignored: ${error.message}`;
    throw error;
  }
  for (const rows of lines.values()) rows.sort((a, b) => a.offset - b.offset);
  return lines;
}

/** Names of files by number, from the header of the unit that begins at a byte of `.debug_line`. Throws {@link BadTable}. */
export function readFileNames(source: DebugSection, at: number): readonly string[] {
  return readHeader(new Cursor(source, at, source.view.byteLength)).header.files;
}

/** One unit: header, then the program that makes the rows. */
function readUnit(cursor: Cursor, lines: Map<number, DwarfLine[]>): void {
  const { unit, header } = readHeader(cursor);
  cursor.at = unit.end;
  run(unit, header, lines);
}

/** The header of a unit, and a position where its program begins. */
function readHeader(cursor: Cursor): { readonly unit: Cursor; readonly header: Header } {
  const start = cursor.at;
  const length = cursor.u32();
  if (length >= 0xfffffff0) throw new BadTable(`the unit at byte ${start} is of the 64-bit format`);
  const end = cursor.at + length;
  if (end > cursor.end) throw new BadTable(`the unit at byte ${start} is longer than the section`);
  const unit = new Cursor(cursor.source, cursor.at, end);
  const version = unit.u16();
  if (version < 2 || version > 5) throw new BadTable(`the unit at byte ${start} has version ${version}`);
  if (version === 5) unit.skip(2);
  const headerLength = unit.u32();
  const program = unit.at + headerLength;
  if (program > end) throw new BadTable(`the header at byte ${start} is longer than its unit`);
  const step = unit.u8();
  if (version >= 4) unit.skip(1);
  unit.skip(1);
  const lineBase = unit.i8();
  const lineRange = unit.u8();
  const opcodeBase = unit.u8();
  if (lineRange === 0 || opcodeBase === 0) throw new BadTable(`the header at byte ${start} has a range or base of 0`);
  const operands = Array.from({ length: opcodeBase - 1 }, () => unit.u8());
  const files = version === 5 ? filesOf5(unit) : filesOf4(unit);
  unit.at = program;
  return { unit, header: { step, lineBase, lineRange, opcodeBase, operands, files } };
}

/** Names by number as versions 2 to 4 count them: from 1, and directory 0 is the compiler's own. */
function filesOf4(unit: Cursor): string[] {
  const directories = [''];
  for (let name = unit.string(); name !== ''; name = unit.string()) directories.push(name);
  const files = [''];
  for (let name = unit.string(); name !== ''; name = unit.string()) {
    files.push(inDirectory(directories[unit.uleb()], name));
    unit.uleb();
    unit.uleb();
  }
  return files;
}

/** Names by number as version 5 counts them: from 0. */
function filesOf5(unit: Cursor): string[] {
  const directories = entries(unit).map((e) => e.path);
  return entries(unit).map((e) => inDirectory(e.directory === 0 ? '' : directories[e.directory], e.path));
}

function inDirectory(directory: string | undefined, name: string): string {
  return directory === undefined || directory === '' || name.startsWith('/') ? name : `${directory}/${name}`;
}

/** Bytes of an offset into another section, in the 32-bit format. */
const OFFSET_BYTES = 4;

function entries(unit: Cursor): Entry[] {
  const format = Array.from({ length: unit.u8() }, () => ({ content: unit.uleb(), form: unit.uleb() }));
  const count = unit.uleb();
  if (format.length === 0 && count > 0) throw new BadTable('names without a format');
  const found: Entry[] = [];
  for (let i = 0; i < count; i += 1) {
    const entry: Entry = { path: '', directory: 0 };
    for (const { content, form } of format) {
      // the text of the source, which LLVM embeds, is longer than any name
      if (content !== Number(Content.PATH) && (form === Form.STRP || form === Form.LINE_STRP)) {
        unit.skip(OFFSET_BYTES);
        continue;
      }
      const value = formValue(unit, form);
      if (content === Number(Content.PATH) && typeof value === 'string') entry.path = value;
      if (content === Number(Content.DIRECTORY_INDEX) && typeof value === 'number') entry.directory = value;
    }
    found.push(entry);
  }
  return found;
}

function formValue(unit: Cursor, form: number): string | number {
  switch (form) {
    case Form.STRING:
      return unit.string();
    case Form.STRP:
    case Form.LINE_STRP:
      return unit.stringElsewhere();
    case Form.DATA1:
      return unit.u8();
    case Form.DATA2:
      return unit.u16();
    case Form.DATA4:
      return unit.u32();
    case Form.UDATA:
      return unit.uleb();
    case Form.DATA8:
      unit.skip(8);
      return 0;
    case Form.DATA16:
      unit.skip(16);
      return 0;
    default:
      throw new BadTable(`names of an unknown form 0x${form.toString(16)}`);
  }
}

interface Header {
  /** Bytes of one step of the address. */
  readonly step: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Count of operands by standard opcode, from opcode 1. */
  readonly operands: readonly number[];
  readonly files: readonly string[];
}

/** The line number program: a small machine whose registers make a row at a time. */
function run(unit: Cursor, header: Header, lines: Map<number, DwarfLine[]>): void {
  let section: number | null = null;
  let offset = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  let rows = 0;
  const row = (): void => {
    if (section === null) return;
    if (++rows > MAX_ROWS) throw new BadTable('it makes millions of rows');
    let known = lines.get(section);
    if (known === undefined) lines.set(section, (known = []));
    known.push({ offset, file: header.files[file] ?? '', line, column });
  };
  const special = (opcode: number): number => Math.floor((opcode - header.opcodeBase) / header.lineRange) * header.step;
  while (unit.at < unit.end) {
    const opcode = unit.u8();
    if (opcode >= header.opcodeBase) {
      offset += special(opcode);
      line += header.lineBase + ((opcode - header.opcodeBase) % header.lineRange);
      row();
      continue;
    }
    switch (opcode) {
      case 0: {
        const length = unit.uleb();
        const next = unit.at + length;
        if (length === 0 || next > unit.end) throw new BadTable(`an extended opcode of ${length} bytes at byte ${unit.at}`);
        const what = unit.u8();
        if (what === Number(Extended.END_SEQUENCE)) {
          section = null;
          offset = 0;
          file = 1;
          line = 1;
          column = 0;
        } else if (what === Number(Extended.SET_ADDRESS)) {
          const target = unit.source.targets.get(unit.at);
          section = target?.section.index ?? null;
          offset = target?.offset ?? 0;
        }
        unit.at = next;
        break;
      }
      case Standard.COPY:
        row();
        break;
      case Standard.ADVANCE_PC:
        offset += unit.uleb() * header.step;
        break;
      case Standard.ADVANCE_LINE:
        line += unit.sleb();
        break;
      case Standard.SET_FILE:
        file = unit.uleb();
        break;
      case Standard.SET_COLUMN:
        column = unit.uleb();
        break;
      case Standard.CONST_ADD_PC:
        offset += special(255);
        break;
      case Standard.FIXED_ADVANCE_PC:
        offset += unit.u16();
        break;
      default:
        for (let i = 0; i < (header.operands[opcode - 1] ?? 0); i += 1) unit.uleb();
    }
  }
}
