// SPDX-License-Identifier: GPL-2.0-only
/**
 * Map definitions in `.maps`: attributes are members of a struct whose types encode numbers.
 * Rules: `tools/lib/bpf/libbpf.c: parse_btf_map_def`.
 */
import { Kind, type Btf, type BtfMember, type BtfOf } from '../btf/types';
import { isAnyEnum, resolveSize, skipModsAndTypedefs } from '../btf/util';
import { PAGE_BYTES } from '../isa/limits';
import { ObjectError } from './failure';
import { MapType } from './uapi';

/** What a definition says. Sizes are bytes. */
export interface MapAttributes {
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  extra: bigint;
  /** Only meaningful with `BPF_F_NUMA_NODE`. */
  numaNode: number;
  /** Type ids in the object's BTF, 0 if only a size is given. */
  keyType: number;
  valueType: number;
  pinned: boolean;
  inner: MapAttributes | null;
}

function fail(map: string, message: string): never {
  throw new ObjectError(`map '${map}': ${message}`, '.maps', -1);
}

/** True for the two types of maps that hold maps. */
export function isMapInMap(type: number): boolean {
  return type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
}

/** Reads a definition from the struct type of its variable. Throws {@link ObjectError} for what libbpf refuses. */
export function parseMapDefinition(btf: Btf, name: string, struct: BtfOf<Kind.STRUCT>, inner = false): MapAttributes {
  const attributes: MapAttributes = {
    type: 0,
    keySize: 0,
    valueSize: 0,
    maxEntries: 0,
    flags: 0,
    extra: 0n,
    numaNode: 0,
    keyType: 0,
    valueType: 0,
    pinned: false,
    inner: null,
  };
  struct.members.forEach((member, index) => {
    switch (member.name) {
      case 'type':
        attributes.type = encodedNumber(btf, name, member);
        break;
      case 'max_entries':
        attributes.maxEntries = encodedNumber(btf, name, member);
        break;
      case 'map_flags':
        attributes.flags = encodedNumber(btf, name, member);
        break;
      case 'numa_node':
        attributes.numaNode = encodedNumber(btf, name, member);
        break;
      case 'key_size':
        setSize(attributes, 'keySize', name, encodedNumber(btf, name, member));
        break;
      case 'value_size':
        setSize(attributes, 'valueSize', name, encodedNumber(btf, name, member));
        break;
      case 'key':
        attributes.keyType = pointee(btf, name, member);
        setSize(attributes, 'keySize', name, sizeOf(btf, name, member, attributes.keyType));
        break;
      case 'value':
        attributes.valueType = pointee(btf, name, member);
        setSize(attributes, 'valueSize', name, sizeOf(btf, name, member, attributes.valueType));
        break;
      case 'values':
        if (inner || index !== struct.members.length - 1) {
          fail(name, inner ? 'multi-level inner maps not supported' : `'values' member should be last`);
        }
        readValues(btf, name, member, attributes);
        break;
      case 'pinning': {
        const pinning = encodedNumber(btf, name, member);
        if (inner || pinning > 1) {
          fail(name, inner ? `inner def can't be pinned` : `invalid pinning value ${pinning}`);
        }
        attributes.pinned = pinning === 1;
        break;
      }
      case 'map_extra':
        attributes.extra = encodedLong(btf, name, member);
        break;
      default:
        fail(name, `unknown field '${member.name}'`);
    }
  });
  if (attributes.type === MapType.UNSPEC) {
    fail(name, `map type isn't specified`);
  }
  if (attributes.type === MapType.RINGBUF || attributes.type === MapType.USER_RINGBUF) {
    attributes.maxEntries = ringbufBytes(attributes.maxEntries);
  }
  return attributes;
}

function setSize(attributes: MapAttributes, which: 'keySize' | 'valueSize', map: string, size: number): void {
  if (attributes[which] !== 0 && attributes[which] !== size) {
    fail(map, `conflicting ${which === 'keySize' ? 'key' : 'value'} size ${attributes[which]} != ${size}`);
  }
  attributes[which] = size;
}

/** `int (*attr)[N]` encodes N. */
function encodedNumber(btf: Btf, map: string, member: BtfMember): number {
  const pointer = skipModsAndTypedefs(btf, member.type);
  const array = pointer?.kind === Kind.PTR ? btf.type(pointer.type) : undefined;
  if (array?.kind !== Kind.ARRAY) {
    return fail(map, `attr '${member.name}': expected a pointer to an array`);
  }
  return array.nelems;
}

/** As {@link encodedNumber}, or an enum of one 64-bit value (`__ulong`). */
function encodedLong(btf: Btf, map: string, member: BtfMember): bigint {
  const type = skipModsAndTypedefs(btf, member.type);
  if (type?.kind === Kind.PTR) {
    return BigInt(encodedNumber(btf, map, member));
  }
  const [only, ...others] = type !== undefined && isAnyEnum(type) ? type.values : [];
  if (only === undefined || others.length > 0) {
    return fail(map, `attr '${member.name}': invalid __ulong`);
  }
  return BigInt.asUintN(64, only.value);
}

function pointee(btf: Btf, map: string, member: BtfMember): number {
  const type = btf.type(member.type);
  return type?.kind === Kind.PTR ? type.type : fail(map, `${member.name} spec is not PTR`);
}

/** Bytes of a type as a loader sees it, which looks through a variable and a tag too (`tools/lib/bpf/btf.c: btf__resolve_size`). */
function loaderSize(btf: Btf, id: number): number | null {
  const type = btf.type(id);
  return resolveSize(btf, type?.kind === Kind.VAR || type?.kind === Kind.DECL_TAG ? type.type : id);
}

function sizeOf(btf: Btf, map: string, member: BtfMember, type: number): number {
  return loaderSize(btf, type) ?? fail(map, `can't determine ${member.name} size for type [${type}]`);
}

function readValues(btf: Btf, map: string, member: BtfMember, attributes: MapAttributes): void {
  const mapInMap = isMapInMap(attributes.type);
  if (!mapInMap && attributes.type !== MapType.PROG_ARRAY) {
    fail(map, 'should be map-in-map or prog-array');
  }
  setSize(attributes, 'valueSize', map, 4);
  const array = btf.type(member.type);
  if (array?.kind !== Kind.ARRAY || array.nelems !== 0) {
    return fail(map, 'values spec is not a zero-sized array');
  }
  const pointer = skipModsAndTypedefs(btf, array.type);
  const target = pointer?.kind === Kind.PTR ? skipModsAndTypedefs(btf, pointer.type) : undefined;
  if (!mapInMap) {
    if (target?.kind !== Kind.FUNC_PROTO) {
      fail(map, 'prog-array value def is of unexpected kind');
    }
    return;
  }
  if (target?.kind !== Kind.STRUCT) {
    return fail(map, 'map-in-map inner def is of unexpected kind');
  }
  attributes.inner = parseMapDefinition(btf, `${map}.inner`, target, true);
}

/** Ring buffers need a power-of-two number of pages: the next larger one is taken (`adjust_ringbuf_sz`). */
function ringbufBytes(size: number): number {
  const isPages = size % PAGE_BYTES === 0 && Number.isInteger(Math.log2(size / PAGE_BYTES));
  if (size === 0 || isPages) {
    return size;
  }
  for (let pages = 1; pages <= 0xffffffff / PAGE_BYTES; pages *= 2) {
    if (pages * PAGE_BYTES > size) {
      return pages * PAGE_BYTES;
    }
  }
  return size;
}
