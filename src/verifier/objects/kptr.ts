// SPDX-License-Identifier: GPL-2.0-only
import { constLow32, isConst } from '../domain';
import type { CallMeta } from '../call-meta';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { recordFindField, regBtfRecord } from '../memory';
import { isAllocObj } from '../state/reg-kinds';
import { FieldType } from '../state/map';

/** The field that `bpf_kptr_xchg` exchanges: a referenced kptr in a map value or an allocated object (`process_kptr_func`). */
export function processKptr(env: VerifierEnv, regno: number, meta: CallMeta): void {
  const reg = env.regs[regno]!;
  if (!isAllocObj(reg.type)) {
    const { map } = reg;
    if (map.def.btf === null)
      env.reject(Errno.EINVAL, `map '${map.name}' has to have BTF in order to use bpf_kptr_xchg\n`, undefined, {
        kind: 'map-field',
        arg: regno,
        field: 'kptr',
        how: 'no-types',
        off: 0,
        map,
      });
    meta.map.ptr = map;
  }
  const record = regBtfRecord(env, reg);
  if (!isConst(reg.val))
    env.reject(Errno.EINVAL, `R${regno} doesn't have constant offset. kptr has to be at the constant offset\n`, undefined, {
      kind: 'pointer-offset',
      arg: regno,
      how: 'variable',
    });
  if (record === null || (record.fieldMask & FieldType.KPTR) === 0)
    env.reject(Errno.EINVAL, `R${regno} has no valid kptr\n`, undefined, {
      kind: 'map-field',
      arg: regno,
      field: 'kptr',
      how: 'missing',
      off: 0,
      map: isAllocObj(reg.type) ? null : reg.map,
    });
  const off = constLow32(reg.val);
  const field = recordFindField(record, off >>> 0, FieldType.KPTR);
  if (field === null)
    env.reject(Errno.EACCES, `off=${off} doesn't point to kptr\n`, undefined, {
      kind: 'map-field',
      arg: regno,
      field: 'kptr',
      how: 'offset',
      off,
      map: isAllocObj(reg.type) ? null : reg.map,
    });
  if (field.type !== FieldType.KPTR_REF && field.type !== FieldType.KPTR_PERCPU) {
    env.reject(Errno.EACCES, `off=${off} kptr isn't referenced kptr\n`, undefined, {
      kind: 'map-field',
      arg: regno,
      field: 'referenced kptr',
      how: 'offset',
      off,
      map: isAllocObj(reg.type) ? null : reg.map,
    });
  }
  meta.kptrField = field;
}
