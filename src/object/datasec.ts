// SPDX-License-Identifier: GPL-2.0-only
/** Completing the DATASECs of an object's BTF from its ELF symbols. Rules: `tools/lib/bpf/libbpf.c: btf_fixup_datasec`. */
import type { TypeTable } from '../btf/table';
import { Kind, Linkage, type BtfOf } from '../btf/types';
import { Bind, SymbolType, Visibility, type ElfFile, type ElfSymbol } from './elf';
import { ObjectError } from './failure';

/** Fills in sizes and offsets that the compiler leaves open, makes hidden variables static and sorts variables by offset. */
export function fixupDatasecs(elf: ElfFile, btf: TypeTable): void {
  const symbols = new Map<string, ElfSymbol>();
  for (const symbol of elf.symbols) {
    if (symbol.type === SymbolType.OBJECT && (symbol.bind === Bind.GLOBAL || symbol.bind === Bind.WEAK) && !symbols.has(symbol.name)) {
      symbols.set(symbol.name, symbol);
    }
  }
  for (const type of btf.types()) {
    if (type.kind === Kind.DATASEC) {
      fixup(elf, btf, type, symbols);
    }
  }
}

function fixup(elf: ElfFile, btf: TypeTable, section: BtfOf<Kind.DATASEC>, symbols: ReadonlyMap<string, ElfSymbol>): void {
  const { name } = section;
  const vars = section.vars.map((entry) => ({ ...entry }));
  let size = section.size;
  if (name !== '.kconfig' && name !== '.ksyms') {
    if (size === 0) {
      size = elf.sections.find((candidate) => candidate.name === name)?.size ?? 0;
      if (size === 0) {
        throw new ObjectError(`failed to determine size of DATASEC '${name}' from ELF`, name, -1);
      }
    }
    for (const entry of vars) {
      const type = btf.type(entry.type);
      if (type?.kind !== Kind.VAR) {
        throw new ObjectError(`DATASEC '${name}': unexpected non-VAR type found`, name, -1);
      }
      if (type.linkage === Linkage.STATIC || type.linkage === Linkage.EXTERN) {
        continue;
      }
      const symbol = symbols.get(type.name);
      if (symbol === undefined) {
        throw new ObjectError(`failed to find ELF symbol for VAR '${type.name}'`, name, -1);
      }
      if (section.size === 0) {
        entry.offset = symbol.value;
      }
      if (symbol.visibility === Visibility.HIDDEN || symbol.visibility === Visibility.INTERNAL) {
        btf.replace({ ...type, linkage: Linkage.STATIC });
      }
    }
  }
  vars.sort((a, b) => a.offset - b.offset);
  btf.replace({ ...section, vars, size });
}
