// SPDX-License-Identifier: GPL-2.0-only
import { isConst, tnumString } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import type { RegState } from '../../state/reg';
import { fieldBytes } from './rules';
import { argName } from '../../arg-no';

/** Access to `struct bpf_flow_keys` at a constant offset (`kernel/bpf/verifier.c: check_flow_keys_access`). */
export function checkFlowKeysAccess(env: VerifierEnv, reg: RegState, arg: ArgNo, off: number, size: number): void {
  if (!isConst(reg.val)) {
    env.reject(
      Errno.EACCES,
      `${argName(arg)} invalid variable offset to flow keys: off=${off}, var_off=${tnumString(reg.val)}\n`,
      undefined,
      {
        kind: 'pointer-offset',
        arg,
        how: 'variable',
      },
    );
  }
  const at = (off + reg.val.vLo) | 0;
  if (at >= 0 && at + size <= fieldBytes(env, 'bpf_flow_keys', '').end) return;
  env.reject(Errno.EACCES, `invalid access to flow keys off=${at} size=${size}\n`, undefined, { kind: 'struct-access', off, size });
}
