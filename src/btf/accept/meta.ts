// SPDX-License-Identifier: GPL-2.0-only
/** What can be said of each type by itself, in the kernel's order (`kernel/bpf/btf.c: btf_check_meta` and each kind's `check_meta`). */
import { Kind, Linkage } from '../types';
import { intParts, refuseBasic, refuseMember, refuseType, refuseVariable } from './describe';
import { Objection, TYPE_BYTES, type BtfImage } from './image';
import { isIdentifier, isSectionName } from './names';

/** `BTF_MAX_NAME_OFFSET`. */
const MAX_NAME_OFFSET = 0xffffff;
/** `BTF_MAX_TYPE`. */
const MAX_TYPE = 0xfffff;
const U128_BITS = 128;
/** Bits of an INT's word that mean something (`BTF_INT_MASK`), negated. */
const INT_UNUSED = 0xf0000000;

/** Reads and checks the type whose record starts at byte `at`; returns the bytes it takes. `left`: bytes of the section from there on. */
export function checkType(image: BtfImage, at: number, left: number): number {
  const id = image.endId;
  if (left < TYPE_BYTES) {
    throw new Objection(`[${id}] meta_left:${left} meta_needed:${TYPE_BYTES}`);
  }
  image.push(at);
  const kind = image.kind(id);
  if (kind === Kind.VOID || kind > Kind.ENUM64) {
    throw new Objection(`[${id}] Invalid kind:${kind}`);
  }
  if (!isNameOffset(image, image.nameOffset(id))) {
    throw new Objection(`[${id}] Invalid name_offset:${image.nameOffset(id)}`);
  }
  const needed = extraBytes(kind, image.vlen(id));
  if (left - TYPE_BYTES < needed) {
    refuseBasic(image, id, `meta_left:${left - TYPE_BYTES} meta_needed:${needed}`);
  }
  checkKind(image, id, kind);
  return TYPE_BYTES + needed;
}

function extraBytes(kind: Kind, vlen: number): number {
  switch (kind) {
    case Kind.INT:
    case Kind.VAR:
    case Kind.DECL_TAG:
      return 4;
    case Kind.ARRAY:
      return 12;
    case Kind.ENUM:
    case Kind.FUNC_PROTO:
      return vlen * 8;
    case Kind.STRUCT:
    case Kind.UNION:
    case Kind.ENUM64:
    case Kind.DATASEC:
      return vlen * 12;
    default:
      return 0;
  }
}

function isNameOffset(image: BtfImage, offset: number): boolean {
  return offset <= MAX_NAME_OFFSET && offset < image.strings.length;
}

function isNamed(image: BtfImage, offset: number): boolean {
  return offset !== 0 && isIdentifier(image.nameBytes(offset)!);
}

function isReference(id: number): boolean {
  return id !== 0 && id <= MAX_TYPE;
}

function checkKind(image: BtfImage, id: number, kind: Kind): void {
  switch (kind) {
    case Kind.INT:
      return checkInt(image, id);
    case Kind.PTR:
    case Kind.TYPEDEF:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.TYPE_TAG:
      return checkReference(image, id, kind);
    case Kind.ARRAY:
      return checkArray(image, id);
    case Kind.STRUCT:
    case Kind.UNION:
      return checkMembers(image, id, kind);
    case Kind.ENUM:
    case Kind.ENUM64:
      return checkEnum(image, id, kind);
    case Kind.FWD:
      return checkForward(image, id);
    case Kind.FUNC:
      return checkFunction(image, id);
    case Kind.FUNC_PROTO:
      if (image.nameOffset(id) !== 0) {
        refuseType(image, id, 'Invalid name');
      }
      return checkNoFlag(image, id);
    case Kind.VAR:
      return checkVariable(image, id);
    case Kind.DATASEC:
      return checkSection(image, id);
    case Kind.FLOAT:
      return checkFloat(image, id);
    default:
      return checkTag(image, id);
  }
}

function checkNoVlen(image: BtfImage, id: number): void {
  if (image.vlen(id) !== 0) {
    refuseType(image, id, 'vlen != 0');
  }
}

function checkNoFlag(image: BtfImage, id: number): void {
  if (image.kindFlag(id)) {
    refuseType(image, id, 'Invalid btf_info kind_flag');
  }
}

function checkName(image: BtfImage, id: number, needed: boolean): void {
  const offset = image.nameOffset(id);
  if (offset === 0 ? needed : !isNamed(image, offset)) {
    refuseType(image, id, 'Invalid name');
  }
}

function checkInt(image: BtfImage, id: number): void {
  checkNoVlen(image, id);
  checkNoFlag(image, id);
  const word = image.extra(id, 0);
  if ((word & INT_UNUSED) !== 0) {
    refuseBasic(image, id, `Invalid int_data:${word.toString(16)}`);
  }
  const { bits, offset, encoding } = intParts(word);
  if (bits + offset > U128_BITS) {
    refuseType(image, id, `nr_bits exceeds ${U128_BITS}`);
  }
  if (Math.ceil((bits + offset) / 8) > image.sizeOrType(id)) {
    refuseType(image, id, 'nr_bits exceeds type_size');
  }
  if (![0, 1, 2, 4].includes(encoding)) {
    refuseType(image, id, 'Unsupported encoding');
  }
}

function checkReference(image: BtfImage, id: number, kind: Kind): void {
  checkNoVlen(image, id);
  if (kind !== Kind.TYPE_TAG) {
    checkNoFlag(image, id);
  }
  if (image.sizeOrType(id) > MAX_TYPE) {
    refuseType(image, id, 'Invalid type_id');
  }
  const offset = image.nameOffset(id);
  const wrong =
    kind === Kind.TYPEDEF ? !isNamed(image, offset) : kind === Kind.TYPE_TAG ? image.nameBytes(offset)!.length === 0 : offset !== 0;
  if (wrong) {
    refuseType(image, id, 'Invalid name');
  }
}

function checkForward(image: BtfImage, id: number): void {
  checkNoVlen(image, id);
  if (image.sizeOrType(id) !== 0) {
    refuseType(image, id, 'type != 0');
  }
  checkName(image, id, true);
}

function checkArray(image: BtfImage, id: number): void {
  if (image.nameOffset(id) !== 0) {
    refuseType(image, id, 'Invalid name');
  }
  checkNoVlen(image, id);
  checkNoFlag(image, id);
  if (image.sizeOrType(id) !== 0) {
    refuseType(image, id, 'size != 0');
  }
  if (!isReference(image.extra(id, 0))) {
    refuseType(image, id, 'Invalid elem');
  }
  if (!isReference(image.extra(id, 1))) {
    refuseType(image, id, 'Invalid index');
  }
}

function checkMembers(image: BtfImage, id: number, kind: Kind): void {
  checkName(image, id, false);
  const flag = image.kindFlag(id);
  const size = image.sizeOrType(id);
  let last = 0;
  for (let index = 0; index < image.vlen(id); index += 1) {
    const name = image.extra(id, index * 3);
    if (!isNameOffset(image, name)) {
      refuseMember(image, id, index, `Invalid member name_offset:${name}`);
    }
    if (name !== 0 && !isNamed(image, name)) {
      refuseMember(image, id, index, 'Invalid name');
    }
    if (!isReference(image.extra(id, index * 3 + 1))) {
      refuseMember(image, id, index, 'Invalid type_id');
    }
    const word = image.extra(id, index * 3 + 2);
    const offset = flag ? word & 0xffffff : word;
    if ((kind === Kind.UNION && offset !== 0) || last > offset) {
      refuseMember(image, id, index, 'Invalid member bits_offset');
    }
    if (Math.ceil(offset / 8) > size) {
      refuseMember(image, id, index, 'Member bits_offset exceeds its struct size');
    }
    last = offset;
  }
}

function checkEnum(image: BtfImage, id: number, kind: Kind): void {
  if (![1, 2, 4, 8].includes(image.sizeOrType(id))) {
    refuseType(image, id, 'Unexpected size');
  }
  checkName(image, id, false);
  const words = kind === Kind.ENUM ? 2 : 3;
  for (let index = 0; index < image.vlen(id); index += 1) {
    const name = image.extra(id, index * words);
    if (!isNameOffset(image, name)) {
      throw new Objection(`Invalid name_offset:${name}`);
    }
    if (!isNamed(image, name)) {
      refuseType(image, id, 'Invalid name');
    }
  }
}

function checkFunction(image: BtfImage, id: number): void {
  checkName(image, id, true);
  if (image.vlen(id) > Linkage.GLOBAL) {
    refuseType(image, id, 'Invalid func linkage');
  }
  checkNoFlag(image, id);
}

function checkVariable(image: BtfImage, id: number): void {
  checkNoVlen(image, id);
  checkNoFlag(image, id);
  checkName(image, id, true);
  if (!isReference(image.sizeOrType(id))) {
    refuseType(image, id, 'Invalid type_id');
  }
  if (image.extra(id, 0) > Linkage.GLOBAL) {
    refuseType(image, id, 'Linkage not supported');
  }
}

function checkSection(image: BtfImage, id: number): void {
  const size = image.sizeOrType(id);
  if (size === 0) {
    refuseType(image, id, 'size == 0');
  }
  checkNoFlag(image, id);
  const name = image.nameOffset(id);
  if (name === 0 || !isSectionName(image.nameBytes(name)!)) {
    refuseType(image, id, 'Invalid name');
  }
  let end = 0;
  let sum = 0;
  for (let index = 0; index < image.vlen(id); index += 1) {
    const [type, offset, bytes] = [image.extra(id, index * 3), image.extra(id, index * 3 + 1), image.extra(id, index * 3 + 2)];
    if (!isReference(type)) {
      refuseVariable(image, id, index, 'Invalid type_id');
    }
    if (offset < end || offset >= size) {
      refuseVariable(image, id, index, 'Invalid offset');
    }
    if (bytes === 0 || bytes > size) {
      refuseVariable(image, id, index, 'Invalid size');
    }
    // a sum of 32 bits
    end = (offset + bytes) >>> 0;
    if (end > size) {
      refuseVariable(image, id, index, 'Invalid offset+size');
    }
    sum += bytes;
  }
  if (size < sum) {
    refuseType(image, id, 'Invalid btf_info size');
  }
}

function checkFloat(image: BtfImage, id: number): void {
  checkNoVlen(image, id);
  checkNoFlag(image, id);
  if (![2, 4, 8, 12, 16].includes(image.sizeOrType(id))) {
    refuseType(image, id, 'Invalid type_size');
  }
}

function checkTag(image: BtfImage, id: number): void {
  if (image.nameBytes(image.nameOffset(id))!.length === 0) {
    refuseType(image, id, 'Invalid value');
  }
  checkNoVlen(image, id);
  if ((image.extra(id, 0) | 0) < -1) {
    refuseType(image, id, 'Invalid component_idx');
  }
}
