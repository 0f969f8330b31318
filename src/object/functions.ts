// SPDX-License-Identifier: GPL-2.0-only
/** Cutting code sections into functions. Rules: `tools/lib/bpf/libbpf.c: bpf_object__add_programs`. */
import { decodeInsns, INSN_BYTES } from '../isa/insn';
import { Bind, SymbolType, Visibility, type ElfFile, type ElfSection, type ElfSymbol } from './elf';
import type { ObjectFunction } from './model';
import { ObjectError } from './program';
import { findSecDef } from './secdefs';

/** How often the bytes of a section, and of the file, may be part of a function on average: aliases are allowed, absurd tables are not. */
const MAX_OVERLAP = 4;

/** All functions of the given code sections, sorted by section and place. Throws {@link ObjectError} for functions out of their section. */
export function collectFunctions(elf: ElfFile, sections: readonly ElfSection[], textIndex: number): ObjectFunction[] {
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
  let total = 0;
  const functions = sections.flatMap((section) => {
    const symbols = bySection.get(section.index) ?? [];
    const bytes = symbols.reduce((sum, symbol) => sum + symbol.size, 0);
    total += bytes;
    if (bytes > section.data.length * MAX_OVERLAP || total > elf.bytes * MAX_OVERLAP) {
      throw new ObjectError('functions overlap', section.name, section.offset);
    }
    return symbols.map((symbol) => readFunction(elf, section, symbol, section.index === textIndex));
  });
  return functions.sort((a, b) => a.sectionIndex - b.sectionIndex || a.start - b.start);
}

function readFunction(elf: ElfFile, section: ElfSection, symbol: ElfSymbol, subprog: boolean): ObjectFunction {
  const { value, size, name } = symbol;
  if (value + size > section.data.length) {
    throw new ObjectError(`program at offset ${value} crosses section boundary`, section.name, section.offset);
  }
  if (!subprog && symbol.bind === Bind.LOCAL) {
    throw new ObjectError(`program '${name}' is static and not supported`, section.name, section.offset + value);
  }
  if (size === 0) {
    throw new ObjectError(
      `corrupted program '${name}', offset ${value}, size 0: assembly gives its size with .size ${name}, .-${name}`,
      section.name,
      section.offset + value,
    );
  }
  if (size % INSN_BYTES !== 0 || value % INSN_BYTES !== 0) {
    throw new ObjectError(`corrupted program '${name}', offset ${value}, size ${size}`, section.name, section.offset + value);
  }
  const optional = section.name.startsWith('?');
  const plainSection = optional ? section.name.slice(1) : section.name;
  const global = symbol.bind !== Bind.LOCAL;
  return {
    name,
    section: plainSection,
    sectionIndex: section.index,
    start: value / INSN_BYTES,
    insns: decodeInsns(section.data.subarray(value, value + size), elf.littleEndian),
    autoload: !optional,
    global,
    hidden: global && (symbol.visibility === Visibility.HIDDEN || symbol.visibility === Visibility.INTERNAL),
    subprog,
    role: plainSection,
    secDef: findSecDef(plainSection),
    assumptions: [],
    relocs: [],
  };
}
