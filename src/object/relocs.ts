// SPDX-License-Identifier: GPL-2.0-only
/** Which instruction, map slot or struct_ops member a relocation is about. Rules: `tools/lib/bpf/libbpf.c: bpf_object__collect_relos`. */
import type { Spend } from '../btf/budget';
import { Kind, type Btf } from '../btf/types';
import { resolveFuncPtr, skipModsAndTypedefs } from '../btf/util';
import { INSN_BYTES, isLdImm64 } from '../isa/insn';
import { CALL, PseudoCall } from '../isa/opcode';
import {
  Bind,
  eachRelocation,
  readRelocations,
  SHN_LORESERVE,
  SymbolType,
  type ElfFile,
  type ElfRel,
  type ElfSection,
  type ElfSymbol,
} from './elf';
import { isExternSymbol } from './externs';
import { atPlace } from './failure';
import { isMapInMap } from './mapdef';
import { findFunction, type Extern, type MapOrigin, type ObjectFunction, type ObjectMap, type Reloc } from './model';
import { ObjectError } from './failure';
import { MapType, ProgType } from './uapi';

/** What relocations of code may point at. */
export interface RelocTargets {
  readonly elf: ElfFile;
  readonly functions: readonly ObjectFunction[];
  readonly maps: readonly ObjectMap[];
  readonly externs: readonly Extern[];
  /** Numbers of the sections with code. */
  readonly codeSections: ReadonlySet<number>;
  /** Where it is told why libbpf would not open the file. */
  readonly refusals: string[];
  /** Section numbers; 0 or -1 if there is none. */
  readonly textIndex: number;
  readonly mapsIndex: number;
  readonly arenaIndex: number;
  readonly jumpTablesIndex: number;
  /** Kind of data section by number. */
  readonly dataSections: ReadonlyMap<number, MapOrigin>;
  readonly arenaMap: number;
  readonly spend: Spend;
}

/** Externs and maps by what relocations name them by. */
interface TargetIndex {
  /** Index of an extern by number of its symbol. */
  readonly externs: ReadonlyMap<number, number>;
  /** Index of a map of the program by number of its section and offset there; of a data section by its number. */
  readonly defined: ReadonlyMap<number, ReadonlyMap<number, number>>;
  readonly data: ReadonlyMap<number, number>;
}

const indices = new WeakMap<RelocTargets, TargetIndex>();

function indexOf(targets: RelocTargets): TargetIndex {
  let index = indices.get(targets);
  if (index === undefined) {
    const defined = new Map<number, Map<number, number>>();
    const data = new Map<number, number>();
    targets.maps.forEach((map, at) => {
      if (map.origin === 'user') {
        const inSection = defined.get(map.sectionIndex) ?? new Map<number, number>();
        defined.set(map.sectionIndex, inSection);
        if (!inSection.has(map.sectionOffset)) {
          inSection.set(map.sectionOffset, at);
        }
      } else if (map.origin === targets.dataSections.get(map.sectionIndex) && !data.has(map.sectionIndex)) {
        data.set(map.sectionIndex, at);
      }
    });
    index = {
      externs: new Map(targets.externs.map(({ symbolIndex }, at): [number, number] => [symbolIndex, at]).reverse()),
      defined,
      data,
    };
    indices.set(targets, index);
  }
  return index;
}

/** What a relocation says cannot be used, for this reason. Never leaves this file. */
class Unusable extends Error {}

/** Adds the relocations of a code section to its functions; one that libbpf refuses to open the file for costs the programs with its function. */
export function collectCodeRelocs(targets: RelocTargets, section: ElfSection): void {
  const { elf } = targets;
  const code = elf.sections[section.info]!;
  let number = -1;
  const lost = (offset: number, message: string): void => {
    const reason = atPlace(message, section.name, section.offset + number * 16);
    targets.refusals.push(reason);
    const slot = Math.floor(offset / INSN_BYTES);
    const fn = findFunction(targets.functions, code.index, slot);
    fn?.relocs.push({ insn: slot - fn.start, kind: 'unusable', reason: `prog '${fn.name}': ${reason}` });
  };
  for (const rel of eachRelocation(elf, section)) {
    number += 1;
    if (rel.symbol === undefined) {
      lost(rel.offset, `symbol #${rel.symbolIndex} not found for relo #${number}`);
      continue;
    }
    const symbolSection = elf.sections[rel.symbol.section];
    if (symbolSection === undefined) {
      lost(rel.offset, `corrupted symbol #${rel.symbol.index} pointing to invalid section #${rel.symbol.section} for relo #${number}`);
      continue;
    }
    if (rel.offset % INSN_BYTES !== 0 || rel.offset >= code.data.length) {
      lost(rel.offset, `invalid offset 0x${rel.offset.toString(16)} for relo #${number}`);
      continue;
    }
    const slot = rel.offset / INSN_BYTES;
    const fn = findFunction(targets.functions, code.index, slot);
    if (fn === null) continue;
    const symbolName = rel.symbol.type === SymbolType.SECTION && rel.symbol.name === '' ? symbolSection.name : rel.symbol.name;
    try {
      fn.relocs.push(
        classify(targets, fn, slot - fn.start, rel.symbol, symbolName, (message) => {
          throw new Unusable(message);
        }),
      );
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      lost(rel.offset, error.message);
    }
  }
}

function classify(
  targets: RelocTargets,
  fn: ObjectFunction,
  index: number,
  symbol: ElfSymbol,
  name: string,
  fail: (message: string) => never,
): Reloc {
  const insn = fn.insns[index]!;
  const isCall = insn.code === CALL;
  if (!isCall && !isLdImm64(insn)) {
    return fail(`invalid relo against '${name}' for insns[${index}].code 0x${insn.code.toString(16)}`);
  }
  if (!isCall && index + 1 >= fn.insns.length) {
    return fail(`insns[${index}] (ld_imm64) is truncated`);
  }
  if (isExternSymbol(symbol)) {
    const extern = indexOf(targets).externs.get(symbol.index);
    if (extern === undefined) {
      return fail(`extern relo failed to find extern for '${name}' (${symbol.index})`);
    }
    return { insn: index, kind: isCall ? 'extern-call' : 'extern-load', extern };
  }
  const target = symbol.section;
  if (isCall) {
    if (insn.src !== PseudoCall.CALL) {
      return fail('incorrect bpf_call opcode');
    }
    if (!targets.codeSections.has(target)) {
      return fail(`bad call relo against '${name}' in section '${targets.elf.sections[target]?.name ?? ''}'`);
    }
    if (symbol.value % INSN_BYTES !== 0) {
      return fail(`bad call relo against '${name}' at offset ${symbol.value}`);
    }
    if (target !== targets.textIndex) {
      targets.refusals.push(`prog '${fn.name}': bad call relo against '${name}' in section '${targets.elf.sections[target]!.name}'`);
    }
    return { insn: index, kind: 'call', section: target, offset: symbol.value };
  }
  if (target === 0 || target >= SHN_LORESERVE) {
    return fail(`invalid relo against '${name}' in special section 0x${target.toString(16)}; forgot to initialize global var?..`);
  }
  if (isSubprogSymbol(symbol, targets.codeSections)) {
    if (symbol.value % INSN_BYTES !== 0 || insn.imm % INSN_BYTES !== 0) {
      return fail(`bad subprog addr relo against '${name}' at offset ${symbol.value}+${insn.imm}`);
    }
    if (target !== targets.textIndex) {
      targets.refusals.push(`prog '${fn.name}': bad map relo against '${name}' in section '${targets.elf.sections[target]!.name}'`);
    }
    return { insn: index, kind: 'subprog-address', section: target, offset: symbol.value };
  }
  if (target === targets.arenaIndex) {
    return targets.arenaMap < 0
      ? fail(`bad arena data relocation at insn ${index}, no arena maps defined`)
      : { insn: index, kind: 'data', map: targets.arenaMap, offset: symbol.value };
  }
  if (target === targets.jumpTablesIndex) {
    return { insn: index, kind: 'jump-table', offset: symbol.value, size: symbol.size };
  }
  return mapReloc(targets, index, symbol, name, fail);
}

function mapReloc(targets: RelocTargets, insn: number, symbol: ElfSymbol, name: string, fail: (message: string) => never): Reloc {
  const section = symbol.section;
  const sectionName = targets.elf.sections[section]?.name ?? '';
  const origin = section === targets.elf.symtabIndex ? 'kconfig' : targets.dataSections.get(section);
  if (origin === undefined) {
    const inSection = indexOf(targets).defined.get(section);
    if (section !== targets.mapsIndex && inSection === undefined) {
      return fail(`bad map relo against '${name}' in section '${sectionName}'`);
    }
    const map = inSection?.get(symbol.value);
    return map === undefined
      ? fail(`map relo failed to find map for section '${sectionName}', off ${symbol.value}`)
      : { insn, kind: 'map', map };
  }
  const map = origin === 'kconfig' ? undefined : indexOf(targets).data.get(section);
  return map === undefined
    ? fail(`data relo failed to find map for section '${sectionName}'`)
    : { insn, kind: 'data', map, offset: symbol.value };
}

function isSubprogSymbol(symbol: ElfSymbol, codeSections: ReadonlySet<number>): boolean {
  if (!codeSections.has(symbol.section)) {
    return false;
  }
  return symbol.bind === Bind.LOCAL ? symbol.type === SymbolType.SECTION : symbol.type === SymbolType.FUNC;
}

/** Notes which function each struct_ops member is initialized with. Throws {@link ObjectError} for what libbpf refuses. */
export function collectStructOpsRelocs(targets: RelocTargets, btf: Btf, section: ElfSection): void {
  for (const rel of readRelocations(targets.elf, section)) {
    targets.spend(targets.maps.length);
    const map = targets.maps.find(
      (candidate) =>
        candidate.structOps !== null &&
        candidate.sectionIndex === section.info &&
        candidate.sectionOffset <= rel.offset &&
        rel.offset - candidate.sectionOffset < candidate.valueSize,
    );
    const fail = (message: string): never => {
      throw new ObjectError(`struct_ops reloc ${map?.name ?? ''}: ${message}`, section.name, section.offset);
    };
    if (map === undefined || map.structOps === null) {
      return fail(`cannot find map at rel->r_offset ${rel.offset}`);
    }
    if (rel.symbol.section >= SHN_LORESERVE) {
      return fail(`rel->r_offset ${rel.offset} shdr_idx ${rel.symbol.section} unsupported non-static function`);
    }
    if (rel.symbol.value % INSN_BYTES !== 0) {
      return fail(`invalid target program offset ${rel.symbol.value}`);
    }
    const offset = rel.offset - map.sectionOffset;
    const struct = btf.type(map.structOps.typeId);
    targets.spend(struct?.kind === Kind.STRUCT ? struct.members.length : 0);
    const index = struct?.kind === Kind.STRUCT ? struct.members.findIndex((member) => member.bitOffset === offset * 8) : -1;
    const member = struct?.kind === Kind.STRUCT ? struct.members[index] : undefined;
    if (member === undefined) {
      return fail(`cannot find member at moff ${offset}`);
    }
    if (resolveFuncPtr(btf, member.type) === null) {
      return fail(`cannot relocate non func ptr ${member.name}`);
    }
    const fn = findFunction(targets.functions, rel.symbol.section, rel.symbol.value / INSN_BYTES);
    if (fn === null) {
      return fail(`cannot find prog at shdr_idx ${rel.symbol.section} to relocate func ptr ${member.name}`);
    }
    if (fn.secDef?.progType !== ProgType.STRUCT_OPS) {
      return fail(`prog ${fn.name} is not struct_ops BPF program`);
    }
    map.structOps.functions.set(index, fn);
  }
}

/** Checks the initial slots of map-in-maps and program arrays; their contents have no influence on programs. */
export function checkMapRelocs(targets: RelocTargets, btf: Btf, section: ElfSection): void {
  for (const [number, rel] of readRelocations(targets.elf, section).entries()) {
    const fail = (message: string): never => {
      throw new ObjectError(`.maps relo #${number}: ${message}`, section.name, section.offset + number * 16);
    };
    targets.spend(2 * targets.maps.length + targets.functions.length);
    const map = targets.maps.find(
      (candidate) =>
        candidate.sectionIndex === section.info &&
        candidate.origin === 'user' &&
        candidate.sectionOffset <= rel.offset &&
        rel.offset + 8 <= candidate.sectionOffset + candidate.sectionSize,
    );
    if (map === undefined) {
      return fail(`cannot find map '${rel.symbol.name}' at rel->r_offset ${rel.offset}`);
    }
    checkSlotTarget(targets, map, rel, fail);
    if (!slotInValues(btf, map, rel.offset - map.sectionOffset)) {
      return fail(`'${rel.symbol.name}' is not in the values of map '${map.name}'`);
    }
  }
}

function checkSlotTarget(targets: RelocTargets, map: ObjectMap, rel: ElfRel, fail: (message: string) => never): void {
  const { symbol } = rel;
  if (isMapInMap(map.type)) {
    if (symbol.section !== targets.mapsIndex) {
      fail(`'${symbol.name}' isn't a BTF-defined map`);
    }
    if (map.type === MapType.HASH_OF_MAPS && map.keySize !== 4) {
      fail(`hash-of-maps '${map.name}' should have key size 4`);
    }
    if (!targets.maps.some((candidate) => candidate.name === symbol.name)) {
      fail(`'${symbol.name}' isn't a valid map reference`);
    }
  } else if (map.type === MapType.PROG_ARRAY) {
    const fn = targets.functions.find((candidate) => !candidate.subprog && candidate.name === symbol.name);
    if (fn === undefined) {
      fail(`'${symbol.name}' isn't a valid program reference`);
    } else if (fn.sectionIndex !== symbol.section || fn.start * INSN_BYTES !== symbol.value) {
      fail(`'${symbol.name}' isn't an entry-point program`);
    }
  } else {
    fail(`map '${map.name}' cannot have values`);
  }
}

function slotInValues(btf: Btf, map: ObjectMap, offset: number): boolean {
  const datasec = btf.type(btf.findByNameKind('.maps', Kind.DATASEC));
  const entry = datasec?.kind === Kind.DATASEC ? datasec.vars.find((candidate) => candidate.offset === map.sectionOffset) : undefined;
  const variable = entry && btf.type(entry.type);
  const struct = variable?.kind === Kind.VAR ? skipModsAndTypedefs(btf, variable.type) : undefined;
  const last = struct?.kind === Kind.STRUCT ? struct.members.at(-1) : undefined;
  return last?.name === 'values' && offset * 8 >= last.bitOffset && (offset - last.bitOffset / 8) % 8 === 0;
}
