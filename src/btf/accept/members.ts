// SPDX-License-Identifier: GPL-2.0-only
/** Whether a member lies within its struct (`kernel/bpf/btf.c`: each kind's `check_member` and `check_kflag_member`). */
import { Kind } from '../types';
import { intParts, refuseBasic, refuseMember } from './describe';
import type { BtfImage } from './image';

const U32_MAX = 0xffffffff;
const U128_BITS = 128;
const POINTER_BYTES = 8;
/** An enumeration's bit fields are at most as wide as an `int`. */
const INT_BITS = 32;

/** An integer that fills its bytes: 1, 2, 4, 8 or 16 of them (`btf_type_int_is_regular`). */
export function isRegularInt(image: BtfImage, id: number): boolean {
  const { bits, offset } = intParts(image.extra(id, 0));
  return offset === 0 && [8, 16, 32, 64, 128].includes(bits);
}

/** A member and the type that it has under its modifiers. */
export interface PlacedMember {
  readonly struct: number;
  readonly index: number;
  readonly type: number;
  /** Bytes of that type. */
  readonly size: number;
}

/** Checks one member whose type has been resolved. */
export function checkMember(image: BtfImage, member: PlacedMember): void {
  const { struct, index, type } = member;
  const flag = image.kindFlag(struct);
  const word = image.extra(struct, index * 3 + 2);
  const width = flag ? word >>> 24 : 0;
  switch (image.kind(type)) {
    case Kind.INT:
      return flag ? checkIntField(image, member, word & 0xffffff, width) : checkInt(image, member, word);
    case Kind.ENUM:
    case Kind.ENUM64:
      return flag ? checkEnumField(image, member, word & 0xffffff, width) : checkBytes(image, member, word);
    case Kind.PTR:
    case Kind.ARRAY:
    case Kind.STRUCT:
    case Kind.UNION:
    case Kind.FLOAT:
      if (width !== 0) {
        refuseMember(image, struct, index, 'Invalid member bitfield_size', type);
      }
      return image.kind(type) === Kind.FLOAT ? checkFloat(image, member, word) : checkBytes(image, member, word);
    default:
      return refuseBasic(image, struct, flag ? 'Unsupported check_kflag_member' : 'Unsupported check_member');
  }
}

function checkBytes(image: BtfImage, { struct, index, type, size }: PlacedMember, offset: number): void {
  if (offset % 8 !== 0) {
    refuseMember(image, struct, index, 'Member is not byte aligned', type);
  }
  if (image.sizeOrType(struct) - offset / 8 < size) {
    refuseMember(image, struct, index, 'Member exceeds struct_size', type);
  }
}

function checkInt(image: BtfImage, member: PlacedMember, offset: number): void {
  const parts = intParts(image.extra(member.type, 0));
  if (offset + parts.offset > U32_MAX) {
    refuseMember(image, member.struct, member.index, 'bits_offset exceeds U32_MAX', member.type);
  }
  checkBits(image, member, offset + parts.offset, parts.bits);
}

function checkBits(image: BtfImage, { struct, index, type }: PlacedMember, offset: number, bits: number): void {
  const copied = bits + (offset % 8);
  if (copied > U128_BITS) {
    refuseMember(image, struct, index, `nr_copy_bits exceeds ${U128_BITS}`, type);
  }
  if (image.sizeOrType(struct) - Math.floor(offset / 8) < Math.ceil(copied / 8)) {
    refuseMember(image, struct, index, 'Member exceeds struct_size', type);
  }
}

function checkIntField(image: BtfImage, member: PlacedMember, offset: number, width: number): void {
  const { struct, index, type } = member;
  if (!isRegularInt(image, type)) {
    refuseMember(image, struct, index, 'Invalid member base type', type);
  }
  const { bits } = intParts(image.extra(type, 0));
  if (width === 0 && offset % 8 !== 0) {
    refuseMember(image, struct, index, 'Invalid member offset', type);
  }
  if (width > bits) {
    refuseMember(image, struct, index, 'Invalid member bitfield_size', type);
  }
  checkBits(image, member, offset, width === 0 ? bits : width);
}

function checkEnumField(image: BtfImage, { struct, index, type }: PlacedMember, offset: number, width: number): void {
  if (width === 0 && offset % 8 !== 0) {
    refuseMember(image, struct, index, 'Member is not byte aligned', type);
  }
  if (width > INT_BITS) {
    refuseMember(image, struct, index, 'Invalid member bitfield_size', type);
  }
  if (image.sizeOrType(struct) < Math.ceil((offset + (width === 0 ? INT_BITS : width)) / 8)) {
    refuseMember(image, struct, index, 'Member exceeds struct_size', type);
  }
}

function checkFloat(image: BtfImage, { struct, index, type, size }: PlacedMember, offset: number): void {
  if (offset % (8 * Math.min(POINTER_BYTES, size)) !== 0) {
    refuseMember(image, struct, index, 'Member is not properly aligned', type);
  }
  if (Math.floor(offset / 8) + size > image.sizeOrType(struct)) {
    refuseMember(image, struct, index, 'Member exceeds struct_size', type);
  }
}
