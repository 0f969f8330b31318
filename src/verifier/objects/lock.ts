// SPDX-License-Identifier: GPL-2.0-only
/** Locks in map values and allocated objects: held under the identity of the object, last in, first out. */
import { RegType } from '../../kernel/types';
import type { ContextClass } from '../../policy/types';
import { constEquals, constNum, isConst } from '../domain';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regBtfRecord } from '../memory';
import { FieldType } from '../state/map';
import type { RegState } from '../state/reg';
import { activeLock } from './context';
import { invalidateNonOwningRefs } from './refs';
import { demoteIfOutsideRcu } from './rcu-protection';
import { argName } from '../arg-no';

/** What tells the object that a register points to from others, beside the register's id: its map, or its BTF. */
export function lockObject(reg: RegState): object {
  return reg.obj!;
}

/**
 * A lock argument (`process_spin_lock`).
 * @param cls class that is taken or given back
 * @param field kind of lock, SPIN_LOCK or RES_SPIN_LOCK
 */
export function processSpinLock(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  cls: ContextClass,
  isLock: boolean,
  field: FieldType = FieldType.SPIN_LOCK,
): void {
  const resilient = field === FieldType.RES_SPIN_LOCK;
  const lock = resilient ? 'bpf_res_spin' : 'bpf_spin';
  if (!isConst(reg.val)) {
    env.reject(Errno.EINVAL, `${argName(arg)} doesn't have constant offset. ${lock}_lock has to be at the constant offset\n`, undefined, {
      kind: 'pointer-offset',
      arg,
      how: 'variable',
    });
  }
  const map = reg.type === RegType.PTR_TO_MAP_VALUE ? reg.map : null;
  if (map !== null && map.def.btf === null) {
    env.reject(Errno.EINVAL, `map '${map.name}' has to have BTF in order to use ${lock}_lock\n`, undefined, {
      kind: 'map-field',
      arg,
      field: `${lock}_lock`,
      how: 'no-types',
      off: 0,
      map,
    });
  }
  const record = regBtfRecord(env, reg);
  if (record === null || (record.fieldMask & field) === 0) {
    env.reject(
      Errno.EINVAL,
      `${map === null ? 'local' : 'map'} '${map === null ? 'kptr' : map.name}' has no valid ${lock}_lock\n`,
      undefined,
      {
        kind: 'map-field',
        arg,
        field: `${lock}_lock`,
        how: 'missing',
        off: constNum(reg.val),
        map,
      },
    );
  }
  const off = resilient ? record.resSpinLockOff : record.spinLockOff;
  if (!constEquals(reg.val, off)) {
    env.reject(Errno.EINVAL, `off ${constNum(reg.val)} doesn't point to 'struct ${lock}_lock' that is at ${off}\n`, undefined, {
      kind: 'map-field',
      arg,
      field: `${lock}_lock`,
      how: 'offset',
      off: constNum(reg.val),
      map,
    });
  }

  const object = lockObject(reg);
  if (isLock) {
    // two kinds of lock never share an object, so the same object means the same kind
    const again =
      cls.nesting === 'once'
        ? env.cur.held.entries.find((e) => e.cls.token === 'object' && e.id === reg.id && e.object === object)
        : undefined;
    if (again !== undefined) {
      env.reject(
        Errno.EINVAL,
        `${cls.words.nested ?? `${cls.title} is already held and does not nest`}\n`,
        () => why.recursiveLock(env, again),
        {
          kind: 'lock-state',
          how: 'again',
          held: again,
        },
      );
    }
    env.cur.held = env.cur.held.push({ cls, id: reg.id, insn: env.insnIdx, parentId: 0, object, forbids: cls.forbids });
    return;
  }
  const active = activeLock(env);
  if (active === undefined)
    env.reject(Errno.EINVAL, `${lock}_unlock without taking a lock\n`, () => why.unlockWithoutLock(env), {
      kind: 'lock-state',
      how: 'not-held',
      held: null,
    });
  const held = env.cur.held.newest((e) => e.cls === cls && e.id === reg.id && e.object === object);
  if (held === undefined)
    env.reject(Errno.EINVAL, `${lock}_unlock of different lock\n`, () => why.otherLock(env, active), {
      kind: 'lock-state',
      how: 'other',
      held: active,
    });
  const newest = env.cur.held.newest((e) => cls.order !== null && e.cls.order === cls.order) ?? held;
  if (newest.id !== reg.id || newest.object !== object) {
    env.reject(Errno.EINVAL, `${lock}_unlock cannot be out of order\n`, () => why.unlockOutOfOrder(env, newest), {
      kind: 'lock-state',
      how: 'order',
      held: newest,
    });
  }
  env.cur.held = env.cur.held.remove(newest);
  // before demotion, which would hide them
  invalidateNonOwningRefs(env);
  if (env.kernel.features['rcu.lockEnds']) demoteIfOutsideRcu(env);
}
