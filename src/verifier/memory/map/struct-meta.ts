// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../../btf/types';
import type { KernelProfile } from '../../../kernel/profile';
import { RegType } from '../../../kernel/types';
import type { VerifierEnv } from '../../env';
import type { BtfRecord } from '../../state/map';
import type { RegState } from '../../state/reg';
import { isAllocObj } from '../../state/reg-kinds';
import { FieldError } from './find-fields';
import { parseStructMetas } from './record';

/** Records by kernel and program BTF: parsing depends on nothing else, identity of a record matters. Null: the kernel refuses that BTF. */
const cache = new WeakMap<KernelProfile, WeakMap<Btf, ReadonlyMap<number, BtfRecord> | null>>();

/** Records of a program BTF's structs; null when the kernel would refuse to load that BTF. */
export function structMetas(kernel: KernelProfile, btf: Btf): ReadonlyMap<number, BtfRecord> | null {
  let byBtf = cache.get(kernel);
  if (byBtf === undefined) cache.set(kernel, (byBtf = new WeakMap()));
  let metas = byBtf.get(btf);
  if (metas === undefined) {
    try {
      metas = parseStructMetas(kernel, btf);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      metas = null;
    }
    byBtf.set(btf, metas);
  }
  return metas;
}

/** Special fields of a struct of a program's BTF, null if it has none or if it is a kernel type (`btf_find_struct_meta`). */
export function structMeta(env: VerifierEnv, btf: Btf, btfId: number): BtfRecord | null {
  if (btf.isKernel) return null;
  const metas = structMetas(env.kernel, btf);
  if (metas === null) env.unmodelled('program BTF whose special fields the kernel refuses');
  return metas.get(btfId) ?? null;
}

/** Special fields of what a register points to: a map value or an allocated object (`reg_btf_record`). */
export function regBtfRecord(env: VerifierEnv, reg: RegState): BtfRecord | null {
  if (reg.type === RegType.PTR_TO_MAP_VALUE) return reg.map.record;
  return isAllocObj(reg.type) ? structMeta(env, reg.btf, reg.btfId) : null;
}
