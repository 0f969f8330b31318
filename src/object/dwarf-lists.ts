// SPDX-License-Identifier: GPL-2.0-only
/** Lists of DWARF: where a scope's code is, and where a variable lies from where to where. Facts: DWARF 5, sections 2.17.3 and 7.7.3, 7.25. */
import { BadTable, Cursor, debugSection, type DebugSection, type Target } from './dwarf-cursor';
import { At, type Entry, type Meter, step, type Unit, type Value } from './dwarf-entries';
import type { ElfFile } from './elf';

/** Code from a byte of a section to before another. */
export interface CodeRange {
  readonly section: number;
  readonly from: number;
  readonly to: number;
}

/** Bytes of an expression. */
export interface Expression {
  readonly section: DebugSection;
  readonly at: number;
  readonly end: number;
}

/** `DW_LLE_*` of location lists. `DW_RLE_*` are the same without 5, and what is behind it one less. */
const enum Item {
  END = 0,
  BASE_ADDRESSX,
  STARTX_ENDX,
  STARTX_LENGTH,
  OFFSET_PAIR,
  DEFAULT_LOCATION,
  BASE_ADDRESS,
  START_END,
  START_LENGTH,
}

/** The sections that lists and names are in. */
export class DwarfTables {
  readonly #elf: ElfFile;
  readonly #meter: Meter;
  readonly #sections = new Map<string, DebugSection | null>();

  constructor(elf: ElfFile, meter: Meter) {
    this.#elf = elf;
    this.#meter = meter;
  }

  section(name: string): DebugSection {
    let known = this.#sections.get(name);
    if (known === undefined) this.#sections.set(name, (known = debugSection(this.#elf, name)));
    if (known === null) throw new BadTable(`there is no ${name}`);
    return known;
  }

  /** Text of an attribute, '' where there is none. */
  text(unit: Unit, value: Value | undefined): string {
    if (value?.kind === 'text') return value.text;
    if (value?.kind === 'target') return stringAt(value.target);
    if (value?.kind !== 'index') return '';
    const target = this.section('.debug_str_offsets').targets.get(base(unit, At.STR_OFFSETS_BASE) + 4 * value.index);
    return target === undefined ? '' : stringAt(target);
  }

  /** The place in code that an attribute names; null where it is none. */
  address(unit: Unit, value: Value | undefined): Target | null {
    if (value?.kind === 'target') return value.target;
    return value?.kind === 'index' ? this.#indexed(unit, value.index) : null;
  }

  #indexed(unit: Unit, index: number): Target | null {
    const section = this.section('.debug_addr');
    return section.targets.get(base(unit, At.ADDR_BASE) + 8 * index) ?? null;
  }

  /** Code of an entry: its range, or the list of them. */
  ranges(unit: Unit, entry: Entry): CodeRange[] {
    const low = this.address(unit, entry.attributes.get(At.LOW_PC));
    const high = entry.attributes.get(At.HIGH_PC);
    const list = entry.attributes.get(At.RANGES);
    if (list !== undefined) {
      const found: CodeRange[] = [];
      this.#walk(unit, list, 'ranges', (range) => found.push(range));
      return found;
    }
    if (low === null || high === undefined) return [];
    const to = high.kind === 'number' ? low.offset + high.value : (this.address(unit, high)?.offset ?? low.offset);
    return [{ section: low.section.index, from: low.offset, to }];
  }

  /** Calls back for each part of a location list. */
  locations(unit: Unit, list: Value, found: (range: CodeRange, expression: Expression) => void): void {
    this.#walk(unit, list, 'locations', (range, expression) => {
      if (expression !== null) found(range, expression);
    });
  }

  #walk(unit: Unit, list: Value, of: 'ranges' | 'locations', found: (range: CodeRange, expression: Expression | null) => void): void {
    const five = unit.version === 5;
    const name = of === 'ranges' ? (five ? '.debug_rnglists' : '.debug_ranges') : five ? '.debug_loclists' : '.debug_loc';
    const section = this.section(name);
    const at = this.#listAt(unit, list, section, of);
    const cursor = new Cursor(section, at, section.view.byteLength);
    const start = unit.root === null ? null : this.address(unit, unit.root.attributes.get(At.LOW_PC));
    if (five) this.#walk5(unit, cursor, of, start, found);
    else this.#walk4(cursor, of, start, found);
  }

  #listAt(unit: Unit, list: Value, section: DebugSection, of: 'ranges' | 'locations'): number {
    if (list.kind === 'number') return list.value;
    if (list.kind === 'target') return list.target.offset;
    if (list.kind !== 'index') throw new BadTable('a list without a place');
    const from = base(unit, of === 'ranges' ? At.RNGLISTS_BASE : At.LOCLISTS_BASE);
    return from + new Cursor(section, from + 4 * list.index, section.view.byteLength).u32();
  }

  #expression(cursor: Cursor, length: number): Expression {
    const at = cursor.at;
    cursor.skip(length);
    return { section: cursor.source, at, end: at + length };
  }

  #walk5(
    unit: Unit,
    cursor: Cursor,
    of: 'ranges' | 'locations',
    start: Target | null,
    found: (range: CodeRange, expression: Expression | null) => void,
  ): void {
    let from = start;
    for (;;) {
      step(this.#meter);
      const code = cursor.u8();
      const item = of === 'ranges' && code >= Number(Item.DEFAULT_LOCATION) ? code + 1 : code;
      let range: CodeRange | null = null;
      const between = (a: Target | null, to: number): CodeRange | null =>
        a === null ? null : { section: a.section.index, from: a.offset, to };
      switch (item) {
        case Item.END:
          return;
        case Item.BASE_ADDRESSX:
          from = this.#indexed(unit, cursor.uleb());
          continue;
        case Item.BASE_ADDRESS:
          from = cursor.target(8);
          continue;
        case Item.STARTX_ENDX: {
          const a = this.#indexed(unit, cursor.uleb());
          range = between(a, this.#indexed(unit, cursor.uleb())?.offset ?? 0);
          break;
        }
        case Item.STARTX_LENGTH: {
          const a = this.#indexed(unit, cursor.uleb());
          range = between(a, (a?.offset ?? 0) + cursor.uleb());
          break;
        }
        case Item.OFFSET_PAIR: {
          const [a, b] = [cursor.uleb(), cursor.uleb()];
          range = from === null ? null : { section: from.section.index, from: from.offset + a, to: from.offset + b };
          break;
        }
        case Item.DEFAULT_LOCATION:
          break;
        case Item.START_END: {
          const a = cursor.target(8);
          range = between(a, cursor.target(8)?.offset ?? 0);
          break;
        }
        case Item.START_LENGTH: {
          const a = cursor.target(8);
          range = between(a, (a?.offset ?? 0) + cursor.uleb());
          break;
        }
        default:
          throw new BadTable(`a list with an unknown item ${code}`);
      }
      const expression = of === 'locations' ? this.#expression(cursor, cursor.uleb()) : null;
      if (range !== null) found(range, expression);
    }
  }

  /** Pairs of offsets from the unit's start, or of addresses; the largest number says that a new start follows. */
  #walk4(
    cursor: Cursor,
    of: 'ranges' | 'locations',
    start: Target | null,
    found: (range: CodeRange, expression: Expression | null) => void,
  ): void {
    let from = start;
    for (;;) {
      step(this.#meter);
      const at = cursor.at;
      const { view, littleEndian } = cursor.source;
      const [a, b] = [cursor.target(8), cursor.target(8)];
      const [low, high] = [view.getBigUint64(at, littleEndian), view.getBigUint64(at + 8, littleEndian)];
      if (a === null && b === null && low === 0n && high === 0n) return;
      if (low === 0xffff_ffff_ffff_ffffn) {
        from = b;
        continue;
      }
      const expression = of === 'locations' ? this.#expression(cursor, cursor.u16()) : null;
      if (a !== null && b !== null) found({ section: a.section.index, from: a.offset, to: b.offset }, expression);
      else if (from !== null)
        found({ section: from.section.index, from: from.offset + Number(low), to: from.offset + Number(high) }, expression);
    }
  }
}

function base(unit: Unit, name: At): number {
  const value = unit.root?.attributes.get(name);
  if (value?.kind === 'target') return value.target.offset;
  return value?.kind === 'number' ? value.value : 0;
}

const decoder = new TextDecoder('utf-8');
/** Bytes of a name that are looked at: longer ones are of no use to people. */
const MAX_NAME = 128;

function stringAt({ section, offset }: Target): string {
  const bytes = section.data.subarray(offset, offset + MAX_NAME + 1);
  const length = bytes.indexOf(0);
  return length < 0 ? '' : decoder.decode(bytes.subarray(0, length));
}
