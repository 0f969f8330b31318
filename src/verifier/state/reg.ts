// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../btf/types';
import { BASE_TYPE_MASK, RegType } from '../../kernel/types';
import { UNKNOWN as UNKNOWN_VALUE, ZERO as ZERO_VALUE } from '../domain/draft';
import type { Scalar } from '../domain/scalar';
import type { BpfMap } from './map';

/**
 * `id` bits that say "linked with a constant distance" (`BPF_ADD_CONST64`, `BPF_ADD_CONST32`). The kernel has them at the top of a u32; here an id with
 * them is a number below 2^30, which V8 keeps as a small integer everywhere: a larger one would be an object of its own for each register.
 */
export const ADD_CONST64 = 1 << 29;
export const ADD_CONST32 = 1 << 28;
/** Mask that leaves the plain id. */
export const ID_MASK = ADD_CONST32 - 1;
/** Mask that leaves the bits that say how it is linked. */
export const LINK_BITS = ADD_CONST64 | ADD_CONST32;

/** Whether an id carries either link bit. */
export function hasAddConst(id: number): boolean {
  return id > ID_MASK;
}

/** `enum bpf_iter_state`. */
export const enum IterState {
  INVALID = 0,
  ACTIVE = 1,
  DRAINED = 2,
}

/** Values of `range` of a packet pointer that say where it stands relative to the end. */
export const AT_PKT_END = -1;
export const BEYOND_PKT_END = -2;

/**
 * What the verifier knows of one register or spilled value (`struct bpf_reg_state`). Immutable: shared by reference between states;
 * a change makes a new object through one of the `with…` methods.
 *
 * The kernel's union of per-type data is kept as (`obj`, `num`, `num2`, `num3`), because comparisons look at it bytewise;
 * read it through the named getters:
 *
 * | type            | obj  | num           | num2       | num3                      |
 * |-----------------|------|---------------|------------|---------------------------|
 * | packet          | variable part or null | range | fixed part |         |
 * | stack           | variable part or null | frameno | fixed part |       |
 * | map ptr/value/key, insn | map |         |            |                           |
 * | BTF id          | btf  |               | btfId      |                           |
 * | mem             |      | memSize       | sliceOf    |                           |
 * | func            |      | subprogno     |            |                           |
 * | dynptr slot/reg |      | dynptr type   | first slot |                           |
 * | iterator slot   | btf  |               | btfId      | state | depth << 2        |
 * | irq flag slot   |      | kfunc class   |            |                           |
 */
export class RegState {
  constructor(
    /** `RegType | Flag`s. */
    readonly type: number,
    /** Scalars: the value. Pointers: the whole offset from the object. */
    readonly val: Scalar,
    /** Link id of scalars (with ADD_CONST bits), identity of objects, null-check id, … */
    readonly id: number,
    /** Object that this pointer was derived from. */
    readonly parentId: number,
    /** Identity of an inner-map look-up. */
    readonly mapUid: number,
    /** Constant distance to scalars of the same id, s32. */
    readonly delta: number,
    readonly obj: BpfMap | Btf | Scalar | null,
    readonly num: number,
    readonly num2: number,
    readonly num3: number,
    /** Whether the scalar's exact value matters (precision tracking). */
    readonly precise: boolean,
  ) {}

  /** Base type without flags. */
  get base(): RegType {
    return this.type & BASE_TYPE_MASK;
  }
  get range(): number {
    return this.num;
  }
  get frameno(): number {
    return this.num;
  }
  get memSize(): number {
    return this.num;
  }
  /** Dynptr whose slice it is, on kernels that compare slices by it; 0 for none. Elsewhere that is the parent. */
  get sliceOf(): number {
    return this.num2;
  }
  get subprogno(): number {
    return this.num;
  }
  get dynptrType(): number {
    return this.num;
  }
  get dynptrFirstSlot(): boolean {
    return this.num2 !== 0;
  }
  get irqClass(): number {
    return this.num;
  }
  get map(): BpfMap {
    return this.obj as BpfMap;
  }
  get btf(): Btf {
    return this.obj as Btf;
  }
  get btfId(): number {
    return this.num2;
  }
  get iterState(): IterState {
    return this.num3 & 3;
  }
  get iterDepth(): number {
    return this.num3 >>> 2;
  }

  withVal(val: Scalar): RegState {
    if (this === this.val.plain) return scalarReg(val);
    return val === this.val
      ? this
      : new RegState(
          this.type,
          val,
          this.id,
          this.parentId,
          this.mapUid,
          this.delta,
          this.obj,
          this.num,
          this.num2,
          this.num3,
          this.precise,
        );
  }
  withType(type: number): RegState {
    return type === this.type
      ? this
      : new RegState(
          type,
          this.val,
          this.id,
          this.parentId,
          this.mapUid,
          this.delta,
          this.obj,
          this.num,
          this.num2,
          this.num3,
          this.precise,
        );
  }
  withId(id: number): RegState {
    return id === this.id
      ? this
      : new RegState(
          this.type,
          this.val,
          id,
          this.parentId,
          this.mapUid,
          this.delta,
          this.obj,
          this.num,
          this.num2,
          this.num3,
          this.precise,
        );
  }
  withPrecise(precise: boolean): RegState {
    return precise === this.precise
      ? this
      : new RegState(
          this.type,
          this.val,
          this.id,
          this.parentId,
          this.mapUid,
          this.delta,
          this.obj,
          this.num,
          this.num2,
          this.num3,
          precise,
        );
  }
  /** A scalar's link. */
  withLink(id: number, delta: number): RegState {
    return id === this.id && delta === this.delta
      ? this
      : new RegState(this.type, this.val, id, this.parentId, this.mapUid, delta, this.obj, this.num, this.num2, this.num3, this.precise);
  }
  /** A packet pointer's range. */
  withRange(range: number): RegState {
    return range === this.num
      ? this
      : new RegState(
          this.type,
          this.val,
          this.id,
          this.parentId,
          this.mapUid,
          this.delta,
          this.obj,
          range,
          this.num2,
          this.num3,
          this.precise,
        );
  }
  /** General change; prefer the specific methods in hot paths. */
  with(p: Partial<RegFields>): RegState {
    return new RegState(
      p.type ?? this.type,
      p.val ?? this.val,
      p.id ?? this.id,
      p.parentId ?? this.parentId,
      p.mapUid ?? this.mapUid,
      p.delta ?? this.delta,
      p.obj === undefined ? this.obj : p.obj,
      p.num ?? this.num,
      p.num2 ?? this.num2,
      p.num3 ?? this.num3,
      p.precise ?? this.precise,
    );
  }
}

/** The data fields of {@link RegState}. */
export interface RegFields {
  readonly type: number;
  readonly val: Scalar;
  readonly id: number;
  readonly parentId: number;
  readonly mapUid: number;
  readonly delta: number;
  readonly obj: BpfMap | Btf | Scalar | null;
  readonly num: number;
  readonly num2: number;
  readonly num3: number;
  readonly precise: boolean;
}

const NO_FIELDS: Partial<RegFields> = {};

/** A register of that type at offset 0, ids and union clear (`mark_reg_known_zero` followed by setting the type). */
export function pointerReg(type: number, fields: Partial<RegFields> = NO_FIELDS): RegState {
  return makeReg(type, ZERO_VALUE, fields);
}

/** A register of that type and value, everything else clear unless given. */
export function makeReg(type: number, val: Scalar, fields: Partial<RegFields> = NO_FIELDS): RegState {
  return new RegState(
    type,
    val,
    fields.id ?? 0,
    fields.parentId ?? 0,
    fields.mapUid ?? 0,
    fields.delta ?? 0,
    fields.obj ?? null,
    fields.num ?? 0,
    fields.num2 ?? 0,
    fields.num3 ?? 0,
    fields.precise ?? false,
  );
}

/**
 * A pointer at offset 0 to something that `obj` (a map, a BTF) and `num`, `num2` tell, as {@link RegState} says; what {@link pointerReg} makes,
 * for paths on which much is made.
 */
export function objectReg(type: number, obj: BpfMap | Btf | null, num: number, num2: number, id: number, precise: boolean): RegState {
  return new RegState(type, ZERO_VALUE, id, 0, 0, 0, obj, num, num2, 0, precise);
}

/** A pointer to that place of a map's value. */
export function mapValueReg(map: BpfMap, off: Scalar, precise: boolean): RegState {
  return new RegState(RegType.PTR_TO_MAP_VALUE, off, 0, 0, 0, 0, map, 0, 0, 0, precise);
}

/** Unreadable register. Its value is that of an unknown scalar, as in the kernel. */
export const NOT_INIT: RegState = makeReg(RegType.NOT_INIT, UNKNOWN_VALUE);
/** Unknown scalar, not precise. For a loader without CAP_BPF use `unknownScalar(env)`. */
export const UNKNOWN_SCALAR: RegState = makeReg(RegType.SCALAR_VALUE, UNKNOWN_VALUE);
/** Unknown scalar marked precise (loaders without CAP_BPF). */
export const UNKNOWN_PRECISE: RegState = makeReg(RegType.SCALAR_VALUE, UNKNOWN_VALUE, { precise: true });

/** A scalar register with that value, not linked, not precise (`___mark_reg_known` for constants). */
export function scalarReg(val: Scalar): RegState {
  return ((val.plain as RegState | null) ??= new RegState(RegType.SCALAR_VALUE, val, 0, 0, 0, 0, null, 0, 0, 0, false));
}
