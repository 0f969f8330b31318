// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which register or stack slot holds which C variable, from where to where, as the compiler said it in DWARF. For people only; the kernel
 * never sees it. Facts: DWARF 5, sections 2.5, 2.6 and 3.3; what offsets count from, LLVM's `TargetFrameLowering::getFrameIndexReference`.
 */
import { INSN_BYTES, type Insn } from '../isa/insn';
import { Alu, aluOp, Class, classOf, MAX_STACK, usesReg } from '../isa/opcode';
import { BadTable, Cursor, debugSection } from './dwarf-cursor';
import { At, type Entry, type Meter, readUnits, step, Tag, type Unit } from './dwarf-entries';
import { type CodeRange, DwarfTables, type Expression } from './dwarf-lists';
import type { ElfFile } from './elf';
import type { Placed } from './link';
import { ObjectError } from './failure';
import { type VariablePlace } from './program';

/** Where a variable lies while control is in a range of a code section. */
export interface DwarfVariable extends CodeRange {
  readonly name: string;
  /** Offsets of stack places are as they stand in DWARF. */
  readonly place: VariablePlace['place'];
}

/** By number of the code section. */
export type DwarfVariables = ReadonlyMap<number, readonly DwarfVariable[]>;

/** Entries, attributes and list items that are looked at in one object. */
const MAX_STEPS = 5_000_000;
/** Types that stand behind one another: typedefs, qualifiers. */
const MAX_CHAIN = 32;

/** `DW_OP_*` of locations that are one register or one place on the stack. */
const enum Operation {
  REG0 = 0x50,
  REG10 = 0x5a,
  BREG0 = 0x70,
  BREG10 = 0x7a,
  FBREG = 0x91,
  STACK_VALUE = 0x9f,
}

/** Reads the places of all variables; a text that says what is wrong instead when the sections are malformed. Empty for an object without any. */
export function readDwarfVariables(elf: ElfFile): DwarfVariables | string {
  const found = new Map<number, DwarfVariable[]>();
  const meter = { left: MAX_STEPS };
  try {
    const [info, abbrev] = [debugSection(elf, '.debug_info'), debugSection(elf, '.debug_abbrev')];
    if (info === null || abbrev === null) return found;
    const tables = new DwarfTables(elf, meter);
    const add = (variable: DwarfVariable): void => {
      const known = found.get(variable.section);
      if (known === undefined) found.set(variable.section, [variable]);
      else known.push(variable);
    };
    for (const unit of readUnits(info, abbrev, meter)) {
      const reader = new UnitVariables(unit, tables, meter, add);
      for (const entry of unit.entries.values())
        if (entry.tag === Number(Tag.VARIABLE) || entry.tag === Number(Tag.PARAMETER)) reader.read(entry, info);
    }
  } catch (error) {
    if (error instanceof BadTable || error instanceof ObjectError) return `names of variables ignored: ${error.message}`;
    throw error;
  }
  return found;
}

class UnitVariables {
  readonly #scopes = new Map<Entry, readonly CodeRange[]>();

  constructor(
    readonly unit: Unit,
    readonly tables: DwarfTables,
    readonly meter: Meter,
    readonly add: (variable: DwarfVariable) => void,
  ) {}

  read(entry: Entry, info: Expression['section']): void {
    const location = entry.attributes.get(At.LOCATION);
    const scope = location === undefined ? null : scopeOf(entry);
    if (location === undefined || scope === null) return;
    const name = this.#name(entry);
    if (name === '') return;
    if (location.kind === 'block') {
      const place = this.#place(entry, scope.inFunction, { section: info, at: location.at, end: location.end });
      // valid in all of its scope
      if (place !== null) for (const range of this.#ranges(scope.nearest)) this.add({ ...range, name, place });
      return;
    }
    this.tables.locations(this.unit, location, (range, expression) => {
      const place = this.#place(entry, scope.inFunction, expression);
      if (place !== null && range.from < range.to) this.add({ ...range, name, place });
    });
  }

  #ranges(scope: Entry): readonly CodeRange[] {
    let known = this.#scopes.get(scope);
    if (known === undefined) this.#scopes.set(scope, (known = this.tables.ranges(this.unit, scope)));
    this.meter.left -= known.length;
    step(this.meter);
    return known;
  }

  #origin(entry: Entry): Entry | undefined {
    const origin = entry.attributes.get(At.ABSTRACT_ORIGIN);
    return origin?.kind === 'entry' ? this.unit.entries.get(origin.at) : undefined;
  }

  /** Its name, or that of what it is an inlined copy of; '' for what is no name. */
  #name(entry: Entry): string {
    const value = entry.attributes.get(At.NAME) ?? this.#origin(entry)?.attributes.get(At.NAME);
    const name = this.tables.text(this.unit, value);
    return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? name : '';
  }

  #place(entry: Entry, inFunction: Entry, { section, at, end }: Expression): DwarfVariable['place'] | null {
    const cursor = new Cursor(section, at, end);
    if (at >= end) return null;
    const op = cursor.u8();
    if (op >= Number(Operation.REG0) && op <= Number(Operation.REG10))
      return cursor.at === end ? { kind: 'register', register: op - Operation.REG0 } : null;
    if (op === Number(Operation.FBREG) || op === Number(Operation.BREG10)) {
      const offset = cursor.sleb();
      if (cursor.at !== end || (op === Number(Operation.FBREG) && !countsFromR10(inFunction, section))) return null;
      const size = this.#size(entry);
      return size === null || Math.abs(offset) > MAX_STACK ? null : { kind: 'stack', offset, size };
    }
    if (op < Number(Operation.BREG0) || op > Number(Operation.BREG10)) return null;
    // the value of a register as it is
    if (cursor.sleb() !== 0 || cursor.at === end || cursor.u8() !== Number(Operation.STACK_VALUE) || cursor.at !== end) return null;
    return { kind: 'register', register: op - Operation.BREG0 };
  }

  /** Bytes that a variable takes; null where types do not say. */
  #size(entry: Entry): number | null {
    const declared = entry.attributes.has(At.TYPE) ? entry : this.#origin(entry);
    let type = declared === undefined ? undefined : this.#type(declared);
    let times = 1;
    for (let i = 0; i < MAX_CHAIN && type !== undefined; i += 1) {
      step(this.meter);
      if (type.tag === Number(Tag.POINTER)) return 8 * times;
      const size = type.attributes.get(At.BYTE_SIZE);
      if (size?.kind === 'number') return size.value * times > MAX_STACK ? null : size.value * times;
      if (type.tag === Number(Tag.ARRAY)) {
        for (const bound of type.children) {
          const count = bound.attributes.get(At.COUNT);
          const last = bound.attributes.get(At.UPPER_BOUND);
          if (count?.kind === 'number') times *= count.value;
          else if (last?.kind === 'number') times *= last.value + 1;
          else return null;
        }
      }
      type = this.#type(type);
    }
    return null;
  }

  #type(entry: Entry): Entry | undefined {
    const type = entry.attributes.get(At.TYPE);
    return type?.kind === 'entry' ? this.unit.entries.get(type.at) : undefined;
  }
}

/** The nearest scope around a variable that has code, and the function that it is in; null for a variable outside of functions. */
function scopeOf(entry: Entry): { readonly nearest: Entry; readonly inFunction: Entry } | null {
  let nearest: Entry | null = null;
  for (let at = entry.parent; at !== null; at = at.parent) {
    if (at.attributes.has(At.LOW_PC) || at.attributes.has(At.RANGES)) nearest ??= at;
    if (at.tag === Number(Tag.FUNCTION)) return nearest === null ? null : { nearest, inFunction: at };
  }
  return null;
}

/** Whether a function's frame is what r10 points to. */
function countsFromR10(fn: Entry, section: Expression['section']): boolean {
  const frame = fn.attributes.get(At.FRAME_BASE);
  return frame?.kind === 'block' && frame.end === frame.at + 1 && section.view.getUint8(frame.at) === Number(Operation.REG10);
}

/** Places of the variables in a linked program, in units of its instruction slots. */
export function placeDwarfVariables(functions: readonly Placed[], dwarf: DwarfVariables): VariablePlace[] {
  const placed: VariablePlace[] = [];
  for (const { fn, at } of functions) {
    const start = fn.start * INSN_BYTES;
    const end = start + fn.insns.length * INSN_BYTES;
    const here = (dwarf.get(fn.sectionIndex) ?? []).filter((v) => v.from < end && v.to > start);
    const bottom = bottomOf(fn.insns, here);
    for (const { name, place, ...range } of here) {
      const from = at + Math.ceil((Math.max(range.from, start) - start) / INSN_BYTES);
      const to = at + Math.ceil((Math.min(range.to, end) - start) / INSN_BYTES);
      if (place.kind === 'register' || place.offset < 0) placed.push({ name, from, to, place });
      else if (bottom !== null) placed.push({ name, from, to, place: { ...place, offset: place.offset - bottom } });
    }
  }
  return placed;
}

/**
 * Bytes of a function's stack. LLVM's offsets of variables count from its bottom, which DWARF does not name: it is the deepest place that
 * the code or a variable reaches. Null where offsets are of the other kind, below r10.
 */
function bottomOf(insns: readonly Insn[], variables: readonly DwarfVariable[]): number | null {
  let depth = 0;
  for (const { place } of variables) {
    if (place.kind !== 'stack') continue;
    if (place.offset < 0) return null;
    depth = Math.max(depth, place.offset + place.size);
  }
  if (depth === 0) return null;
  const copies = new Set([10]);
  for (const insn of insns) {
    const cls = classOf(insn.code);
    if ((cls === Number(Class.STX) || cls === Number(Class.ST)) && copies.has(insn.dst)) depth = Math.max(depth, -insn.off);
    if (cls === Number(Class.LDX) && copies.has(insn.src)) depth = Math.max(depth, -insn.off);
    if (insn.dst === 10 || cls === Number(Class.STX) || cls === Number(Class.ST)) continue;
    if (cls === Number(Class.JMP) || cls === Number(Class.JMP32)) continue;
    const op = aluOp(insn.code);
    const isImmediate = !usesReg(insn.code);
    if (cls === Number(Class.ALU64) && op === Number(Alu.ADD) && isImmediate && copies.has(insn.dst)) depth = Math.max(depth, -insn.imm);
    if (cls === Number(Class.ALU64) && op === Number(Alu.MOV) && !isImmediate && insn.src === 10) copies.add(insn.dst);
    else copies.delete(insn.dst);
  }
  return depth > MAX_STACK ? null : Math.ceil(depth / 8) * 8;
}
