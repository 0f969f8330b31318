// SPDX-License-Identifier: GPL-2.0-only
/** Filling map, variable and kernel symbol references into a linked program. Rules: `tools/lib/bpf/libbpf.c: bpf_object__relocate_data`. */
import type { Spend } from '../btf/budget';
import type { Insn } from '../isa/insn';
import { PAGE_BYTES } from '../isa/limits';
import { CALL, PseudoCall, PseudoLd } from '../isa/opcode';
import { LoadFailure } from './failure';
import type { ObjectKernel } from './object-kernel';
import type { Linked } from './link';
import type { OpenObject, Reloc } from './model';
import type { MapDef } from './program';
import type { Resolved, ResolvedExterns } from './resolve';
import { MapType } from './uapi';

/** `imm` of the calls that take the place of a reference to a map that is not created: plus the map's index. */
export const POISON_MAP = 2001000000;
/** `imm` of the call that takes the place of one to a kfunc that the kernel lacks: plus the extern's index. */
export const POISON_KFUNC = 2002000000;
/** Bytes of a jump table entry in the object, and of an entry of the map made of it. */
const TABLE_ENTRY_BYTES = 8;
const INSN_ARRAY_VALUE_BYTES = 16;

/** What a program's references lead to. */
export interface References {
  readonly object: OpenObject;
  readonly kernel: ObjectKernel;
  readonly externs: ResolvedExterns;
  /** Maps of the object by index. */
  readonly maps: readonly MapDef[];
  /** Numbers a map that is made for this program. */
  readonly nextFd: () => number;
  readonly spend: Spend;
}

function low32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function poisonCall(imm: number): Insn {
  return { code: CALL, dst: 0, src: 0, off: 0, imm };
}

/** Relocates in place; returns the maps that jump tables of the program became. Throws {@link LoadFailure} as libbpf refuses. */
export function relocateData(linked: Linked, references: References): MapDef[] {
  const tables = new Map<number, MapDef>();
  const { insns, notes } = linked;
  for (const { fn, at } of linked.functions) {
    references.spend(fn.relocs.length);
    for (const reloc of fn.relocs) {
      const index = at + reloc.insn;
      switch (reloc.kind) {
        case 'map':
        case 'data':
          relocateMap(linked, index, reloc, references);
          break;
        case 'extern-load':
          relocateLoad(linked, index, reloc.extern, references);
          break;
        case 'extern-call':
          relocateCall(linked, index, reloc.extern, references);
          break;
        case 'jump-table': {
          let table = tables.get(reloc.offset);
          if (table === undefined) {
            table = jumpTable(linked, index, reloc, references);
            tables.set(reloc.offset, table);
          }
          insns[index] = { ...insns[index]!, src: PseudoLd.MAP_VALUE, imm: table.fd, off: 0 };
          notes.set(index, { kind: 'map', map: table.name, offset: insns[index + 1]!.imm });
          break;
        }
        default:
          break;
      }
    }
  }
  return [...tables.values()];
}

function relocateMap({ insns, notes }: Linked, index: number, reloc: Reloc & { kind: 'map' | 'data' }, references: References): void {
  const { object } = references;
  const first = insns[index]!;
  const second = insns[index + 1]!;
  const offset = reloc.kind === 'data' ? (first.imm + reloc.offset + (reloc.map === object.arenaMap ? arenaOffset(object) : 0)) | 0 : null;
  notes.set(index, { kind: 'map', map: references.maps[reloc.map]!.name, offset });
  if (!object.maps[reloc.map]!.autocreate) {
    insns[index] = poisonCall(POISON_MAP + reloc.map);
    insns[index + 1] = poisonCall(POISON_MAP + reloc.map);
    return;
  }
  insns[index] = { ...first, src: offset === null ? PseudoLd.MAP_FD : PseudoLd.MAP_VALUE, imm: references.maps[reloc.map]!.fd };
  if (offset !== null) {
    insns[index + 1] = { ...second, imm: offset };
  }
}

/** Global variables are at the end of the arena. */
function arenaOffset(object: OpenObject): number {
  const pages = object.maps[object.arenaMap]!.maxEntries - Math.ceil(object.arenaBytes / PAGE_BYTES);
  return pages * PAGE_BYTES;
}

function relocateLoad({ insns, notes }: Linked, index: number, extern: number, references: References): void {
  const { object, externs, maps } = references;
  const { name, what } = object.externs[extern]!;
  const resolved = externs.externs[extern]!;
  if (resolved.kind === 'failed') {
    throw resolved.failure;
  }
  const set = (src: number, low: number, high: number): void => {
    insns[index] = { ...insns[index]!, src, imm: low };
    insns[index + 1] = { ...insns[index + 1]!, imm: high };
  };
  if (what.kind === 'kconfig') {
    set(PseudoLd.MAP_VALUE, maps[object.kconfigMap]!.fd, what.offset);
    notes.set(index, { kind: 'kconfig', name });
    return;
  }
  notes.set(index, { kind: 'ksym', name });
  if (resolved.kind === 'typed') {
    set(PseudoLd.BTF_ID, resolved.id, fdIndex(resolved, references));
  } else {
    const address = resolved.kind === 'address' ? resolved.address : 0n;
    set(insns[index]!.src, low32(address), low32(address >> 32n));
  }
}

/** Index of the BTF in `fdArray`, 0 for vmlinux. */
function fdIndex(resolved: Extract<Resolved, { kind: 'typed' }>, { kernel, externs }: References): number {
  return resolved.btf === kernel.btf ? 0 : externs.fdArray.indexOf(resolved.btf);
}

function relocateCall({ insns, notes }: Linked, index: number, extern: number, references: References): void {
  const { name } = references.object.externs[extern]!;
  const resolved = references.externs.externs[extern]!;
  if (resolved.kind === 'failed') {
    throw resolved.failure;
  }
  if (resolved.kind !== 'typed') {
    insns[index] = poisonCall(POISON_KFUNC + extern);
    notes.set(index, { kind: 'kfunc', name, module: null });
    return;
  }
  insns[index] = { ...insns[index]!, src: PseudoCall.KFUNC, imm: resolved.id, off: fdIndex(resolved, references) };
  notes.set(index, { kind: 'kfunc', name, module: resolved.btf === references.kernel.btf ? null : resolved.btf.name });
}

function jumpTable(linked: Linked, index: number, reloc: Reloc & { kind: 'jump-table' }, references: References): MapDef {
  const data = references.object.jumpTables;
  const { offset, size } = reloc;
  if (offset % TABLE_ENTRY_BYTES !== 0 || size % TABLE_ENTRY_BYTES !== 0) {
    throw new LoadFailure(`map '.jumptables': jumptable start ${offset} and size ${size} should be multiples of ${TABLE_ENTRY_BYTES}`);
  }
  if (data === null || offset + size > data.length) {
    throw new LoadFailure(`map '.jumptables': jumptables_data size is ${data?.length ?? 0}, trying to access ${offset + size}`);
  }
  references.spend(linked.functions.length + size);
  const placed = linked.functions.findLast((candidate) => index >= candidate.at)!;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const targets: number[] = [];
  for (let at = offset; at < offset + size; at += TABLE_ENTRY_BYTES) {
    const value = view.getBigUint64(at, references.object.elf.littleEndian);
    const slot = value / 8n - BigInt(placed.fn.start) + BigInt(placed.at);
    if (slot < 0n || slot > 0xffffffffn) {
      throw new LoadFailure(`map '.jumptables': invalid jump table value 0x${value.toString(16)} at offset ${at}`);
    }
    targets.push(Number(slot));
  }
  return {
    name: '.jumptables',
    fd: references.nextFd(),
    type: MapType.INSN_ARRAY,
    keySize: 4,
    valueSize: INSN_ARRAY_VALUE_BYTES,
    maxEntries: targets.length,
    flags: 0,
    extra: 0n,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
    btf: null,
    structOps: null,
    inner: null,
    data: null,
    frozen: true,
    insnArray: targets,
    section: '.jumptables',
  };
}
