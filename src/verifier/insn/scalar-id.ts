// SPDX-License-Identifier: GPL-2.0-only
/** Ids that link scalars of equal value, or of values at a constant distance. */
import { Alu, aluOp, usesReg } from '../../isa/opcode';
import type { Insn } from '../../isa/insn';
import { constLow32, constNum, isConst, isConst32, umax, type Scalar } from '../domain';
import type { VerifierEnv } from '../env';
import { ADD_CONST32, ADD_CONST64, hasAddConst, type RegState } from '../state/reg';
import { unlinked } from '../memory/scalar-id';

const S32_MIN = -0x80000000;
const S32_MAX = 0x7fffffff;
const U32_MAX = 0xffffffff;

/**
 * The result of `dst += constant` or `dst -= constant` stays linked with the other holders of its id, at a distance; every other result
 * is linked with nothing (`kernel/bpf/verifier.c: adjust_reg_min_max_vals`).
 * @param result the destination after the operation, ids as before it
 * @param old the destination's value before the operation
 */
export function relink(env: VerifierEnv, insn: Insn, is64: boolean, result: RegState, src: Scalar, old: Scalar): RegState {
  if (result.id === 0) return unlinked(result);
  const delta = linkDelta(env, insn, is64, result, src, old);
  if (delta === null) return unlinked(result);
  return result.withLink(result.id | (is64 ? ADD_CONST64 : ADD_CONST32), delta);
}

function isPositiveS32(value: Scalar): boolean {
  return constNum(value) >= 0 && constNum(value) <= S32_MAX;
}

/** Distance to remember, null for none. */
function linkDelta(env: VerifierEnv, insn: Insn, is64: boolean, result: RegState, src: Scalar, old: Scalar): number | null {
  const op = aluOp(insn.code);
  if (!env.kernel.features['linked.addConst'] || !env.bpfCapable || (op !== Alu.ADD && op !== Alu.SUB)) return null;
  if (usesReg(insn.code) && insn.src === insn.dst) return null;
  if (hasAddConst(result.id)) return null;
  if (!env.kernel.features['linked.subAndAlu32'] && (op !== Alu.ADD || !is64 || !isConst(src) || !isPositiveS32(src))) return null;
  let value: number;
  if (is64) {
    if (!isConst(src)) return null;
    value = constNum(src);
    if (value < S32_MIN || value > S32_MAX) return null;
  } else {
    if (!isConst32(src) || umax(old) > U32_MAX) return null;
    value = constLow32(src);
  }
  if (op === Alu.ADD) return value;
  // from 0, so that the distance 0 is not −0, which is no small integer
  return value === S32_MIN ? null : 0 - value;
}
