// SPDX-License-Identifier: GPL-2.0-only
/**
 * Dynptrs: sixteen bytes of stack, or a register that the kernel hands to a callback.
 * ```
 *  fp-8n-8 ┌──────────────┐ slot spi-1: second half
 *  fp-8n   ├──────────────┤ slot spi:   first half; the record says type, id, parent
 *          └──────────────┘
 * ```
 */
import { words } from '../../kernel/words';
import { DYNPTR_TYPE_FLAG_MASK, Flag, RegType } from '../../kernel/types';
import { ArgType } from '../../kernel/types';
import { type DynptrDesc, type RefObj } from '../call-meta';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { dynptrTypeStr } from '../log/regtype';
import { checkMemAccess } from '../memory';
import { pointerReg, type RegState } from '../state/reg';
import { allKinds, SlotType, StackSlot } from '../state/stack';
import { acquireReference, releaseReference } from './refs';
import { regIsReferenced } from './lookup';
import { destroyIfDynptrStackSlot, DYNPTR_SLOTS, dynptrSlot, DynptrType, dynptrTypeReferenced } from './dynptr-slots';
import { BAD_PLACE, frameOf, scratchSlots } from './slots';
import { argName, namedArg } from '../arg-no';

/** `BPF_DYNPTR_NR_SLOTS`. */
export const TYPE_FLAGS: readonly (readonly [DynptrType, Flag])[] = [
  [DynptrType.LOCAL, Flag.DYNPTR_TYPE_LOCAL],
  [DynptrType.RINGBUF, Flag.DYNPTR_TYPE_RINGBUF],
  [DynptrType.SKB, Flag.DYNPTR_TYPE_SKB],
  [DynptrType.XDP, Flag.DYNPTR_TYPE_XDP],
  [DynptrType.SKB_META, Flag.DYNPTR_TYPE_SKB_META],
  [DynptrType.FILE, Flag.DYNPTR_TYPE_FILE],
];

/** Dynptr type that an argument type names, INVALID if none or several (`arg_to_dynptr_type`). */
export function dynptrTypeOfArg(argType: number): DynptrType {
  const flag = argType & DYNPTR_TYPE_FLAG_MASK;
  return TYPE_FLAGS.find((t) => t[1] === flag)?.[0] ?? DynptrType.INVALID;
}

/** Type flag of a dynptr type, 0 for INVALID (`get_dynptr_type_flag`). */
export function dynptrTypeFlag(type: number): number {
  return TYPE_FLAGS.find((t) => t[0] === type)?.[1] ?? 0;
}

const BYTES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7];

/** How a message names an argument that is a dynptr. */
function dynptrName(env: VerifierEnv, arg: ArgNo): string {
  const { features } = env.kernel;
  const named = namedArg(arg);
  return words(features, 'words.dynptrArg')({ ...named, index: words(features, 'words.dynptrFromZero')(named.index) });
}

function dynptrReg(type: number, first: boolean, id: number, parentId: number): RegState {
  return pointerReg(RegType.CONST_PTR_TO_DYNPTR, { id, parentId, num: type, num2: first ? 1 : 0 });
}

/** A dynptr that the kernel hands to a callback (`mark_dynptr_cb_reg`). */
export function markDynptrCbReg(env: VerifierEnv, type: DynptrType): RegState {
  return dynptrReg(type, true, env.nextId(), 0);
}

/** `mark_stack_slots_dynptr`. */
function construct(
  env: VerifierEnv,
  reg: RegState,
  argType: number,
  insnIdx: number,
  refObj: RefObj | null,
  source: DynptrDesc | null,
): void {
  const spi = dynptrSlot(env, reg);
  if (spi < 0) env.reject(spi === BAD_PLACE ? Errno.EINVAL : Errno.ERANGE, '', undefined, { kind: 'dynptr', how: 'place' });
  const frame = frameOf(env, reg);
  // either half may belong to another dynptr
  destroyIfDynptrStackSlot(env, frame, spi);
  destroyIfDynptrStackSlot(env, frame, spi - 1);

  const type = dynptrTypeOfArg(argType);
  if (type === DynptrType.INVALID) env.reject(Errno.EINVAL, '', undefined, { kind: 'dynptr', how: 'type' });
  const inOrder = env.kernel.features['pruning.dynptrIds'];
  const early = !inOrder && env.kernel.features['dynptr.identity'] ? env.nextId() : 0;
  let parentId: number;
  if (source === null || source.type === DynptrType.INVALID) {
    if (refObj !== null && refObj.cnt > 1)
      env.reject(Errno.EFAULT, `verifier bug: function expects only one referenced object but got ${refObj.cnt}\n\n`);
    parentId = inOrder ? (refObj?.id ?? 0) : 0;
    if (dynptrTypeReferenced(type)) parentId = acquireReference(env, insnIdx, parentId);
  } else {
    parentId = source.parentId;
  }
  const id = inOrder ? env.nextId() : early;
  const kinds = allKinds(SlotType.DYNPTR);
  frame.setSlot(spi, new StackSlot(kinds, dynptrReg(type, true, id, parentId)));
  frame.setSlot(spi - 1, new StackSlot(kinds, dynptrReg(type, false, id, parentId)));
  frame.slotMarks?.writeSlots(spi, DYNPTR_SLOTS);
}

/** Releases the dynptr that a stack pointer points to; of a referenced one all clones and slices go (`unmark_stack_slots_dynptr`). */
export function releaseDynptr(env: VerifierEnv, reg: RegState): void {
  const spi = dynptrSlot(env, reg);
  if (spi < 0) env.reject(spi === BAD_PLACE ? Errno.EINVAL : Errno.ERANGE, '', undefined, { kind: 'dynptr', how: 'place' });
  const dynptr = frameOf(env, reg).stack[spi]!.reg;
  releaseReference(env, dynptrTypeReferenced(dynptr.dynptrType) ? dynptr.parentId : dynptr.id);
}

function validUninit(env: VerifierEnv, reg: RegState): boolean {
  if (reg.type === RegType.CONST_PTR_TO_DYNPTR) return false;
  const spi = dynptrSlot(env, reg);
  if (spi < 0 || env.kernel.features['dynptr.identity']) return spi !== BAD_PLACE;
  const { stack } = frameOf(env, reg);
  return ![stack[spi]!, stack[spi - 1]!].some((slot) => BYTES.some((i) => slot.kind(i) === SlotType.DYNPTR));
}

function validInit(env: VerifierEnv, reg: RegState): boolean {
  if (reg.type === RegType.CONST_PTR_TO_DYNPTR) return true;
  const spi = dynptrSlot(env, reg);
  if (spi < 0) return false;
  const { stack } = frameOf(env, reg);
  const whole = allKinds(SlotType.DYNPTR);
  return stack[spi]!.kinds === whole && stack[spi]!.reg.dynptrFirstSlot && stack[spi - 1]!.kinds === whole;
}

/** Kernels that look at once whether there is something to release. */
function requireReference(env: VerifierEnv, reg: RegState, arg: ArgNo, site: why.CallSite): void {
  if (!env.kernel.features['words.releasedArg'] && !holdsReference(env, reg)) {
    env.reject(Errno.EINVAL, `arg ${namedArg(arg).index + 1} is an unacquired reference\n`, undefined, {
      kind: 'not-owned',
      arg,
      callee: site.callee,
    });
  }
}

/** Whether what is released is, or lies in, a slot that stands for a reference; what is no stack is judged later. */
function holdsReference(env: VerifierEnv, reg: RegState): boolean {
  if (reg.type !== RegType.PTR_TO_STACK) return env.kernel.features['dynptr.identity'] || reg.type !== RegType.CONST_PTR_TO_DYNPTR;
  const spi = dynptrSlot(env, reg);
  const slot = spi < 0 ? undefined : frameOf(env, reg).stack[spi];
  if (slot === undefined) return false;
  return slot.kinds === allKinds(SlotType.DYNPTR) ? slot.reg.parentId !== 0 : regIsReferenced(env, slot.reg);
}

function typeOf(env: VerifierEnv, reg: RegState): DynptrType {
  if (reg.type === RegType.CONST_PTR_TO_DYNPTR) return reg.dynptrType;
  const spi = dynptrSlot(env, reg);
  return spi < 0 ? DynptrType.INVALID : frameOf(env, reg).stack[spi]!.reg.dynptrType;
}

/**
 * A dynptr argument of a helper, kfunc or subprogram (`process_dynptr_func`).
 * @param argType `ArgType.PTR_TO_DYNPTR` with MEM_UNINIT for one to construct, OBJ_RELEASE for one to release, a type flag if one type only
 * @param refObj object that a constructed dynptr hangs on
 * @param dynptr filled with what an initialized one is; with a type in it, a constructed one becomes its clone
 */
export function processDynptr(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  site: why.CallSite,
  argType: number,
  refObj: RefObj | null,
  dynptr: DynptrDesc | null,
): void {
  if (reg.type !== RegType.PTR_TO_STACK && reg.type !== RegType.CONST_PTR_TO_DYNPTR) {
    env.reject(
      Errno.EINVAL,
      `${argName(arg)} expected pointer to stack or const struct bpf_dynptr\n`,
      () => why.noDynptr(env, site, arg, reg),
      {
        kind: 'dynptr',
        how: 'type',
        arg,
        callee: site.callee,
      },
    );
  }
  if ((argType & Flag.OBJ_RELEASE) !== 0) requireReference(env, reg, arg, site);
  if (!env.kernel.features['dynptr.identity'] && reg.type === RegType.CONST_PTR_TO_DYNPTR) {
    if (dynptr !== null) dynptr.type = reg.dynptrType;
    return;
  }
  if ((argType & Flag.MEM_UNINIT) !== 0) {
    const { insn } = site;
    if (!validUninit(env, reg))
      env.reject(Errno.EINVAL, 'Dynptr has to be an uninitialized dynptr\n', () => why.dynptrInitialized(insn), {
        kind: 'dynptr',
        how: 'initialised',
        arg,
        callee: site.callee,
      });
    for (let i = 0; i < DYNPTR_SLOTS * 8; i += 8) checkMemAccess(env, insn, reg, arg, i, 8, 'write', -1);
    construct(env, reg, argType, insn, refObj, dynptr);
    return;
  }
  if (reg.type === RegType.CONST_PTR_TO_DYNPTR && (argType & Flag.OBJ_RELEASE) !== 0) {
    env.reject(Errno.EINVAL, `${words(env.kernel.features, 'words.constDynptr')()}\n`, () => why.constDynptrRelease(site.insn), {
      kind: 'dynptr',
      how: 'constant',
      arg,
      callee: site.callee,
    });
  }
  if (!validInit(env, reg)) {
    env.reject(Errno.EINVAL, `Expected an initialized dynptr as ${dynptrName(env, arg)}\n`, () => why.dynptrUninitialized(site.insn), {
      kind: 'dynptr',
      how: 'uninitialised',
      arg,
      callee: site.callee,
    });
  }
  // MEM_RDONLY says in older prototypes that the call leaves the dynptr as it is
  const expected = argType & ~(Flag.OBJ_RELEASE | Flag.MEM_RDONLY);
  if (expected !== ArgType.PTR_TO_DYNPTR && typeOf(env, reg) !== dynptrTypeOfArg(expected)) {
    env.reject(
      Errno.EINVAL,
      `Expected a dynptr of type ${dynptrTypeStr(dynptrTypeOfArg(expected))} as ${dynptrName(env, arg)}\n`,
      () => why.otherDynptrType(env, site, arg, typeOf(env, reg), dynptrTypeOfArg(expected)),
      { kind: 'dynptr', how: 'other', arg, callee: site.callee },
    );
  }
  let record = reg;
  if (reg.type !== RegType.CONST_PTR_TO_DYNPTR) {
    const spi = dynptrSlot(env, reg);
    const { features } = env.kernel;
    if (features['liveness.dataFlow']) scratchSlots(env, spi, DYNPTR_SLOTS);
    if (features['dynptr.identity']) frameOf(env, reg).slotMarks?.readSlots(spi, DYNPTR_SLOTS);
    record = frameOf(env, reg).stack[spi]!.reg;
  }
  if (dynptr !== null) {
    dynptr.type = record.dynptrType;
    dynptr.id = record.id;
    dynptr.parentId = record.parentId;
  }
}
