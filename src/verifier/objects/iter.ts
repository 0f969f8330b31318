// SPDX-License-Identifier: GPL-2.0-only
/** Open-coded iterators: state in stack slots, one reference, the record in the first slot. */
import { words } from '../../kernel/words';
import type { Btf } from '../../btf/types';
import { Kind } from '../../btf/types';
import { resolvePtr } from '../../btf/util';
import { Flag, RegType } from '../../kernel/types';
import { Kf } from '../../kernel/profile';
import { type CallMeta, updateRefObj } from '../call-meta';
import { inRcuReadSection } from '../contexts';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkMemAccess } from '../memory';
import { IterState, type RegState } from '../state/reg';
import { allKinds, EMPTY_SLOT, SlotType } from '../state/stack';
import { releaseElement } from './element';
import { acquireReference, releaseReference } from './refs';
import { BAD_PLACE, frameOf, NOT_ALLOCATED, objectRecord, objectSlot, scratchSlots } from './slots';
import { namedArg } from '../arg-no';

const ITER_PREFIX = 'bpf_iter_';

/** Iterator struct that a parameter points to, -1 if it is none (`kernel/bpf/btf.c: btf_check_iter_arg`). */
export function iterTypeOfParam(btf: Btf, paramType: number): number {
  const id = resolvePtr(btf, paramType);
  const type = id === null ? undefined : btf.type(id);
  return type?.kind === Kind.STRUCT && type.name.startsWith(ITER_PREFIX) ? type.id : -1;
}

/** Name of an iterator in messages: `num` for `struct bpf_iter_num` (`iter_type_str`). */
export function iterTypeStr(btf: Btf, btfId: number): string {
  const type = btf.type(btfId);
  return type === undefined || btfId === 0 ? '<invalid>' : type.name.slice(ITER_PREFIX.length);
}

/** An iterator type as the slots record it, and how many slots it takes. */
interface IterType {
  readonly btf: Btf;
  readonly btfId: number;
  readonly slots: number;
}

function iterSlot(env: VerifierEnv, reg: RegState, iter: IterType): number {
  return objectSlot(env, reg, 'iter', iter.slots);
}

/** `mark_stack_slots_iter`. */
function construct(env: VerifierEnv, reg: RegState, insnIdx: number, iter: IterType, rcuProtected: boolean): void {
  const spi = iterSlot(env, reg, iter);
  if (spi < 0)
    env.reject(spi === BAD_PLACE ? Errno.EINVAL : Errno.ERANGE, '', undefined, {
      kind: 'iterator',
      how: 'place',
      arg: 1,
      callee: '',
    });
  const id = acquireReference(env, insnIdx, 0);
  const trust = !rcuProtected ? 0 : inRcuReadSection(env) ? Flag.MEM_RCU : Flag.PTR_UNTRUSTED;
  const frame = frameOf(env, reg);
  for (let i = 0; i < iter.slots; i++) {
    const record = objectRecord(SlotType.ITER, {
      type: RegType.PTR_TO_STACK | trust,
      id: i === 0 ? id : 0,
      obj: iter.btf,
      num2: iter.btfId,
      num3: IterState.ACTIVE,
    });
    frame.setSlot(spi - i, record);
  }
  frame.slotMarks?.writeSlots(spi, iter.slots);
  scratchSlots(env, spi, iter.slots);
}

/** `unmark_stack_slots_iter`. */
function destroy(env: VerifierEnv, reg: RegState, spi: number, iter: IterType): void {
  const frame = frameOf(env, reg);
  const { id } = frame.stack[spi]!.reg;
  releaseElement(env, id);
  releaseReference(env, id);
  for (let i = 0; i < iter.slots; i++) frame.setSlot(spi - i, EMPTY_SLOT);
  frame.slotMarks?.writeSlots(spi, iter.slots);
  scratchSlots(env, spi, iter.slots);
}

/** `is_iter_reg_valid_uninit`. */
function validUninit(env: VerifierEnv, reg: RegState, iter: IterType): boolean {
  const spi = iterSlot(env, reg, iter);
  if (spi < 0) return spi === NOT_ALLOCATED;
  const { stack } = frameOf(env, reg);
  for (let i = 0; i < iter.slots; i++) {
    for (let byte = 0; byte < 8; byte++) if (stack[spi - i]!.kind(byte) === SlotType.ITER) return false;
  }
  return true;
}

/** First slot of an initialized iterator, or what is wrong with it (`is_iter_reg_valid_init`). */
function initializedSlot(env: VerifierEnv, reg: RegState, iter: IterType): number | 'uninitialized' | 'untrusted' {
  const spi = iterSlot(env, reg, iter);
  if (spi < 0) return 'uninitialized';
  const { stack } = frameOf(env, reg);
  for (let i = 0; i < iter.slots; i++) {
    const slot = stack[spi - i]!;
    const record = slot.reg;
    if ((record.type & Flag.PTR_UNTRUSTED) !== 0) return 'untrusted';
    if ((i === 0) === (record.id === 0)) return 'uninitialized';
    if (slot.kinds !== allKinds(SlotType.ITER)) return 'uninitialized';
    if (record.obj !== iter.btf || record.btfId !== iter.btfId) return 'uninitialized';
  }
  return spi;
}

/**
 * BTF that an iterator type is compared in. The kernel takes the kfunc's own, so that a module cannot take the kernel's iterators;
 * kfuncs which a policy adds for elements of iterators count as the kernel's.
 */
function typeHome(env: VerifierEnv, btf: Btf, typeId: number): Btf {
  return btf.base !== null && typeId < btf.startId && env.rules.iteratorElements ? btf.base : btf;
}

/** An iterator argument of `_new`, `_next`, `_destroy` or any other kfunc (`process_iter_arg`). `paramType` is its type in `meta.btf`. */
export function processIterArg(env: VerifierEnv, reg: RegState, arg: ArgNo, insnIdx: number, paramType: number, meta: CallMeta): void {
  const site = (): why.CallSite => ({ insn: insnIdx, callee: meta.funcName });
  if (reg.type !== RegType.PTR_TO_STACK) {
    env.reject(
      Errno.EINVAL,
      `${words(env.kernel.features, 'words.iterPlace')(namedArg(arg))} expected pointer to an iterator on stack\n`,
      () => why.noIterator(env, site(), arg, reg),
      {
        kind: 'iterator',
        how: 'place',
        arg,
        callee: meta.funcName,
      },
    );
  }
  const btfId = iterTypeOfParam(meta.btf!, paramType);
  const btf = typeHome(env, meta.btf!, btfId);
  const type = btf.type(Math.max(btfId, 0));
  if (type?.kind !== Kind.STRUCT) {
    env.reject(
      Errno.EINVAL,
      `expected valid iter pointer as ${words(env.kernel.features, 'words.iterArg')(namedArg(arg))}\n`,
      () => why.unknownIterator(env, site(), arg),
      {
        kind: 'iterator',
        how: 'type',
        arg,
        callee: meta.funcName,
      },
    );
  }
  const iter: IterType = { btf, btfId, slots: type.size >> 3 };

  if ((meta.kfuncFlags & Kf.ITER_NEW) !== 0) {
    if (!validUninit(env, reg, iter)) {
      env.reject(
        Errno.EINVAL,
        `expected uninitialized iter_${iterTypeStr(btf, btfId)} as ${words(env.kernel.features, 'words.iterArg')(namedArg(arg))}\n`,
        () => why.iterInitialized(insnIdx),
        {
          kind: 'iterator',
          how: 'initialised',
          arg,
          callee: meta.funcName,
          name: iterTypeStr(btf, btfId),
        },
      );
    }
    for (let i = 0; i < iter.slots * 8; i += 8) checkMemAccess(env, insnIdx, reg, arg, i, 8, 'write', -1);
    construct(env, reg, insnIdx, iter, (meta.kfuncFlags & Kf.RCU_PROTECTED) !== 0);
    return;
  }
  const spi = initializedSlot(env, reg, iter);
  if (spi === 'uninitialized') {
    env.reject(
      Errno.EINVAL,
      `expected an initialized iter_${iterTypeStr(btf, btfId)} as ${words(env.kernel.features, 'words.iterArg')(namedArg(arg))}\n`,
      () => why.iterUninitialized(insnIdx),
      {
        kind: 'iterator',
        how: 'uninitialised',
        arg,
        callee: meta.funcName,
        name: iterTypeStr(btf, btfId),
      },
    );
  }
  if (spi === 'untrusted') {
    env.reject(
      Errno.EPROTO,
      `expected an RCU CS when using ${meta.funcName}\n`,
      () =>
        why.regionRequired(
          env,
          insnIdx,
          meta.funcName,
          'Wrap iterator use in bpf_rcu_read_lock() and bpf_rcu_read_unlock(), keeping all exit paths balanced.',
        ),
      { kind: 'needs-rcu', callee: meta.funcName },
    );
  }
  scratchSlots(env, spi, iter.slots);
  frameOf(env, reg).slotMarks?.readSlots(spi, iter.slots);
  meta.iter.spi = spi;
  meta.iter.frameno = reg.frameno;
  updateRefObj(meta.refObj, frameOf(env, reg).stack[spi]!.reg);
  if ((meta.kfuncFlags & Kf.ITER_DESTROY) !== 0) destroy(env, reg, spi, iter);
}
