// SPDX-License-Identifier: GPL-2.0-only
import { RegType } from '../../kernel/types';
import { isConst } from '../domain';
import type { VerifierEnv } from '../env';
import { hasAddConst, type RegState } from '../state/reg';

/** A scalar that is linked with no other (`clear_scalar_id`). */
export function unlinked(reg: RegState): RegState {
  return reg.withLink(0, 0);
}

/**
 * The register with an id to share with a copy of it: scalars that are not constant get one, a link at a distance is given up
 * (`kernel/bpf/verifier.c: assign_scalar_id_before_mov`).
 */
export function withScalarId(env: VerifierEnv, reg: RegState): RegState {
  if (reg.type !== RegType.SCALAR_VALUE) return reg;
  const source = hasAddConst(reg.id) ? unlinked(reg) : reg;
  return source.id === 0 && !isConst(source.val) ? source.withId(env.nextId()) : source;
}
