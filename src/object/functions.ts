// SPDX-License-Identifier: GPL-2.0-only
/** Cutting code sections into functions. Rules: `tools/lib/bpf/libbpf.c: bpf_object__add_programs`. */
import { decodeInsns, INSN_BYTES } from '../isa/insn';
import { Bind, SymbolType, Visibility, type ElfFile, type ElfSection, type ElfSymbol } from './elf';
import { atPlace } from './failure';
import type { ObjectFunction, UnreadableFunction } from './model';
import { ObjectError } from './failure';
import { findSecDef } from './secdefs';

/** How often the bytes of a section, and of the file, may be part of a function on average: aliases are allowed, absurd tables are not. */
const MAX_OVERLAP = 4;

/** The functions of an object. */
export interface FoundFunctions {
  /** Sorted by section and place. */
  readonly functions: ObjectFunction[];
  readonly unreadable: UnreadableFunction[];
  /** Why libbpf would not open the file. */
  readonly refusals: string[];
}

/**
 * All functions of the given code sections. One that cannot be cut out of its section is lost alone; throws {@link ObjectError} for a table of
 * symbols that names far more code than there is.
 */
export function collectFunctions(elf: ElfFile, sections: readonly ElfSection[], textIndex: number): FoundFunctions {
  const bySection = new Map<number, ElfSymbol[]>();
  for (const symbol of elf.symbols) {
    if (symbol.type === SymbolType.FUNC) {
      const list = bySection.get(symbol.section);
      if (list === undefined) {
        bySection.set(symbol.section, [symbol]);
      } else {
        list.push(symbol);
      }
    }
  }
  const found: FoundFunctions = { functions: [], unreadable: [], refusals: [] };
  let total = 0;
  for (const section of sections) {
    const symbols = bySection.get(section.index) ?? [];
    const bytes = symbols.reduce((sum, symbol) => sum + Math.min(symbol.size, section.data.length), 0);
    total += bytes;
    if (bytes > section.data.length * MAX_OVERLAP || total > elf.bytes * MAX_OVERLAP) {
      throw new ObjectError('functions overlap', section.name, section.offset);
    }
    for (const symbol of symbols) {
      take(elf, section, symbol, section.index === textIndex, found);
    }
  }
  found.functions.sort((a, b) => a.sectionIndex - b.sectionIndex || a.start - b.start);
  return found;
}

/** Why a function cannot be cut out of its section, null if it can (`bpf_object__add_programs`). */
function unreadable(section: ElfSection, { value, size, name }: ElfSymbol): string | null {
  if (value + size > section.data.length) {
    return `program at offset ${value} crosses section boundary`;
  }
  if (size === 0) {
    return `corrupted program '${name}', offset ${value}, size 0: assembly gives its size with .size ${name}, .-${name}`;
  }
  return size % INSN_BYTES !== 0 || value % INSN_BYTES !== 0 ? `corrupted program '${name}', offset ${value}, size ${size}` : null;
}

function take(elf: ElfFile, section: ElfSection, symbol: ElfSymbol, inText: boolean, found: FoundFunctions): void {
  const { value, size, name } = symbol;
  const local = symbol.bind === Bind.LOCAL;
  const subprog = inText || local;
  const optional = section.name.startsWith('?');
  const plainSection = optional ? section.name.slice(1) : section.name;
  const reason = unreadable(section, symbol);
  if (reason !== null) {
    const placed = atPlace(reason, section.name, section.offset + value);
    found.unreadable.push({ name, section: plainSection, subprog, reason: placed });
    found.refusals.push(placed);
    return;
  }
  if (local && !inText) {
    found.refusals.push(`program '${name}' of section ${section.name} is static and not supported`);
  }
  found.functions.push({
    name,
    section: plainSection,
    sectionIndex: section.index,
    start: value / INSN_BYTES,
    insns: decodeInsns(section.data.subarray(value, value + size), elf.littleEndian),
    autoload: !optional,
    global: !local,
    hidden: !local && (symbol.visibility === Visibility.HIDDEN || symbol.visibility === Visibility.INTERNAL),
    subprog,
    role: plainSection,
    secDef: findSecDef(plainSection),
    assumptions: [],
    relocs: [],
  });
}
