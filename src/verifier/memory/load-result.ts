// SPDX-License-Identifier: GPL-2.0-only
import type { Btf } from '../../btf/types';
import { Flag, RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { markUnknown } from '../regs';
import { objectReg, pointerReg, type RegFields } from '../state/reg';

/** The destination of a load becomes a pointer at offset 0. As in the kernel, its precision mark stays what it was. */
export function loadPointer(env: VerifierEnv, dst: number, type: number, fields: Partial<RegFields>): void {
  const { regs } = env;
  regs[dst] = pointerReg(type, fields).withPrecise(regs[dst]!.precise);
}

/** What a walk through BTF found at an offset. */
export type WalkResult =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'memory'; readonly flags: number }
  | { readonly kind: 'struct'; readonly flags: number; readonly btfId: number; readonly member: string };

/**
 * The destination of a load through a BTF pointer (`kernel/bpf/verifier.c: mark_btf_ld_reg`).
 * @param flags flags of a pointer to a struct, if others than what was found
 */
export function loadWalked(
  env: VerifierEnv,
  dst: number,
  result: WalkResult,
  btf: Btf,
  flags = result.kind === 'struct' ? result.flags : 0,
): void {
  switch (result.kind) {
    case 'scalar':
      markUnknown(env, dst);
      return;
    case 'struct': {
      const id = (flags & Flag.PTR_MAYBE_NULL) !== 0 ? env.nextId() : 0;
      env.regs[dst] = objectReg(RegType.PTR_TO_BTF_ID | flags, btf, 0, result.btfId, id, env.regs[dst]!.precise);
      return;
    }
    case 'memory':
      loadPointer(env, dst, RegType.PTR_TO_MEM | result.flags, {});
      return;
  }
}
