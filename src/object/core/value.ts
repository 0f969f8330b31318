// SPDX-License-Identifier: GPL-2.0-only
/** The value that a CO-RE relocation puts into an instruction. Rules: `tools/lib/bpf/relo_core.c: bpf_core_calc_relo`. */
import { IntEncoding, Kind, type Btf, type BtfType } from '../../btf/types';
import { isAnyEnum, isComposite, resolveSize, skipModifiers } from '../../btf/util';
import { LoadFailure } from '../failure';
import { coreKindName, CoreKind, isEnumKind, isFieldKind, type Spec } from './spec';

/** Result of relocating against one candidate. */
export interface CoreValue {
  /** No target: the instruction is made invalid. */
  readonly poison: boolean;
  /** The instruction must hold `original`. */
  readonly validate: boolean;
  /** 64 bits, unsigned. */
  readonly original: bigint;
  readonly value: bigint;
  /** Bytes of the field in the object and in the kernel, 0 if that does not matter. */
  readonly originalSize: number;
  readonly size: number;
  /** The access would have to change its size in a way that loses bits. */
  readonly badResize: boolean;
}

interface FieldValue {
  readonly value: bigint;
  readonly size: number;
  readonly typeId: number;
  readonly validate: boolean;
}

function signed(type: BtfType): boolean {
  return isAnyEnum(type) ? type.signed : type.kind === Kind.INT && (type.encoding & IntEncoding.SIGNED) !== 0;
}

function sizeOf(btf: Btf, id: number): number {
  const size = resolveSize(btf, id);
  if (size === null) {
    throw new LoadFailure(`type [${id}] has no size`);
  }
  return size;
}

/** Bytes of the innermost element of an array type (of the type itself otherwise). */
function elementSize(btf: Btf, id: number): number {
  let at = skipModifiers(btf, id);
  for (let depth = 0; depth < 64; depth += 1) {
    const type = btf.type(at);
    if (type?.kind !== Kind.ARRAY) {
      break;
    }
    at = skipModifiers(btf, type.type);
  }
  return sizeOf(btf, at);
}

function arrayElementValue(spec: Spec, typeId: number): FieldValue {
  if (spec.kind === CoreKind.FIELD_BYTE_OFFSET) {
    return { value: BigInt(Math.floor(spec.bitOffset / 8)), size: elementSize(spec.btf, typeId), typeId, validate: true };
  }
  if (spec.kind === CoreKind.FIELD_BYTE_SIZE) {
    return { value: BigInt(sizeOf(spec.btf, typeId)), size: 0, typeId: 0, validate: true };
  }
  throw new LoadFailure(`relo ${spec.kind} can't be applied to array access`);
}

/** Where a field is: for a bit field, the smallest integer that holds it. */
function placement(spec: Spec, fieldSize: number, bitfieldSize: number): { byteOffset: number; bytes: number; bits: number } {
  if (bitfieldSize === 0) {
    return { byteOffset: Math.floor(spec.bitOffset / 8), bytes: fieldSize, bits: fieldSize * 8 };
  }
  let bytes = fieldSize;
  const aligned = (): number => Math.floor(Math.floor(spec.bitOffset / 8) / bytes) * bytes;
  let byteOffset = aligned();
  while (spec.bitOffset + bitfieldSize - byteOffset * 8 > bytes * 8) {
    if (bytes >= 8 || bytes === 0) {
      throw new LoadFailure(`relo ${spec.kind} can't be satisfied for bitfield`);
    }
    bytes *= 2;
    byteOffset = aligned();
  }
  return { byteOffset, bytes, bits: bitfieldSize };
}

/** Null: there is no such field. */
function fieldValue(kind: CoreKind, spec: Spec | null, littleEndian: boolean): FieldValue | null {
  if (kind === CoreKind.FIELD_EXISTS) {
    return { value: spec === null ? 0n : 1n, size: 0, typeId: 0, validate: true };
  }
  if (spec === null) {
    return null;
  }
  const last = spec.accessors.at(-1)!;
  if (last.name === null) {
    return arrayElementValue(spec, last.typeId);
  }
  const struct = spec.btf.type(last.typeId)!;
  const member = isComposite(struct) ? struct.members[last.index]! : undefined;
  const typeId = skipModifiers(spec.btf, member!.type);
  const type = spec.btf.type(typeId)!;
  const bitfield = member!.bitfieldSize > 0;
  const { byteOffset, bytes, bits } = placement(spec, sizeOf(spec.btf, typeId), member!.bitfieldSize);
  const result = (value: number, validate = !bitfield): FieldValue => ({
    value: BigInt.asUintN(64, BigInt(value)),
    size: 0,
    typeId: 0,
    validate,
  });
  switch (kind) {
    case CoreKind.FIELD_BYTE_OFFSET:
      return bitfield ? result(byteOffset) : { ...result(byteOffset), size: elementSize(spec.btf, typeId), typeId };
    case CoreKind.FIELD_BYTE_SIZE:
      return result(bytes);
    case CoreKind.FIELD_SIGNED:
      return result(signed(type) ? 1 : 0, true);
    case CoreKind.FIELD_LSHIFT_U64:
      // on a big-endian machine, bits are counted from the other end
      return result(littleEndian ? 64 - (spec.bitOffset + bits - byteOffset * 8) : (8 - bytes) * 8 + (spec.bitOffset - byteOffset * 8));
    default:
      return result(64 - bits, true);
  }
}

function typeValue(spec: Spec | null): { value: bigint; validate: boolean } {
  if (spec === null) {
    return { value: 0n, validate: true };
  }
  switch (spec.kind) {
    case CoreKind.TYPE_ID_TARGET:
      return { value: BigInt(spec.root), validate: false };
    case CoreKind.TYPE_SIZE:
      return { value: BigInt(sizeOf(spec.btf, spec.root)), validate: true };
    default:
      return { value: 1n, validate: true };
  }
}

function enumValue(kind: CoreKind, spec: Spec | null): bigint | null {
  if (kind === CoreKind.ENUMVAL_EXISTS) {
    return spec === null ? 0n : 1n;
  }
  const accessor = spec?.accessors[0];
  const type = accessor && spec?.btf.type(accessor.typeId);
  if (accessor === undefined || type === undefined || !isAnyEnum(type)) {
    return null;
  }
  const { value } = type.values[accessor.index]!;
  return BigInt.asUintN(64, type.kind === Kind.ENUM ? BigInt.asIntN(32, value) : value);
}

const POISONED: CoreValue = { poison: true, validate: true, original: 0n, value: 0n, originalSize: 0, size: 0, badResize: false };

function unresizable(local: Spec, localType: number, target: Spec | null, targetType: number): boolean {
  const a = local.btf.type(localType);
  const b = target?.btf.type(targetType);
  if (a?.kind === Kind.PTR && b?.kind === Kind.PTR) {
    return false;
  }
  return !(a?.kind === Kind.INT && b?.kind === Kind.INT && a.encoding !== IntEncoding.SIGNED && b.encoding !== IntEncoding.SIGNED);
}

/** Value of a relocation for a target (null: the kernel has none). Throws {@link LoadFailure} for what libbpf refuses. */
export function coreValue(local: Spec, target: Spec | null, littleEndian: boolean): CoreValue {
  const { kind } = local;
  if (isFieldKind(kind)) {
    const from = fieldValue(kind, local, littleEndian);
    const to = fieldValue(kind, target, littleEndian);
    if (from === null || to === null) {
      return { ...POISONED, original: from?.value ?? 0n, validate: from?.validate ?? true };
    }
    const badResize = from.size !== to.size && unresizable(local, from.typeId, target, to.typeId);
    return {
      poison: false,
      validate: from.validate,
      original: from.value,
      value: to.value,
      originalSize: from.size,
      size: to.size,
      badResize,
    };
  }
  if (isEnumKind(kind)) {
    const from = enumValue(kind, local);
    const to = enumValue(kind, target);
    return from === null || to === null ? POISONED : { ...POISONED, poison: false, original: from, value: to };
  }
  if (kind > CoreKind.TYPE_MATCHES) {
    throw new LoadFailure(`unrecognized CO-RE relocation ${coreKindName(kind)} (${kind as number})`);
  }
  const from = typeValue(local);
  return { ...POISONED, poison: false, validate: from.validate, original: from.value, value: typeValue(target).value };
}
