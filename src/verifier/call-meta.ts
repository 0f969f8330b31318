// SPDX-License-Identifier: GPL-2.0-only
import type { Btf, BtfOf, Kind } from '../btf/types';
import type { Behaviour } from '../kernel/behaviour';
import type { HelperProto, Kfunc } from '../kernel/profile';
import type { BpfMap, BtfField } from './state/map';
import type { RegState } from './state/reg';

/** The referenced object that the arguments of a call lead to (`struct ref_obj_desc`). */
export interface RefObj {
  id: number;
  parentId: number;
  /** Number of arguments that referred to one; more than one is ambiguous. */
  cnt: number;
}

/** The dynptr last given to the call (`struct bpf_dynptr_desc`); all 0 if none. */
export interface DynptrDesc {
  /** `enum bpf_dynptr_type`. */
  type: number;
  id: number;
  parentId: number;
}

/**
 * What the arguments of one call tell its later steps (`include/linux/bpf_verifier.h: struct bpf_call_arg_meta`).
 * Mutable, made for one call. Helpers and kfuncs share it.
 */
export interface CallMeta {
  // common
  /** Helper prototype, null for kfuncs and subprograms. */
  fn: HelperProto | null;
  /** Name in messages (`func_id_name` or the kfunc's name), '' for subprograms. */
  funcName: string;
  /** Behaviour tag of the callee, null if none. */
  behaviour: Behaviour | null;
  /** Register that the call releases, 0 if none. */
  releaseRegno: number;
  /** Type of the returned object, 0 if no argument settles it. */
  retBtf: Btf | null;
  retBtfId: number;
  subprogno: number;
  /** Map passed by an earlier argument (or that holds the timer, work…), with the identity of an inner map. */
  map: { ptr: BpfMap | null; uid: number };
  dynptr: DynptrDesc;
  refObj: RefObj;
  /** Size of the returned memory, from a constant size argument. */
  retMem: { size: number; found: boolean };

  // kfuncs only
  kfunc: Kfunc | null;
  /** {@link Kf} bits. */
  kfuncFlags: number;
  /** BTF of the kfunc and its prototype. */
  btf: Btf | null;
  funcProto: BtfOf<Kind.FUNC_PROTO> | null;
  r0Rdonly: boolean;
  /** A constant scalar argument, as u64. */
  argConstant: { value: bigint; found: boolean };
  /** Local object type that a drop, refcount or graph argument names. */
  argBtf: Btf | null;
  argBtfId: number;
  argOwningRef: boolean;
  argProg: boolean;
  argListHead: BtfField | null;
  argRbtreeRoot: BtfField | null;
  /** First slot of the iterator argument. */
  iter: { spi: number; frameno: number };

  // helpers only
  /** Upper bound of the memory size argument (u64, exact below 2^53). */
  msizeMaxValue: number;
  /** Constant key of a map look-up, −1 if not known. */
  constMapKey: number;
  kptrField: BtfField | null;
  /** Memory argument that the call fills in: its register (0: none) and the bytes that are written whatever happens. */
  argRawMem: { regno: number; size: number };
}

/** A cleared {@link CallMeta}. */
export function newCallMeta(): CallMeta {
  return {
    fn: null,
    funcName: '',
    behaviour: null,
    releaseRegno: 0,
    retBtf: null,
    retBtfId: 0,
    subprogno: 0,
    map: { ptr: null, uid: 0 },
    dynptr: { type: 0, id: 0, parentId: 0 },
    refObj: newRefObj(),
    retMem: { size: 0, found: false },
    kfunc: null,
    kfuncFlags: 0,
    btf: null,
    funcProto: null,
    r0Rdonly: false,
    argConstant: { value: 0n, found: false },
    argBtf: null,
    argBtfId: 0,
    argOwningRef: false,
    argProg: false,
    argListHead: null,
    argRbtreeRoot: null,
    iter: { spi: 0, frameno: 0 },
    msizeMaxValue: 0,
    constMapKey: 0,
    kptrField: null,
    argRawMem: { regno: 0, size: 0 },
  };
}

/** A cleared {@link RefObj}. */
export function newRefObj(): RefObj {
  return { id: 0, parentId: 0, cnt: 0 };
}

/** Notes that an argument refers to a referenced object (`update_ref_obj`). */
export function updateRefObj(refObj: RefObj, reg: RegState): void {
  refObj.id = reg.id;
  refObj.parentId = reg.parentId;
  refObj.cnt++;
}
