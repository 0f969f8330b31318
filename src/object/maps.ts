// SPDX-License-Identifier: GPL-2.0-only
/** The maps of an object, in the order in which libbpf creates them. Rules: `tools/lib/bpf/libbpf.c: bpf_object__init_maps`. */
import type { TypeTable } from '../btf/table';
import { Kind, Linkage, type BtfOf } from '../btf/types';
import { MAX_RESOLVE_DEPTH, isModifier, skipModsAndTypedefs } from '../btf/util';
import { PAGE_BYTES } from '../isa/limits';
import type { ElfSection } from './elf';
import { parseMapDefinition, type MapAttributes } from './mapdef';
import type { Extern, MapOrigin, ObjectMap } from './model';
import { ObjectError } from './failure';
import { MapFlag, MapType } from './uapi';

/** Sections that maps are made of. */
export interface MapSections {
  /** `.maps`. */
  readonly definitions: ElfSection | null;
  /** Global variables, by what kind of section they are in. */
  readonly data: readonly { readonly section: ElfSection; readonly origin: MapOrigin }[];
  readonly structOps: readonly ElfSection[];
  /** Global variables in the arena. */
  readonly arena: ElfSection | null;
  /** Number of the symbol table's section, under which `.kconfig` goes. */
  readonly symtabIndex: number;
}

/** Longest map name in the kernel (`BPF_OBJ_NAME_LEN` - 1). */
const NAME_MAX = 15;

/** Most bytes of global variables that are kept (`.bss` may claim any size). */
const MAX_DATA_BYTES = 256 << 20;

function fail(message: string, where: string): never {
  throw new ObjectError(message, where, -1);
}

/** The name that the kernel knows a map by, given {@link MapDef.name}: cut to 15 characters, others than letters, digits, `_` and `.` replaced. */
export function kernelMapName(name: string): string {
  return name.slice(0, NAME_MAX).replace(/[^A-Za-z0-9_.]/g, '_');
}

/** Name of a map of global variables: part of the object's name and the section's (`internal_map_name`); the section's own for custom sections. */
function dataMapName(object: string, section: string, origin: MapOrigin): string {
  if (origin === 'percpu' || ((origin === 'data' || origin === 'rodata') && section !== `.${origin}`)) {
    return section;
  }
  const suffix = Math.min(Math.max(7, section.length), NAME_MAX);
  const prefix = section.indexOf('.', 1) >= 0 ? 0 : Math.min(NAME_MAX - suffix, object.length);
  return kernelMapName(object.slice(0, prefix) + section.slice(0, suffix));
}

/** Collects all maps. `object`: the object's name as libbpf shortens it. Throws {@link ObjectError} for what libbpf refuses to open. */
export function collectMaps(object: string, sections: MapSections, btf: TypeTable | null, externs: readonly Extern[]): ObjectMap[] {
  const maps = sections.definitions === null ? [] : userMaps(sections.definitions, btf);
  checkArena(maps, sections.arena);
  const bytes = sections.data.reduce((sum, { section }) => sum + section.size, 0);
  if (bytes > MAX_DATA_BYTES) {
    fail(`sections of global variables of ${bytes} bytes are too large`, sections.data[0]!.section.name);
  }
  for (const { section, origin } of sections.data) {
    maps.push(dataMap(object, section.name, section.index, origin, section.size, section.data, btf));
  }
  const lastKconfig = externs.filter((extern) => extern.what.kind === 'kconfig').at(-1);
  if (lastKconfig?.what.kind === 'kconfig') {
    const size = lastKconfig.what.offset + lastKconfig.what.size;
    maps.push(dataMap(object, '.kconfig', sections.symtabIndex, 'kconfig', size, null, btf));
  }
  for (const section of sections.structOps) {
    maps.push(...structOpsMaps(section, btf));
  }
  return maps;
}

function fromAttributes(name: string, attributes: MapAttributes, sectionIndex: number, offset: number, size: number): ObjectMap {
  return {
    name,
    section: '.maps',
    origin: 'user',
    sectionIndex,
    sectionOffset: offset,
    sectionSize: size,
    type: attributes.type,
    keySize: attributes.keySize,
    valueSize: attributes.valueSize,
    maxEntries: attributes.maxEntries,
    flags: attributes.flags,
    extra: attributes.extra,
    numaNode: attributes.numaNode,
    btfKey: attributes.keyType,
    btfValue: attributes.valueType,
    pinned: attributes.pinned,
    autocreate: true,
    inner: attributes.inner === null ? null : fromAttributes(`${name}.inner`, attributes.inner, sectionIndex, offset, 0),
    data: null,
    any: [],
    structOps: null,
  };
}

function userMaps(section: ElfSection, btf: TypeTable | null): ObjectMap[] {
  const datasec = btf?.types().find((type) => type.kind === Kind.DATASEC && type.name === '.maps');
  if (btf === null || datasec?.kind !== Kind.DATASEC) {
    return fail(`DATASEC '.maps' not found`, '.maps');
  }
  return datasec.vars.map((entry, index) => {
    const variable = btf.type(entry.type);
    const name = variable?.name ?? '';
    if (variable?.kind !== Kind.VAR || name === '') {
      return fail(`map #${index}: empty name or not a variable`, '.maps');
    }
    if (entry.offset + entry.size > section.size) {
      return fail(`map '${name}' BTF data is corrupted`, '.maps');
    }
    if (variable.linkage !== Linkage.GLOBAL) {
      return fail(`map '${name}': unsupported map linkage ${['static', 'global', 'extern'][variable.linkage] ?? 'unknown'}`, '.maps');
    }
    const struct = skipModsAndTypedefs(btf, variable.type);
    if (struct?.kind !== Kind.STRUCT) {
      return fail(`map '${name}': unexpected def kind`, '.maps');
    }
    if (struct.size > entry.size) {
      return fail(`map '${name}': invalid def size`, '.maps');
    }
    return fromAttributes(name, parseMapDefinition(btf, name, struct), section.index, entry.offset, entry.size);
  });
}

function checkArena(maps: readonly ObjectMap[], data: ElfSection | null): void {
  const arenas = maps.filter((map) => map.type === MapType.ARENA);
  if (arenas.length > 1) {
    fail(`map '${arenas[1]!.name}': only single ARENA map is supported (map '${arenas[0]!.name}' is also ARENA)`, '.maps');
  }
  if (data === null) {
    return;
  }
  const arena = arenas[0];
  if (arena === undefined) {
    fail('to use global __arena variables the ARENA map should be explicitly declared in SEC(".maps")', data.name);
  } else if (Math.ceil(data.size / PAGE_BYTES) > arena.maxEntries) {
    fail(
      `declared ARENA map size (${arena.maxEntries * PAGE_BYTES}) is too small to hold global __arena variables of size ${data.size}`,
      data.name,
    );
  }
}

function dataMap(
  object: string,
  section: string,
  sectionIndex: number,
  origin: MapOrigin,
  size: number,
  contents: Uint8Array | null,
  btf: TypeTable | null,
): ObjectMap {
  const datasec = btf === null ? -1 : btf.findByNameKind(section, Kind.DATASEC);
  const mmapable = origin !== 'percpu' && btf !== null && datasec > 0 && exposesVariable(btf, datasec);
  return {
    name: dataMapName(object, section, origin),
    section,
    origin,
    sectionIndex,
    sectionOffset: 0,
    sectionSize: size,
    type: origin === 'percpu' ? MapType.PERCPU_ARRAY : MapType.ARRAY,
    keySize: 4,
    valueSize: size,
    maxEntries: 1,
    flags: (origin === 'rodata' || origin === 'kconfig' ? MapFlag.RDONLY_PROG : 0) | (mmapable ? MapFlag.MMAPABLE : 0),
    extra: 0n,
    numaNode: 0,
    btfKey: 0,
    btfValue: Math.max(datasec, 0),
    pinned: false,
    autocreate: true,
    inner: null,
    data: contents !== null && contents.length === size ? contents : new Uint8Array(size),
    any: [],
    structOps: null,
  };
}

/** True when the section has a variable that is not static (`map_is_mmapable`). */
function exposesVariable(btf: TypeTable, datasec: number): boolean {
  const vars = (btf.type(datasec) as BtfOf<Kind.DATASEC>).vars;
  return vars.some((entry) => {
    const type = btf.type(entry.type);
    return type?.kind === Kind.VAR && type.linkage !== Linkage.STATIC;
  });
}

function structOpsMaps(section: ElfSection, btf: TypeTable | null): ObjectMap[] {
  const datasec = btf?.type(btf.findByNameKind(section.name, Kind.DATASEC));
  if (btf === null || datasec?.kind !== Kind.DATASEC) {
    return fail(`struct_ops init: DATASEC ${section.name} not found`, section.name);
  }
  const optional = section.name.startsWith('?');
  const plainName = optional ? section.name.slice(1) : section.name;
  return datasec.vars.map((entry) => {
    const name = btf.type(entry.type)?.name ?? '';
    const struct = btf.type(resolveType(btf, entry.type));
    if (struct?.kind !== Kind.STRUCT || struct.name === '') {
      return fail(`struct_ops init: type of ${name} is not a named struct`, section.name);
    }
    if (entry.offset + struct.size > section.data.length) {
      return fail(`struct_ops init: var ${name} is beyond the end of DATASEC ${section.name}`, section.name);
    }
    return {
      name,
      section: section.name,
      origin: 'struct_ops',
      sectionIndex: section.index,
      sectionOffset: entry.offset,
      sectionSize: struct.size,
      type: MapType.STRUCT_OPS,
      keySize: 4,
      valueSize: struct.size,
      maxEntries: 1,
      flags: plainName === '.struct_ops.link' ? MapFlag.LINK : 0,
      extra: 0n,
      numaNode: 0,
      btfKey: 0,
      btfValue: struct.id,
      pinned: false,
      autocreate: !optional,
      inner: null,
      data: section.data.subarray(entry.offset, entry.offset + struct.size),
      any: [],
      structOps: { typeId: struct.id, functions: new Map() },
    };
  });
}

/** The type of a variable without modifiers, 0 if it has none (`btf__resolve_type`). */
function resolveType(btf: TypeTable, id: number): number {
  let at = id;
  for (let depth = 0; depth < MAX_RESOLVE_DEPTH; depth += 1) {
    const type = btf.type(at);
    if (type === undefined || !(isModifier(type) || type.kind === Kind.VAR)) {
      return at;
    }
    at = type.type;
  }
  return 0;
}
