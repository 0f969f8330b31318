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
 * Helpers and kfuncs share it. A verification has one for the call at hand (`VerifierEnv.callMeta`), which {@link clear} makes new: a call is over
 * before the next begins, and making eight objects for each was a twenty-fifth of all that is allocated.
 */
export class CallMeta {
  // common
  /** Helper prototype, null for kfuncs and subprograms. */
  fn: HelperProto | null = null;
  /** Name in messages (`func_id_name` or the kfunc's name), '' for subprograms. */
  funcName = '';
  /** Behaviour tag of the callee, null if none. */
  behaviour: Behaviour | null = null;
  /** Register that the call releases, 0 if none. */
  releaseRegno = 0;
  /** Type of the returned object, 0 if no argument settles it. */
  retBtf: Btf | null = null;
  retBtfId = 0;
  subprogno = 0;
  /** Map passed by an earlier argument (or that holds the timer, work…), with the identity of an inner map. */
  readonly map: { ptr: BpfMap | null; uid: number } = { ptr: null, uid: 0 };
  readonly dynptr: DynptrDesc = { type: 0, id: 0, parentId: 0 };
  readonly refObj: RefObj = newRefObj();
  /** Size of the returned memory, from a constant size argument. */
  readonly retMem = { size: 0, found: false };

  // kfuncs only
  kfunc: Kfunc | null = null;
  /** {@link Kf} bits. */
  kfuncFlags = 0;
  /** BTF of the kfunc and its prototype. */
  btf: Btf | null = null;
  funcProto: BtfOf<Kind.FUNC_PROTO> | null = null;
  r0Rdonly = false;
  /** A constant scalar argument, as u64. */
  readonly argConstant = { value: 0n, found: false };
  /** Local object type that a drop, refcount or graph argument names. */
  argBtf: Btf | null = null;
  argBtfId = 0;
  argOwningRef = false;
  argProg = false;
  argListHead: BtfField | null = null;
  argRbtreeRoot: BtfField | null = null;
  /** First slot of the iterator argument. */
  readonly iter = { spi: 0, frameno: 0 };

  // helpers only
  /** Upper bound of the memory size argument (u64, exact below 2^53). */
  msizeMaxValue = 0;
  /** Constant key of a map look-up, −1 if not known. */
  constMapKey = 0;
  kptrField: BtfField | null = null;
  /** Memory argument that the call fills in: its register (0: none) and the bytes that are written whatever happens. */
  readonly argRawMem = { regno: 0, size: 0 };

  /** Forgets everything: as new, for another call. Returns itself. */
  clear(): this {
    this.fn = null;
    this.funcName = '';
    this.behaviour = null;
    this.releaseRegno = 0;
    this.retBtf = null;
    this.retBtfId = 0;
    this.subprogno = 0;
    this.map.ptr = null;
    this.map.uid = 0;
    this.dynptr.type = 0;
    this.dynptr.id = 0;
    this.dynptr.parentId = 0;
    this.refObj.id = 0;
    this.refObj.parentId = 0;
    this.refObj.cnt = 0;
    this.retMem.size = 0;
    this.retMem.found = false;
    this.kfunc = null;
    this.kfuncFlags = 0;
    this.btf = null;
    this.funcProto = null;
    this.r0Rdonly = false;
    this.argConstant.value = 0n;
    this.argConstant.found = false;
    this.argBtf = null;
    this.argBtfId = 0;
    this.argOwningRef = false;
    this.argProg = false;
    this.argListHead = null;
    this.argRbtreeRoot = null;
    this.iter.spi = 0;
    this.iter.frameno = 0;
    this.msizeMaxValue = 0;
    this.constMapKey = 0;
    this.kptrField = null;
    this.argRawMem.regno = 0;
    this.argRawMem.size = 0;
    return this;
  }
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
