// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where the globals of an object are declared, by `.debug_info`: BTF knows no lines of variables. For people only; what is malformed or of another
 * form says nothing. Facts: DWARF 5, section 2.14.
 */
import { BadTable } from './dwarf-cursor';
import { At, type Entry, type Meter, readUnits, step, Tag, type Unit } from './dwarf-entries';
import { readFileNames } from './dwarf-lines';
import { DwarfTables } from './dwarf-lists';
import { parseElf, type ElfFile } from './elf';
import { ObjectError } from './failure';

/** A global variable or function, and its line. */
export interface Declaration {
  readonly name: string;
  readonly kind: 'variable' | 'function';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** Entries and attributes of one object that are looked at: many times more than the largest program has. */
const MAX_STEPS = 20_000_000;

const KEPT: ReadonlySet<number> = new Set<number>([Tag.UNIT, Tag.FUNCTION, Tag.VARIABLE]);

/** Globals of an object with their places, in its order; none if it has no DWARF that can be read. */
export function readDeclarations(elf: ElfFile): Declaration[] {
  const found: Declaration[] = [];
  const meter = { left: MAX_STEPS };
  const tables = new DwarfTables(elf, meter);
  try {
    for (const unit of readUnits(tables.section('.debug_info'), tables.section('.debug_abbrev'), meter, KEPT))
      readUnit(unit, tables, meter, found);
  } catch (error) {
    if (!(error instanceof BadTable || error instanceof ObjectError)) throw error;
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

function readUnit(unit: Unit, tables: DwarfTables, meter: Meter, found: Declaration[]): void {
  const { root, entries } = unit;
  if (root === null) return;
  const list = root.attributes.get(At.STMT_LIST);
  const at = list?.kind === 'target' ? list.target.offset : (numberIn(root, At.STMT_LIST) ?? 0);
  const files = readFileNames(tables.section('.debug_line'), at);
  meter.left -= files.length;
  step(meter);
  for (const entry of entries.values()) {
    if (entry.parent !== root || entry.attributes.has(At.DECLARATION)) continue;
    const name = tables.text(unit, entry.attributes.get(At.NAME));
    const line = numberIn(entry, At.DECL_LINE) ?? 0;
    const file = files[numberIn(entry, At.DECL_FILE) ?? -1];
    if (name === '' || line === 0 || file === undefined) continue;
    found.push({ name, kind: entry.tag === Number(Tag.VARIABLE) ? 'variable' : 'function', file, line });
  }
}

function numberIn(entry: Entry, name: At): number | null {
  const value = entry.attributes.get(name);
  return value?.kind === 'number' ? value.value : null;
}
