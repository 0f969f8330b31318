// SPDX-License-Identifier: GPL-2.0-only
/** Timers, workqueues and task work: fields of map values that a callback hangs on. */
import { constEquals, constNum, isConst } from '../domain';
import type { CallMeta } from '../call-meta';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { fieldTypeName } from '../memory';
import { type BtfRecord, FieldType } from '../state/map';
import type { RegState } from '../state/reg';
import { argName } from '../arg-no';

/** A pointer to a timer, workqueue or task work within a map value; its map is noted in `meta` (`check_map_field_pointer`). */
export function processMapField(env: VerifierEnv, reg: RegState, arg: ArgNo, field: FieldType, meta: CallMeta): void {
  const { map } = reg;
  const name = fieldTypeName(field);
  if (!isConst(reg.val)) {
    env.reject(Errno.EINVAL, `${argName(arg)} doesn't have constant offset. ${name} has to be at the constant offset\n`, undefined, {
      kind: 'pointer-offset',
      arg,
      how: 'variable',
    });
  }
  if (map.def.btf === null)
    env.reject(Errno.EINVAL, `map '${map.name}' has to have BTF in order to use ${name}\n`, undefined, {
      kind: 'map-field',
      arg,
      field: name,
      how: 'no-types',
      off: 0,
      map,
    });
  const { record } = map;
  if (record === null || (record.fieldMask & field) === 0)
    env.reject(Errno.EINVAL, `map '${map.name}' has no valid ${name}\n`, undefined, {
      kind: 'map-field',
      arg,
      field: name,
      how: 'missing',
      off: constNum(reg.val),
      map,
    });
  const off = fieldOffset(record, field);
  if (!constEquals(reg.val, off))
    env.reject(Errno.EINVAL, `off ${constNum(reg.val)} doesn't point to 'struct ${name}' that is at ${off}\n`, undefined, {
      kind: 'map-field',
      arg,
      field: name,
      how: 'offset',
      off: constNum(reg.val),
      map,
    });
  if (meta.map.ptr !== null) env.reject(Errno.EFAULT, `verifier bug: Two map pointers in a ${name} helper\n`);
  meta.map.uid = reg.mapUid;
  meta.map.ptr = map;
}

function fieldOffset(record: BtfRecord, field: FieldType): number {
  if (field === FieldType.TIMER) return record.timerOff;
  return field === FieldType.WORKQUEUE ? record.wqOff : record.taskWorkOff;
}

/** A timer argument (`process_timer_func`). */
export function processTimer(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta): void {
  if (env.kernel.config.has('CONFIG_PREEMPT_RT'))
    env.reject(Errno.EOPNOTSUPP, 'bpf_timer cannot be used for PREEMPT_RT.\n', undefined, {
      kind: 'unsupported',
      name: 'bpf_timer on a kernel with PREEMPT_RT',
    });
  processMapField(env, reg, arg, FieldType.TIMER, meta);
}
