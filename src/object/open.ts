// SPDX-License-Identifier: GPL-2.0-only
/** Opening an object: everything that can be known without a kernel. Rules: `tools/lib/bpf/libbpf.c: bpf_object_open`. */
import { UNBOUNDED, type Spend } from '../btf/budget';
import { decodeCString } from '../btf/strings';
import { BtfError } from '../btf/error';
import { parseBtf, validateBtf, type ParsedBtf } from '../btf/parse';
import { TypeTable } from '../btf/table';
import { Kind, Linkage, type BtfOf } from '../btf/types';
import { parseBtfExt, type BtfExt } from './btfext';
import { fixupDatasecs } from './datasec';
import { parseElf, SectionType, SHF_EXECINSTR, type ElfFile, type ElfSection } from './elf';
import { collectExterns } from './externs';
import { collectFunctions } from './functions';
import { isLegacyMaps, legacyMaps } from './legacy-maps';
import { collectMaps } from './maps';
import { EXCEPTION_TAG, type MapOrigin, type ObjectFunction, type OpenObject } from './model';
import { ObjectError } from './failure';
import { isIgnored } from './sections';
import { checkMapRelocs, collectCodeRelocs, collectStructOpsRelocs, type RelocTargets } from './relocs';
import { MapType } from './uapi';

const STRUCT_OPS_SECTIONS = ['.struct_ops', '.struct_ops.link', '?.struct_ops', '?.struct_ops.link'];
/** Longest object name (`BPF_OBJ_NAME_LEN` - 1). */
const NAME_MAX = 15;
const LICENSE_MAX = 63;

interface Sections {
  license: string;
  version: number | null;
  definitions: ElfSection | null;
  readonly legacyMaps: ElfSection[];
  btf: ElfSection | null;
  btfExt: ElfSection | null;
  text: ElfSection | null;
  readonly code: ElfSection[];
  readonly data: { section: ElfSection; origin: MapOrigin }[];
  readonly structOps: ElfSection[];
  readonly relocations: ElfSection[];
  arena: ElfSection | null;
  jumpTables: ElfSection | null;
}

function fail(message: string, section: ElfSection): never {
  throw new ObjectError(message, section.name, section.offset);
}

/** Reads an object. Throws {@link ObjectError} or {@link BtfError} when libbpf would not open it. */
export function openObject(bytes: Uint8Array, file: string, spend: Spend = UNBOUNDED): OpenObject {
  spend(bytes.length >> 3);
  const elf = parseElf(bytes);
  const sections = sortSections(elf);
  const { functions, unreadable, refusals } = collectFunctions(elf, sections.code, sections.text?.index ?? 0);
  const warnings: string[] = [];
  const { parsedBtf, btfExt } = readBtf(file, sections, warnings);
  const btf = parsedBtf === null ? null : new TypeTable(parsedBtf);
  const externs = collectExterns(elf, btf);
  if (btf !== null) {
    fixupDatasecs(elf, btf);
  }
  const name = file.slice(0, NAME_MAX).split('.')[0]!;
  const maps = collectMaps(name, { ...sections, symtabIndex: elf.symtabIndex }, btf, externs);
  maps.unshift(...sections.legacyMaps.flatMap((section) => legacyMaps(elf, section)));
  const arenaMap = maps.findIndex((map) => map.type === MapType.ARENA);
  const textIndex = sections.text?.index ?? 0;
  const targets: RelocTargets = {
    elf,
    functions,
    codeSections: new Set(sections.code.map((section) => section.index)),
    refusals,
    maps,
    externs,
    textIndex,
    mapsIndex: sections.definitions?.index ?? -1,
    arenaIndex: sections.arena?.index ?? -1,
    jumpTablesIndex: sections.jumpTables?.index ?? -1,
    dataSections: new Map(sections.data.map(({ section, origin }) => [section.index, origin])),
    arenaMap,
    spend,
  };
  collectRelocs(targets, sections, btf);
  if (btf !== null) {
    hideFunctions(btf, functions);
  }
  return {
    file,
    name,
    elf,
    license: sections.license,
    version: sections.version,
    parsedBtf,
    btf,
    btfExt,
    functions,
    unreadable,
    refusals,
    textIndex,
    maps,
    externs,
    arenaMap,
    kconfigMap: maps.findIndex((map) => map.origin === 'kconfig'),
    arenaBytes: sections.arena?.data.length ?? 0,
    jumpTables: sections.jumpTables?.data ?? null,
    exceptionTags: (btf?.types() ?? []).filter(
      (type): type is BtfOf<Kind.DECL_TAG> =>
        type.kind === Kind.DECL_TAG && type.componentIdx === -1 && type.name.startsWith(EXCEPTION_TAG),
    ),
    warnings,
  };
}

/** Global subprograms of hidden visibility become static: the kernel then checks them with what their callers know. */
function hideFunctions(btf: TypeTable, functions: readonly ObjectFunction[]): void {
  const globals = new Map<string, BtfOf<Kind.FUNC>>();
  for (const type of btf.types()) {
    if (type.kind === Kind.FUNC && type.linkage === Linkage.GLOBAL && !globals.has(type.name)) {
      globals.set(type.name, type);
    }
  }
  for (const fn of functions) {
    const type = fn.hidden && fn.subprog ? globals.get(fn.name) : undefined;
    if (type !== undefined) {
      btf.replace({ ...type, linkage: Linkage.STATIC });
    }
  }
}

function collectRelocs(targets: RelocTargets, sections: Sections, btf: TypeTable | null): void {
  for (const section of sections.relocations) {
    if (sections.structOps.some((candidate) => candidate.index === section.info)) {
      collectStructOpsRelocs(targets, btf!, section);
    } else if (section.info === targets.mapsIndex) {
      checkMapRelocs(targets, btf!, section);
    } else {
      collectCodeRelocs(targets, section);
    }
  }
  for (const fn of targets.functions) {
    fn.relocs.sort((a, b) => a.insn - b.insn);
  }
}

function sortSections(elf: ElfFile): Sections {
  const found: Sections = {
    license: '',
    version: null,
    definitions: null,
    legacyMaps: [],
    btf: null,
    btfExt: null,
    text: null,
    code: [],
    data: [],
    structOps: [],
    relocations: [],
    arena: null,
    jumpTables: null,
  };
  for (const section of elf.sections) {
    if (section.index > 0 && !isIgnored(section)) {
      sortSection(elf, section, found);
    }
  }
  return found;
}

function sortSection(elf: ElfFile, section: ElfSection, found: Sections): void {
  const { name, type, data } = section;
  if (name === 'license') {
    found.license = decodeCString(data, 0).slice(0, LICENSE_MAX);
  } else if (name === 'version') {
    if (data.length !== 4) {
      fail('invalid kver section', section);
    }
    found.version = new DataView(data.buffer, data.byteOffset, 4).getUint32(0, elf.littleEndian);
  } else if (isLegacyMaps(name)) {
    if (data.length > 0) found.legacyMaps.push(section);
  } else if (name === '.maps') {
    found.definitions = section;
  } else if (name === '.BTF' || name === '.BTF.ext') {
    if (type !== SectionType.PROGBITS) {
      fail(`section of type ${type}`, section);
    }
    found[name === '.BTF' ? 'btf' : 'btfExt'] = section;
  } else if (type === SectionType.PROGBITS && data.length > 0) {
    sortProgbits(section, found);
  } else if (type === SectionType.REL) {
    sortRelocations(elf, section, found);
  } else if (type === SectionType.NOBITS && section.size > 0 && isOrStartsWith(name, '.bss')) {
    found.data.push({ section, origin: 'bss' });
  }
}

function isOrStartsWith(name: string, stem: string): boolean {
  return name === stem || name.startsWith(`${stem}.`);
}

function sortProgbits(section: ElfSection, found: Sections): void {
  const { name } = section;
  if ((section.flags & SHF_EXECINSTR) !== 0) {
    if (name === '.text') {
      found.text = section;
    }
    found.code.push(section);
  } else if (isOrStartsWith(name, '.data')) {
    found.data.push({ section, origin: 'data' });
  } else if (isOrStartsWith(name, '.rodata')) {
    found.data.push({ section, origin: 'rodata' });
  } else if (isOrStartsWith(name, '.percpu')) {
    found.data.push({ section, origin: 'percpu' });
  } else if (STRUCT_OPS_SECTIONS.includes(name)) {
    found.structOps.push(section);
  } else if (name === '.addr_space.1') {
    found.arena = section;
  } else if (name === '.jumptables') {
    found.jumpTables = section;
  }
}

function sortRelocations(elf: ElfFile, section: ElfSection, found: Sections): void {
  const target = elf.sections[section.info];
  if (section.entrySize !== 16 || target === undefined) {
    return fail(`relocations of ${section.entrySize} bytes for section ${section.info}`, section);
  }
  const isData = ['.maps', ...STRUCT_OPS_SECTIONS].some((name) => section.name === `.rel${name}`);
  if ((target.flags & SHF_EXECINSTR) !== 0 || isData) {
    found.relocations.push(section);
  }
}

function readBtf(file: string, sections: Sections, warnings: string[]): { parsedBtf: ParsedBtf | null; btfExt: BtfExt | null } {
  const needed = sections.definitions !== null || sections.structOps.length > 0;
  if (sections.btf === null) {
    return needed
      ? fail('BTF is required, but is missing', (sections.definitions ?? sections.structOps[0])!)
      : { parsedBtf: null, btfExt: null };
  }
  let parsedBtf: ParsedBtf;
  try {
    parsedBtf = parseBtf(sections.btf.data, { name: file, isKernel: false });
    validateBtf(parsedBtf);
  } catch (error) {
    if (!(error instanceof BtfError) || needed) {
      throw error;
    }
    warnings.push(error.message);
    return { parsedBtf: null, btfExt: null };
  }
  if (sections.btfExt === null) {
    return { parsedBtf, btfExt: null };
  }
  const btfExt = parseBtfExt(sections.btfExt.data);
  if (typeof btfExt === 'string') {
    if (needed) {
      fail(`.BTF.ext: ${btfExt}`, sections.btfExt);
    }
    warnings.push(`.BTF.ext ignored: ${btfExt}`);
    return { parsedBtf, btfExt: null };
  }
  return { parsedBtf, btfExt };
}
