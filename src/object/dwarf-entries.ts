// SPDX-License-Identifier: GPL-2.0-only
/**
 * The entries of `.debug_info`: functions, scopes, variables and the types that say how large these are; the rest is gone past. For people
 * only. Facts: DWARF 5, section 7.5 (versions 4 and 5 are read, in the 32-bit format that LLVM writes).
 */
import { BadTable, Cursor, type DebugSection, Form, type Target } from './dwarf-cursor';

/** `DW_TAG_*` of the entries that are kept. */
export const enum Tag {
  ARRAY = 0x01,
  CLASS = 0x02,
  ENUMERATION = 0x04,
  PARAMETER = 0x05,
  BLOCK = 0x0b,
  POINTER = 0x0f,
  UNIT = 0x11,
  STRUCTURE = 0x13,
  TYPEDEF = 0x16,
  UNION = 0x17,
  INLINED = 0x1d,
  SUBRANGE = 0x21,
  BASE = 0x24,
  CONST = 0x26,
  FUNCTION = 0x2e,
  VARIABLE = 0x34,
  VOLATILE = 0x35,
  RESTRICT = 0x37,
  ATOMIC = 0x47,
}

/** Entries that say where variables are. */
const KEPT: ReadonlySet<number> = new Set<number>([
  Tag.ARRAY,
  Tag.CLASS,
  Tag.ENUMERATION,
  Tag.PARAMETER,
  Tag.BLOCK,
  Tag.POINTER,
  Tag.UNIT,
  Tag.STRUCTURE,
  Tag.TYPEDEF,
  Tag.UNION,
  Tag.INLINED,
  Tag.SUBRANGE,
  Tag.BASE,
  Tag.CONST,
  Tag.FUNCTION,
  Tag.VARIABLE,
  Tag.VOLATILE,
  Tag.RESTRICT,
  Tag.ATOMIC,
]);

/** `DW_AT_*` that are made use of. */
export const enum At {
  LOCATION = 0x02,
  NAME = 0x03,
  BYTE_SIZE = 0x0b,
  STMT_LIST = 0x10,
  LOW_PC = 0x11,
  HIGH_PC = 0x12,
  UPPER_BOUND = 0x2f,
  ABSTRACT_ORIGIN = 0x31,
  COUNT = 0x37,
  DECL_FILE = 0x3a,
  DECL_LINE = 0x3b,
  DECLARATION = 0x3c,
  FRAME_BASE = 0x40,
  TYPE = 0x49,
  RANGES = 0x55,
  STR_OFFSETS_BASE = 0x72,
  ADDR_BASE = 0x73,
  RNGLISTS_BASE = 0x74,
  LOCLISTS_BASE = 0x8c,
}

const READ: ReadonlySet<number> = new Set<number>([
  At.LOCATION,
  At.NAME,
  At.BYTE_SIZE,
  At.STMT_LIST,
  At.LOW_PC,
  At.HIGH_PC,
  At.UPPER_BOUND,
  At.ABSTRACT_ORIGIN,
  At.COUNT,
  At.DECL_FILE,
  At.DECL_LINE,
  At.DECLARATION,
  At.FRAME_BASE,
  At.TYPE,
  At.RANGES,
  At.STR_OFFSETS_BASE,
  At.ADDR_BASE,
  At.RNGLISTS_BASE,
  At.LOCLISTS_BASE,
]);

/** What an attribute says. */
export type Value =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  /** A place in another section: an address, or a string or list by its offset. */
  | { readonly kind: 'target'; readonly target: Target }
  /** Bytes of `.debug_info`. */
  | { readonly kind: 'block'; readonly at: number; readonly end: number }
  /** Number in the unit's table of addresses, strings or lists. */
  | { readonly kind: 'index'; readonly index: number }
  /** Another entry, by its offset in `.debug_info`. */
  | { readonly kind: 'entry'; readonly at: number };

export interface Entry {
  readonly tag: number;
  readonly parent: Entry | null;
  readonly attributes: ReadonlyMap<number, Value>;
  /** Entries under it that are kept; only of an array, whose bounds they are. */
  readonly children: Entry[];
}

export interface Unit {
  readonly version: 4 | 5;
  readonly root: Entry | null;
  /** By offset in `.debug_info`. */
  readonly entries: ReadonlyMap<number, Entry>;
}

/** Counts work on one object, so that no file asks for more than its size is worth. */
export interface Meter {
  left: number;
}

/** Takes a step; throws {@link BadTable} when there have been too many. */
export function step(meter: Meter): void {
  if (--meter.left < 0) throw new BadTable('it asks for millions of steps');
}

interface Shape {
  readonly tag: number;
  readonly children: boolean;
  /** `constant`: what an attribute of the form IMPLICIT_CONST says of all entries. */
  readonly attributes: readonly { readonly name: number; readonly form: number; readonly constant: number }[];
}

/** Deepest nesting of entries: blocks within blocks, as people and compilers write them. */
const MAX_DEPTH = 256;

/** Reads the entries of all units, of the tags in `kept`. Throws {@link BadTable}. */
export function readUnits(info: DebugSection, abbrev: DebugSection, meter: Meter, kept = KEPT): Unit[] {
  const cursor = new Cursor(info, 0, info.view.byteLength);
  const shapes = new Map<number, Map<number, Shape>>();
  const units: Unit[] = [];
  while (cursor.at < cursor.end) {
    const start = cursor.at;
    const length = cursor.u32();
    if (length >= 0xfffffff0) throw new BadTable(`the unit at byte ${start} is of the 64-bit format`);
    const end = cursor.at + length;
    if (end > cursor.end) throw new BadTable(`the unit at byte ${start} is longer than the section`);
    const unit = new Cursor(info, cursor.at, end);
    cursor.at = end;
    const version = unit.u16();
    if (version !== 4 && version !== 5) continue;
    // a type unit or a split one has no code
    if (version === 5 && unit.u8() !== 1) continue;
    if (version === 5) unit.skip(1);
    const at = unit.at;
    const number = unit.u32();
    const table = info.targets.get(at)?.offset ?? number;
    if (version === 4) unit.skip(1);
    let known = shapes.get(table);
    if (known === undefined) shapes.set(table, (known = readShapes(abbrev, table, meter)));
    units.push(readUnit(unit, start, version, known, meter, kept));
  }
  return units;
}

function readShapes(abbrev: DebugSection, at: number, meter: Meter): Map<number, Shape> {
  const cursor = new Cursor(abbrev, at, abbrev.view.byteLength);
  const shapes = new Map<number, Shape>();
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    const tag = cursor.uleb();
    const children = cursor.u8() !== 0;
    const attributes: Shape['attributes'][number][] = [];
    for (;;) {
      step(meter);
      const [name, form] = [cursor.uleb(), cursor.uleb()];
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant: form === Number(Form.IMPLICIT_CONST) ? cursor.anyLeb() : 0 });
    }
    shapes.set(code, { tag, children, attributes });
  }
  return shapes;
}

function readUnit(
  unit: Cursor,
  start: number,
  version: 4 | 5,
  shapes: ReadonlyMap<number, Shape>,
  meter: Meter,
  keptTags: ReadonlySet<number>,
): Unit {
  const entries = new Map<number, Entry>();
  const open: (Entry | null)[] = [];
  let root: Entry | null = null;
  while (unit.at < unit.end) {
    step(meter);
    const at = unit.at;
    const code = unit.uleb();
    if (code === 0) {
      open.pop();
      if (open.length === 0) break;
      continue;
    }
    const shape = shapes.get(code);
    if (shape === undefined) throw new BadTable(`the entry at byte ${at} is of an unknown shape ${code}`);
    const kept = keptTags.has(shape.tag) ? new Map<number, Value>() : null;
    for (const { name, form, constant } of shape.attributes) {
      step(meter);
      const value = form === Number(Form.IMPLICIT_CONST) ? numberOf(constant) : readValue(unit, form, start);
      if (value !== null && READ.has(name)) kept?.set(name, value);
    }
    const parent = open.at(-1) ?? null;
    const entry: Entry | null = kept === null ? null : { tag: shape.tag, parent, attributes: kept, children: [] };
    if (entry !== null) {
      entries.set(at, entry);
      root ??= entry;
      if (parent?.tag === Number(Tag.ARRAY)) parent.children.push(entry);
    }
    if (!shape.children) continue;
    if (open.length >= MAX_DEPTH) throw new BadTable(`entries at byte ${at} lie more than ${MAX_DEPTH} deep`);
    open.push(entry);
  }
  return { version, root, entries };
}

const numberOf = (value: number): Value => ({ kind: 'number', value });
const indexOf = (index: number): Value => ({ kind: 'index', index });

function readBlock(unit: Cursor, length: number): Value {
  const at = unit.at;
  unit.skip(length);
  return { kind: 'block', at, end: at + length };
}

/** An address or an offset into another section; a number where no relocation says into which. */
function readTarget(unit: Cursor, bytes: 4 | 8): Value {
  const at = unit.at;
  const target = unit.target(bytes);
  return target === null ? numberOf(unit.addend(at, bytes)) : { kind: 'target', target };
}

/** The value of an attribute; null for one that nobody asks for, whose bytes are gone past. */
function readValue(unit: Cursor, form: number, start: number): Value | null {
  const inUnit = (offset: number): Value => ({ kind: 'entry', at: start + offset });
  switch (form) {
    case Form.ADDR:
      return readTarget(unit, 8);
    case Form.STRP:
    case Form.LINE_STRP:
    case Form.SEC_OFFSET:
      return readTarget(unit, 4);
    case Form.STRING:
      return { kind: 'text', text: unit.string() };
    case Form.FLAG_PRESENT:
      return numberOf(1);
    case Form.FLAG:
    case Form.DATA1:
      return numberOf(unit.u8());
    case Form.DATA2:
      return numberOf(unit.u16());
    case Form.DATA4:
      return numberOf(unit.u32());
    case Form.DATA8:
      return numberOf(unit.u64());
    case Form.UDATA:
      return numberOf(unit.anyLeb());
    case Form.REF1:
      return inUnit(unit.u8());
    case Form.REF2:
      return inUnit(unit.u16());
    case Form.REF4:
      return inUnit(unit.u32());
    case Form.REF_UDATA:
      return inUnit(unit.uleb());
    case Form.STRX:
    case Form.ADDRX:
    case Form.LOCLISTX:
    case Form.RNGLISTX:
      return indexOf(unit.uleb());
    case Form.STRX1:
    case Form.ADDRX1:
      return indexOf(unit.u8());
    case Form.STRX2:
    case Form.ADDRX2:
      return indexOf(unit.u16());
    case Form.STRX3:
    case Form.ADDRX3:
      return indexOf(unit.u24());
    case Form.STRX4:
    case Form.ADDRX4:
      return indexOf(unit.u32());
    case Form.EXPRLOC:
    case Form.BLOCK:
      return readBlock(unit, unit.uleb());
    case Form.BLOCK1:
      return readBlock(unit, unit.u8());
    case Form.BLOCK2:
      return readBlock(unit, unit.u16());
    case Form.BLOCK4:
      return readBlock(unit, unit.u32());
    default:
      goPast(unit, form);
      return null;
  }
}

/** Goes past a value that nobody asks for. */
function goPast(unit: Cursor, form: number): void {
  switch (form) {
    case Form.SDATA:
      return unit.skipLeb();
    case Form.REF_ADDR:
    case Form.REF_SUP4:
    case Form.STRP_SUP:
      return unit.skip(4);
    case Form.REF8:
    case Form.REF_SIG8:
    case Form.REF_SUP8:
      return unit.skip(8);
    case Form.DATA16:
      return unit.skip(16);
    default:
      throw new BadTable(`a value of an unknown form 0x${form.toString(16)} at byte ${unit.at}`);
  }
}
