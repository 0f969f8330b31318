// SPDX-License-Identifier: GPL-2.0-only
import { Kind } from '../../../btf/types';
import { MAX_ERRNO } from '../../../isa/limits';
import type { VerifierEnv } from '../../env';

/**
 * What the LSM hook that the program is attached to can return; null for other programs and for hooks that return nothing
 * (`kernel/bpf/verifier.c: get_func_retval_range`, `kernel/bpf/bpf_lsm.c: bpf_lsm_get_retval_range`).
 */
export function funcRetvalRange(env: VerifierEnv): { min: number; max: number } | null {
  const { kernel, attach, prog } = env;
  if (prog.progType !== kernel.constant('BPF_PROG_TYPE_LSM')) return null;
  if (env.expectedAttachType !== kernel.constant('BPF_LSM_MAC') || attach.proto === null) return null;
  const proto = attach.proto.btf.type(attach.proto.protoId);
  if (proto?.kind !== Kind.FUNC_PROTO || proto.ret === 0) return null;
  return kernel.listHas('bool_lsm_hooks', attach.funcName) ? { min: 0, max: 1 } : { min: -MAX_ERRNO, max: 0 };
}
