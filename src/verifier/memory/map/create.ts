// SPDX-License-Identifier: GPL-2.0-only
/**
 * Maps as the kernel would create them for libbpf: with BTF, or, where the kernel refuses that, without.
 * Facts: `kernel/bpf/syscall.c: map_check_btf`, the maps' `map_check_btf`; libbpf `bpf_object__create_map`.
 */
import { Kind, type Btf, type BtfType } from '../../../btf/types';
import { resolveSize, skipModsAndTypedefs } from '../../../btf/util';
import { PAGE_BYTES } from '../../../isa/limits';
import type { KernelProfile } from '../../../kernel/profile';
import type { MapErrno, Objection } from '../../../object/errno';
import { typeWords } from '../../../object/map-names';
import type { MapDef } from '../../../object/program';
import type { VerifierEnv } from '../../env';
import { FieldType, type BpfMap, type BtfRecord } from '../../state/map';
import { FieldError } from './find-fields';
import { linkGraphRoots, parseRecord } from './record';
import { structMetas } from './struct-meta';

/** `BPF_F_RDONLY_PROG` and `BPF_F_WRONLY_PROG`. */
export const RDONLY_PROG = 1 << 7;
export const WRONLY_PROG = 1 << 8;

const VALUE_FIELDS =
  FieldType.SPIN_LOCK |
  FieldType.RES_SPIN_LOCK |
  FieldType.TIMER |
  FieldType.KPTR |
  FieldType.LIST_HEAD |
  FieldType.RB_ROOT |
  FieldType.REFCOUNT |
  FieldType.WORKQUEUE |
  FieldType.UPTR |
  FieldType.TASK_WORK;

const LOCAL_STORAGE = ['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'];
/** Map types whose values may have each kind of field. */
const FIELD_MAPS: readonly (readonly [number, readonly string[]])[] = [
  [FieldType.SPIN_LOCK | FieldType.RES_SPIN_LOCK, ['hash', 'rhash', 'array', 'cgroup_storage', ...LOCAL_STORAGE]],
  [FieldType.TIMER | FieldType.WORKQUEUE | FieldType.TASK_WORK, ['hash', 'rhash', 'lru_hash', 'array']],
  [
    FieldType.KPTR | FieldType.REFCOUNT,
    ['hash', 'rhash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'array', 'percpu_array', ...LOCAL_STORAGE],
  ],
  [FieldType.UPTR, ['task_storage']],
  [FieldType.GRAPH_ROOT, ['hash', 'lru_hash', 'array']],
];

/** Map types that take no BTF at all. */
const NO_BTF = [
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'hash_of_maps',
  'cpumap',
  'devmap',
  'devmap_hash',
  'stack_trace',
  'sockmap',
  'sockhash',
  'xskmap',
];
/** Map types without rules of their own, which therefore need a key type. */
const NEED_KEY = ['prog_array', 'queue', 'stack', 'reuseport_sockarray', 'ringbuf', 'user_ringbuf', 'struct_ops'];

function isInt(type: BtfType, size: number): boolean {
  return type.kind === Kind.INT && type.size === size;
}

/** Rules of the map type for key and value (`map_ops.map_check_btf`). */
function typeAllows(typeName: string, def: MapDef, key: BtfType, value: BtfType): boolean {
  const keyless = key.kind === Kind.VOID;
  if (NO_BTF.includes(typeName)) return false;
  if (NEED_KEY.includes(typeName)) return !keyless;
  switch (typeName) {
    case 'array':
    case 'percpu_array':
      return keyless ? def.maxEntries === 1 && value.kind === Kind.DATASEC : isInt(key, 4);
    case 'hash':
    case 'lru_hash':
    case 'percpu_hash':
    case 'lru_percpu_hash':
    case 'rhash':
      return !keyless;
    case 'bloom_filter':
      return keyless;
    case 'lpm_trie':
      return key.kind === Kind.STRUCT;
    case 'insn_array':
      return isInt(key, 4) && isInt(value, 8);
    case 'cgroup_storage':
    case 'percpu_cgroup_storage':
      return key.kind === Kind.STRUCT ? key.members.length === 2 : isInt(key, 8);
    default:
      return LOCAL_STORAGE.includes(typeName) ? isInt(key, 4) : true;
  }
}

/** Sizes of types that a map may be declared with; a data section counts too (`btf_type_id_size`). */
function sizeOf(btf: Btf, id: number): number | null {
  const type = btf.type(id);
  return type?.kind === Kind.DATASEC ? type.size : resolveSize(btf, id);
}

/** Special fields by the words that say what is wrong with where they are. */
const FIELD_WORDS: readonly (readonly [number, string])[] = [
  [FieldType.SPIN_LOCK, 'a bpf_spin_lock'],
  [FieldType.RES_SPIN_LOCK, 'a bpf_res_spin_lock'],
  [FieldType.TIMER, 'a bpf_timer'],
  [FieldType.WORKQUEUE, 'a bpf_wq'],
  [FieldType.TASK_WORK, 'a bpf_task_work'],
  [FieldType.KPTR, 'a kptr'],
  [FieldType.REFCOUNT, 'a bpf_refcount'],
  [FieldType.UPTR, 'a uptr'],
  [FieldType.LIST_HEAD, 'a bpf_list_head'],
  [FieldType.RB_ROOT, 'a bpf_rb_root'],
];

/** What BTF says of a map, or why the kernel does not take that BTF for it. */
type Described = { readonly record: BtfRecord | null; readonly objection: null } | { readonly record: null; readonly objection: Objection };

function describe(kernel: KernelProfile, def: MapDef): Described {
  const { btf } = def;
  if (btf === null || def.btfValueTypeId === 0) return { record: null, objection: null };
  const refused = (reason: string, errno: MapErrno = 'EINVAL'): Described => ({ record: null, objection: { errno, reason } });
  const metas = structMetas(kernel, btf);
  if (metas === null) return refused('special fields of structs are not as the kernel wants them');
  const typeName = kernel.mapTypeName(def.type).replace('_deprecated', '');
  const unfit = 'the types of key and value do not fit';
  if (def.btfKeyTypeId !== 0 ? sizeOf(btf, def.btfKeyTypeId) !== def.keySize : NEED_KEY.includes(typeName)) return refused(unfit);
  if (sizeOf(btf, def.btfValueTypeId) !== def.valueSize) return refused(unfit);
  const key = def.btfKeyTypeId === 0 ? btf.type(0) : skipModsAndTypedefs(btf, def.btfKeyTypeId);
  const value = skipModsAndTypedefs(btf, def.btfValueTypeId);
  if (key === undefined || value === undefined) return refused(unfit);

  let record: BtfRecord | null = null;
  try {
    record = parseRecord(kernel, btf, value.id, VALUE_FIELDS, def.valueSize);
  } catch (error) {
    // the kernel keeps the map and remembers that its value has no usable fields
    if (!(error instanceof FieldError)) throw error;
  }
  const objection = record === null ? null : fieldsObjection(def, typeName, record, metas);
  if (objection !== null) return { record: null, objection };
  return typeAllows(typeName, def, key, value) ? { record, objection: null } : refused(unfit);
}

/** Why special fields cannot be in the values of a map (`map_check_btf`, `btf_check_and_fixup_fields`). */
function fieldsObjection(def: MapDef, typeName: string, record: BtfRecord, metas: ReadonlyMap<number, BtfRecord>): Objection | null {
  const named = (mask: number): string => FIELD_WORDS.find(([type]) => (type & mask) !== 0)?.[1] ?? 'a special field';
  if ((def.flags & (RDONLY_PROG | WRONLY_PROG)) !== 0) {
    return {
      errno: 'EACCES',
      reason: `its value holds ${named(record.fieldMask)}, which a map with BPF_F_RDONLY_PROG or BPF_F_WRONLY_PROG cannot have`,
    };
  }
  for (const [fields, maps] of FIELD_MAPS) {
    const present = record.fieldMask & fields;
    if (present !== 0 && !maps.includes(typeName))
      return { errno: 'EOPNOTSUPP', reason: `its value holds ${named(present)}, which ${typeWords(def.type)} cannot have` };
  }
  const pinned = record.fields.find((f) => f.type === FieldType.UPTR && !uptrAllowed(f.kptr!.btf, f.kptr!.btfId));
  if (pinned !== undefined) {
    const large = !pinned.kptr!.btf.isKernel && (resolveSize(pinned.kptr!.btf, pinned.kptr!.btfId) ?? 0) > PAGE_BYTES;
    return {
      errno: large ? 'E2BIG' : 'EINVAL',
      reason: `its value holds a uptr, which points to a struct of the program of at most ${PAGE_BYTES} bytes`,
    };
  }
  return linkGraphRoots(record, metas)
    ? null
    : { errno: 'EFAULT', reason: `its value holds ${named(record.fieldMask & FieldType.GRAPH_ROOT)} of objects that have no node` };
}

/** Why the kernel would not create a map with the types that it is given, or null. Maps without types have nothing to refuse. */
export function refusesTypes(kernel: KernelProfile, def: MapDef): Objection | null {
  return describe(kernel, def).objection;
}

/** Map types that programs can only read, whatever flags they are created with. */
const READ_ONLY_TYPES = ['insn_array', 'devmap', 'devmap_hash'];

/** A uptr pins at most one page of a struct of the program. */
function uptrAllowed(btf: Btf, id: number): boolean {
  const size = btf.isKernel ? 0 : (resolveSize(btf, id) ?? 0);
  return size > 0 && size <= PAGE_BYTES;
}

/**
 * One map as the verifier sees it.
 * @param privileged without CAP_BPF no BTF can be loaded, and maps are created without
 * @param inner true for the template of a map-in-map, which has no name and is never frozen
 */
export function createMap(kernel: KernelProfile, def: MapDef, privileged = true, inner = false): BpfMap {
  const { record, objection } = describe(kernel, def);
  const refused = !privileged || objection !== null;
  return {
    def: refused ? { ...def, btf: null, btfKeyTypeId: 0, btfValueTypeId: 0 } : def,
    name: inner ? '' : def.name.slice(0, 15),
    type: def.type,
    keySize: def.keySize,
    valueSize: def.valueSize,
    maxEntries: def.maxEntries,
    flags: READ_ONLY_TYPES.includes(kernel.mapTypeName(def.type)) ? def.flags | RDONLY_PROG : def.flags,
    record: privileged ? record : null,
    inner: def.inner === null ? null : createMap(kernel, def.inner, privileged, true),
    frozen: !inner && def.frozen,
  };
}

/** Maps by kernel and declaration, on which they depend and nothing else: programs of one object, and one that is verified again, have the same. */
const made = new WeakMap<KernelProfile, WeakMap<MapDef, BpfMap>>();

function keptMap(kernel: KernelProfile, def: MapDef): BpfMap {
  let byDef = made.get(kernel);
  if (byDef === undefined) made.set(kernel, (byDef = new WeakMap()));
  let map = byDef.get(def);
  if (map === undefined) byDef.set(def, (map = createMap(kernel, def)));
  return map;
}

/**
 * The map of the program's object behind a file descriptor, undefined if there is none. Made when it is asked for: an object may have thousands
 * that a program does not use.
 */
export function mapByFd(env: VerifierEnv, fd: number): BpfMap | undefined {
  const known = env.mapsByFd.get(fd);
  if (known !== undefined) return known;
  const { maps } = env.given;
  // an object's maps are numbered from 1
  const def = maps[fd - 1]?.fd === fd ? maps[fd - 1] : maps.find((m) => m.fd === fd);
  if (def === undefined) return undefined;
  const map = env.bpfCapable ? keptMap(env.kernel, def) : createMap(env.kernel, def, false);
  env.mapsByFd.set(fd, map);
  return map;
}
