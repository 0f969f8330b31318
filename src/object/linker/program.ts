// SPDX-License-Identifier: GPL-2.0-only
/** The files of one program, linked as its build would have it. */
import type { Spend } from '../../btf/budget';
import { parseBtf } from '../../btf/parse';
import { Kind, Linkage } from '../../btf/types';
import { parseElf, SymbolType } from '../elf';
import type { LinkInput } from './input';
import { linkObjects } from './linker';

/** A linked object, and what was assumed, in words. */
export interface LinkedProgram {
  readonly bytes: Uint8Array;
  readonly notes: readonly string[];
}

const AGAIN =
  'the linked object is linked once more, as builds of sched_ext do: libbpf does not load what its linker makes of these files at first';

/**
 * Links a program's files, and the result again where that is needed: libbpf's linker leaves the offset of a variable or map that a file declares
 * before another defines it, and only a second pass sets it (`tools/lib/bpf/linker.c: linker_append_sec_data, linker_fixup_btf`).
 */
export function linkProgram(inputs: readonly LinkInput[], spend: Spend): LinkedProgram {
  const bytes = linkObjects(inputs, spend);
  return hasStaleOffsets(bytes, spend)
    ? { bytes: linkObjects([{ name: inputs[0]!.name, bytes }], spend), notes: [AGAIN] }
    : { bytes, notes: [] };
}

/** Whether the types of a linked object have a variable at another place than its symbol. */
function hasStaleOffsets(bytes: Uint8Array, spend: Spend): boolean {
  const elf = parseElf(bytes);
  const section = elf.sections.find(({ name }) => name === '.BTF');
  if (section === undefined) return false;
  const btf = parseBtf(section.data, { name: 'linked', isKernel: false });
  spend(btf.endId + elf.symbols.length);
  const places = new Map(elf.symbols.filter((s) => s.type === SymbolType.OBJECT && s.section !== 0).map((s) => [s.name, s]));
  for (let id = 1; id < btf.endId; id += 1) {
    const type = btf.type(id)!;
    if (type.kind !== Kind.DATASEC) continue;
    spend(type.vars.length);
    for (const { type: of, offset } of type.vars) {
      const variable = btf.type(of);
      const symbol = variable?.kind === Kind.VAR && variable.linkage === Linkage.GLOBAL ? places.get(variable.name) : undefined;
      if (symbol !== undefined && elf.sections[symbol.section]?.name === type.name && symbol.value !== offset) return true;
    }
  }
  return false;
}
