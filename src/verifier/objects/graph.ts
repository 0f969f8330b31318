// SPDX-License-Identifier: GPL-2.0-only
/** Linked lists and red-black trees of the program's own objects: ownership of nodes, and the lock that must be held. */
import { type Behaviour, behaviours } from '../../kernel/behaviour';
import { Flag, RegType } from '../../kernel/types';
import type { Btf } from '../../btf/types';
import { constLow32, isConst } from '../domain';
import { constNumber } from '../domain/query';
import type { CallMeta } from '../call-meta';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { btfStructIdsMatch, fieldTypeName, recordFindField, regBtfRecord } from '../memory';
import { isAlloc } from '../state/reg-kinds';
import { mapAllRegs } from '../regs';
import { type BtfField, FieldType } from '../state/map';
import { makeReg, type RegState } from '../state/reg';
import { activeLock } from './context';
import { lockObject } from './lock';
import { releaseReferenceNomark } from './refs';
import { argName } from '../arg-no';

/** Kfuncs that take or give nodes of a list, by behaviour tag (`is_bpf_list_api_kfunc`). */
const LIST_PUSH = behaviours('list_push_front', 'list_push_front_impl', 'list_push_back', 'list_push_back_impl', 'list_add');
const LIST_NODE_ARG = behaviours(...LIST_PUSH, 'list_del', 'list_is_first', 'list_is_last');
const LIST_API = behaviours(...LIST_NODE_ARG, 'list_pop_front', 'list_pop_back', 'list_front', 'list_back', 'list_empty');
const RBTREE_ADD = behaviours('rbtree_add', 'rbtree_add_impl');
const RBTREE_NODE_ARG = behaviours(...RBTREE_ADD, 'rbtree_remove', 'rbtree_left', 'rbtree_right');
const RBTREE_API = behaviours(...RBTREE_NODE_ARG, 'rbtree_first', 'rbtree_root');

/** A kfunc that puts its node into a list (`is_bpf_list_push_kfunc`). */
export function isListPush(behaviour: Behaviour | null): boolean {
  return LIST_PUSH.has(behaviour);
}
/** A kfunc that puts its node into a tree (`is_bpf_rbtree_add_kfunc`). */
export function isRbtreeAdd(behaviour: Behaviour | null): boolean {
  return RBTREE_ADD.has(behaviour);
}
/** A kfunc that needs a tree's lock (`is_bpf_rbtree_api_kfunc`). */
export function isRbtreeApi(behaviour: Behaviour | null): boolean {
  return RBTREE_API.has(behaviour);
}

/** Pointer to the node of an object that is in a list or tree, not yet marked as owned or not (`mark_reg_graph_node`). */
export function graphNodeReg(field: BtfField): RegState {
  const root = field.graphRoot!;
  return makeReg(RegType.PTR_TO_BTF_ID | Flag.MEM_ALLOC, constNumber(root.nodeOffset), { obj: root.btf, num2: root.valueBtfId });
}

/** The same pointer as a non-owning reference: valid while the lock is held (`ref_set_non_owning`). */
export function asNonOwning(env: VerifierEnv, reg: RegState): RegState {
  if (activeLock(env) === undefined) {
    env.verbose('verifier bug: ref_set_non_owning w/o active lock\n');
    return reg;
  }
  const record = regBtfRecord(env, reg);
  const rcu = record !== null && record.refcountOff >= 0 ? Flag.MEM_RCU : 0;
  return reg.withType(reg.type | Flag.NON_OWN_REF | rcu);
}

/** An owned object was put into a list or tree: its pointers stay as non-owning references (`ref_convert_owning_non_owning`). */
export function convertOwningNonOwning(env: VerifierEnv, id: number): void {
  releaseReferenceNomark(env, id);
  mapAllRegs(env.cur, (reg) => (reg.id === id ? asNonOwning(env, reg.withId(0)) : reg));
}

/** Whether the lock in the same object as a root is held (`check_reg_allocation_locked`). */
function allocationLocked(env: VerifierEnv, reg: RegState): boolean {
  if (activeLock(env) === undefined) return false;
  const object = lockObject(reg);
  const locked = env.cur.held.entries.some((e) => e.cls.token === 'object' && e.id === reg.id && e.object === object);
  if (!locked) env.verbose('held lock and object are not in the same allocation\n');
  return locked;
}

function requireConstOffset(env: VerifierEnv, reg: RegState, arg: ArgNo, name: string): number {
  if (!isConst(reg.val))
    env.reject(Errno.EINVAL, `${argName(arg)} doesn't have constant offset. ${name} has to be at the constant offset\n`, undefined, {
      kind: 'pointer-offset',
      arg,
      how: 'variable',
    });
  return constLow32(reg.val);
}

/** A list head or tree root argument (`__process_kf_arg_ptr_to_graph_root`). `type` is LIST_HEAD or RB_ROOT. */
export function processGraphRoot(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  type: FieldType.LIST_HEAD | FieldType.RB_ROOT,
  meta: CallMeta,
): void {
  const isList = type === FieldType.LIST_HEAD;
  const name = fieldTypeName(type);
  if (!(isList ? LIST_API : RBTREE_API).has(meta.behaviour)) {
    env.reject(Errno.EFAULT, `verifier internal error: ${name} head arg for unknown kfunc\n`);
  }
  const off = requireConstOffset(env, reg, arg, name);
  const record = regBtfRecord(env, reg);
  const field = recordFindField(record, off >>> 0, type);
  if (field === null)
    env.reject(Errno.EINVAL, `${name} not found at offset=${off >>> 0}\n`, undefined, {
      kind: 'map-field',
      arg,
      field: name,
      how: 'offset',
      off: off >>> 0,
      map: null,
    });
  if (!allocationLocked(env, reg)) {
    env.reject(Errno.EINVAL, `bpf_spin_lock at off=${record!.spinLockOff} must be held for ${name}\n`, undefined, {
      kind: 'lock-needed',
      field: name,
      arg,
    });
  }
  if ((isList ? meta.argListHead : meta.argRbtreeRoot) !== null) env.reject(Errno.EFAULT, `verifier bug: repeating ${name} arg\n`);
  if (isList) meta.argListHead = field;
  else meta.argRbtreeRoot = field;
}

/** A node argument: it must fit the root that came before it (`__process_kf_arg_ptr_to_graph_node`). `type` is LIST_NODE or RB_NODE. */
export function processGraphNode(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  type: FieldType.LIST_NODE | FieldType.RB_NODE,
  meta: CallMeta,
): void {
  const isList = type === FieldType.LIST_NODE;
  const name = fieldTypeName(type);
  if (!(isList ? LIST_NODE_ARG : RBTREE_NODE_ARG).has(meta.behaviour)) {
    env.reject(Errno.EFAULT, `verifier internal error: ${name} node arg for unknown kfunc\n`);
  }
  const off = requireConstOffset(env, reg, arg, name);
  if (recordFindField(regBtfRecord(env, reg), off >>> 0, type) === null)
    env.reject(Errno.EINVAL, `${name} not found at offset=${off >>> 0}\n`, undefined, {
      kind: 'node-offset',
      arg,
      field: name,
      off,
      wanted: '',
      at: -1,
    });
  const root = (isList ? meta.argListHead : meta.argRbtreeRoot)?.graphRoot;
  if (root === undefined || root === null) env.unmodelled(`${meta.funcName}: node argument without a root before it`);
  const wanted = structName(root.btf, root.valueBtfId);
  if (!btfStructIdsMatch(env, reg.btf, reg.btfId, 0, root.btf, root.valueBtfId, true, !isAlloc(reg.type))) {
    env.reject(
      Errno.EINVAL,
      `operation on ${fieldTypeName(isList ? FieldType.LIST_HEAD : FieldType.RB_ROOT)} expects arg#1 ${name} at offset=${root.nodeOffset} ` +
        `in struct ${wanted}, but arg is at offset=${off} in struct ${structName(reg.btf, reg.btfId)}\n`,
      undefined,
      {
        kind: 'node-offset',
        arg,
        field: name,
        off,
        wanted,
        at: root.nodeOffset,
      },
    );
  }
  meta.argBtf = reg.btf;
  meta.argBtfId = reg.btfId;
  if (off !== root.nodeOffset) {
    env.reject(Errno.EINVAL, `arg#1 offset=${off}, but expected ${name} at offset=${root.nodeOffset} in struct ${wanted}\n`, undefined, {
      kind: 'node-offset',
      arg,
      field: name,
      off,
      wanted,
      at: root.nodeOffset,
    });
  }
}

function structName(btf: Btf, id: number): string {
  return btf.type(id)?.name ?? '';
}
