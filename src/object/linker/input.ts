// SPDX-License-Identifier: GPL-2.0-only
/** An object on its way into a linked one. Rules: `tools/lib/bpf/linker.c: linker_load_obj_file, linker_fixup_btf`. */
import { parseBtf, validateBtf, type ParsedBtf } from '../../btf/parse';
import { TypeTable } from '../../btf/table';
import { Kind, Linkage } from '../../btf/types';
import { parseBtfExt, type BtfExt } from '../btfext';
import { parseElf, SectionType, SymbolType, type ElfFile, type ElfSection } from '../elf';
import { isIgnored } from '../sections';
import { ObjectError } from '../failure';

/** One of the files that are linked. */
export interface LinkInput {
  /** Name for people. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A section of an input, and where it went. */
export interface InputSection {
  readonly name: string;
  /** Null for sections that only the types know (`.ksyms`, `.kconfig`). */
  readonly elf: ElfSection | null;
  /** Number of the section in the output; -1 as long as it has none. */
  target: number;
  /** Bytes from the start of that section. */
  offset: number;
  /** True for contents that the output has already (`license`). */
  skipped: boolean;
  /** Id of its DATASEC, 0 if it has none. */
  datasec: number;
}

/** An input that was read. */
export interface InputObject {
  readonly name: string;
  readonly elf: ElfFile;
  /** Sections that are linked, in their order; what only the types know comes last. */
  readonly sections: readonly InputSection[];
  readonly byIndex: ReadonlyMap<number, InputSection>;
  /** Variables of data sections have their real offsets. */
  readonly btf: TypeTable | null;
  readonly parsed: ParsedBtf | null;
  readonly ext: BtfExt | null;
}

/** Externs that only another file can supply are in this section of the types. */
export const EXTERN_SECTION = '.extern';

/** Largest alignment of a section, bytes: more would only be an attempt to exhaust memory. */
const MAX_ALIGN = 1 << 16;

/** Reads an input. Throws {@link ObjectError} for what libbpf would not link. */
export function readInput({ name, bytes }: LinkInput): InputObject {
  const elf = parseElf(bytes);
  const fail = (message: string): never => {
    throw new ObjectError(message, name, -1);
  };
  const linked: InputSection[] = [];
  let parsed: ParsedBtf | null = null;
  let ext: BtfExt | null = null;
  for (const section of elf.sections.slice(1)) {
    if (isIgnored(section) || section.type === SectionType.SYMTAB) continue;
    if (section.type !== SectionType.PROGBITS && section.type !== SectionType.NOBITS && section.type !== SectionType.REL) {
      fail(`unrecognized section #${section.index} (${section.name})`);
    }
    if (section.align > MAX_ALIGN || (section.align & (section.align - 1)) !== 0)
      fail(`section ${section.name} has alignment ${section.align}`);
    if (section.type === SectionType.PROGBITS && section.name === '.BTF') {
      parsed = parseBtf(section.data, { name, isKernel: false });
      validateBtf(parsed);
    } else if (section.type === SectionType.PROGBITS && section.name === '.BTF.ext') {
      const read = parseBtfExt(section.data);
      ext = typeof read === 'string' ? fail(`.BTF.ext: ${read}`) : read;
    } else {
      linked.push({ name: section.name, elf: section, target: -1, offset: 0, skipped: false, datasec: 0 });
    }
  }
  if (ext !== null && parsed === null) fail('.BTF.ext without .BTF');
  const btf = parsed === null ? null : new TypeTable(parsed);
  const strange = [...(btf?.types() ?? [])].find(({ id, kind }) => id !== 0 && kind === Kind.VOID);
  if (strange !== undefined) fail(`type [${strange.id}] is of a kind that cannot be linked`);
  if (btf !== null) fixDatasecs(name, elf, btf, linked);
  return {
    name,
    elf,
    sections: linked,
    byIndex: new Map(linked.flatMap((s) => (s.elf === null ? [] : [[s.elf.index, s] as const]))),
    btf,
    parsed,
    ext,
  };
}

/** Gives data sections their sizes and variables their offsets, and makes sections of what only the types know. */
function fixDatasecs(file: string, elf: ElfFile, btf: TypeTable, sections: InputSection[]): void {
  for (const type of btf.types()) {
    if (type.kind !== Kind.DATASEC) continue;
    let section = sections.find((candidate) => candidate.name === type.name);
    if (section === undefined) {
      if (type.name === EXTERN_SECTION) continue;
      section = { name: type.name, elf: null, target: -1, offset: 0, skipped: false, datasec: 0 };
      sections.push(section);
    }
    section.datasec = type.id;
    const index = section.elf?.index ?? 0;
    const vars = type.vars.map((entry) => {
      const variable = btf.type(entry.type);
      if (variable?.kind !== Kind.VAR || variable.linkage !== Linkage.GLOBAL) return entry;
      const symbol = elf.symbols.find((s) => s.section === index && s.type === SymbolType.OBJECT && s.name === variable.name);
      if (symbol === undefined)
        throw new ObjectError(`failed to find symbol for variable '${variable.name}' in section '${type.name}'`, file, -1);
      return { ...entry, offset: symbol.value };
    });
    btf.replace({ ...type, size: section.elf?.size ?? type.size, vars });
  }
}
