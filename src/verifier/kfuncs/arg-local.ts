// SPDX-License-Identifier: GPL-2.0-only
/** Arguments that point to objects which the program allocated: whole objects, list and tree roots, nodes. */
import { Flag, RegType } from '../../kernel/types';
import type { CallMeta } from '../call-meta';
import { inRbtreeLockRequiredCb } from '../calls/callbacks';
import { type Failure, why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regBtfRecord } from '../memory';
import { isAllocObj, isNonOwningRef } from '../state/reg-kinds';
import { isRbtreeAdd, processGraphNode, processGraphRoot } from '../objects/graph';
import { FieldType } from '../state/map';
import type { RegState } from '../state/reg';
import { isObjDrop, isPercpuObjDrop } from './special';
import type { KfuncArg } from './kinds';
import { regIsReferenced } from '../objects/lookup';
import { kfuncArgName } from '../arg-no';

const OWNED = RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC;

function requireReferenced(env: VerifierEnv, reg: RegState, arg: ArgNo, report?: () => Failure): void {
  if (!regIsReferenced(env, reg))
    env.reject(Errno.EINVAL, 'allocated object must be referenced\n', report, {
      kind: 'not-owned',
      arg,
      callee: '',
    });
}

/** How names of kfuncs end that once had an argument more. */
function impl(env: VerifierEnv): string {
  return env.kernel.features['words.kfuncArg'] ? '' : '_impl';
}

/** A whole object (`__alloc`). */
export function checkAllocArg(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta, site: why.CallSite): void {
  if (reg.type === OWNED) {
    if (!isObjDrop(meta.behaviour))
      env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} expected for bpf_obj_drop${impl(env)}()\n`, undefined, {
        kind: 'argument',
        arg,
        callee: site.callee,
        needs: 'an object of bpf_obj_new',
      });
  } else if (reg.type === (OWNED | Flag.MEM_PERCPU)) {
    if (!isPercpuObjDrop(meta.behaviour))
      env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} expected for bpf_percpu_obj_drop${impl(env)}()\n`, undefined, {
        kind: 'argument',
        arg,
        callee: site.callee,
        needs: 'an object of bpf_percpu_obj_new',
      });
  } else {
    env.reject(
      Errno.EINVAL,
      `${kfuncArgName(env, arg)} expected pointer to allocated object\n`,
      () => why.noAllocated(env, site, arg, reg),
      {
        kind: 'argument',
        arg,
        callee: site.callee,
        needs: 'an object that the program allocated',
      },
    );
  }
  requireReferenced(env, reg, arg, () => why.disowned(env, site, arg));
  if (meta.btf === env.kernel.btf) {
    meta.argBtf = reg.btf;
    meta.argBtfId = reg.btfId;
  }
}

/** A refcounted object (`__refcounted_kptr`). */
export function checkRefcountedArg(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta, site: why.CallSite): void {
  if (!isAllocObj(reg.type)) {
    env.reject(
      Errno.EINVAL,
      `${kfuncArgName(env, arg)} is neither owning or non-owning ref\n`,
      () => why.noRefcounted(env, site, arg, reg),
      {
        kind: 'argument',
        arg,
        callee: site.callee,
        needs: 'an object with a reference count',
      },
    );
  }
  if (!isNonOwningRef(reg.type) && regIsReferenced(env, reg)) meta.argOwningRef = true;
  const record = regBtfRecord(env, reg);
  if (record === null) env.reject(Errno.EFAULT, "verifier bug: Couldn't find btf_record\n");
  if (record.refcountOff < 0)
    env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} doesn't point to a type with bpf_refcount field\n`, undefined, {
      kind: 'argument',
      arg,
      callee: site.callee,
      needs: 'an object with a struct bpf_refcount',
    });
  meta.argBtf = reg.btf;
  meta.argBtfId = reg.btfId;
}

/** A list head or tree root. */
export function checkRootArg(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  type: FieldType.LIST_HEAD | FieldType.RB_ROOT,
  meta: CallMeta,
): void {
  if (reg.type !== RegType.PTR_TO_MAP_VALUE && reg.type !== OWNED) {
    env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} expected pointer to map value or allocated object\n`, undefined, {
      kind: 'argument',
      arg,
      callee: meta.funcName,
      needs: 'a list or tree in a map value or allocated object',
    });
  }
  if (reg.type === OWNED) requireReferenced(env, reg, arg);
  processGraphRoot(env, reg, arg, type, meta);
}

function requireOwned(env: VerifierEnv, reg: RegState, arg: ArgNo): void {
  if (reg.type !== OWNED)
    env.reject(Errno.EINVAL, `${kfuncArgName(env, arg)} expected pointer to allocated object\n`, undefined, {
      kind: 'argument',
      arg,
      callee: '',
      needs: 'a node in an object that the program allocated',
    });
  requireReferenced(env, reg, arg);
}

/** A list node. */
export function checkListNodeArg(env: VerifierEnv, reg: RegState, arg: ArgNo, param: KfuncArg, meta: CallMeta): void {
  const borrowed = param.nonownAllowed && isNonOwningRef(reg.type) && !regIsReferenced(env, reg);
  if (!borrowed) requireOwned(env, reg, arg);
  processGraphNode(env, reg, arg, FieldType.LIST_NODE, meta);
}

/** A tree node. */
export function checkRbNodeArg(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta): void {
  if (isRbtreeAdd(meta.behaviour)) {
    requireOwned(env, reg, arg);
  } else {
    if (!isNonOwningRef(reg.type) && !regIsReferenced(env, reg)) {
      env.reject(Errno.EINVAL, `${meta.funcName} can only take non-owning or refcounted bpf_rb_node pointer\n`, undefined, {
        kind: 'argument',
        arg,
        callee: meta.funcName,
        needs: 'a node that is in a tree',
      });
    }
    if (inRbtreeLockRequiredCb(env))
      env.reject(Errno.EINVAL, `${meta.funcName} not allowed in rbtree cb\n`, undefined, {
        kind: 'call-in-callback',
        callee: meta.funcName,
      });
  }
  processGraphNode(env, reg, arg, FieldType.RB_NODE, meta);
}
