// SPDX-License-Identifier: GPL-2.0-only
/**
 * Guards of pointer arithmetic against speculation, for loaders without CAP_PERFMON.
 * Facts: `kernel/bpf/verifier.c: sanitize_ptr_alu, sanitize_val_alu, sanitize_check_bounds, sanitize_speculative_path, sanitize_err`.
 */
import type { Insn } from '../../isa/insn';
import { Alu, aluOp, MAX_STACK, usesReg } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { constNum, isConst, smax, smin, sminBig, tnumString, umaxBig } from '../domain';
import { pushStack } from '../engine/stack';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { checkMapAccess } from '../memory';
import { unknownScalar } from '../regs';
import type { RegState } from '../state/reg';

/** Why an operation cannot be guarded (`REASON_*`). */
type Reason = 'bounds' | 'type' | 'paths' | 'limit' | 'stack';

const SANITIZE_SRC = 1;
const SANITIZE_DST = 2;
const NEG_VALUE = 4;
const NON_POINTER = 8;
const IMMEDIATE = 16;

const PROHIBITED = 'pointer arithmetic with it prohibited for !root';

/** What the first look at a pointer operation leaves for the second (`struct bpf_sanitize_info`). */
export interface SanitizeInfo {
  aluState: number;
  aluLimit: number;
  maskToLeft: boolean;
}

export function newSanitizeInfo(): SanitizeInfo {
  return { aluState: 0, aluLimit: 0, maskToLeft: false };
}

/** What there is for a loader whose operations are not guarded. Never written. */
export const NOTHING_GUARDED: SanitizeInfo = Object.freeze(newSanitizeInfo());

/** Only additions and subtractions are guarded (`sanitize_needed`). */
function isGuarded(insn: Insn): boolean {
  const op = aluOp(insn.code);
  return op === Alu.ADD || op === Alu.SUB;
}

function canSkip(env: VerifierEnv, insn: Insn): boolean {
  return env.bypassSpecV1 || !usesReg(insn.code) || env.aux.has(env.insnIdx, Fact.NOSPEC);
}

/** Remembers how the instruction is guarded; all paths must agree (`update_alu_sanitation_state`). */
function remember(aux: { aluState: number; aluLimit: number }, state: number, limit: number): Reason | null {
  if (aux.aluState !== 0 && (aux.aluState !== state || aux.aluLimit !== limit)) return 'paths';
  aux.aluState = state;
  aux.aluLimit = limit;
  return null;
}

function refuse(env: VerifierEnv, insn: Insn, reason: Reason): never {
  const { dst, src } = insn;
  const verb = aluOp(insn.code) === Alu.ADD ? 'add' : 'sub';
  const srcIsScalar = env.regs[src]!.type === RegType.SCALAR_VALUE;
  switch (reason) {
    case 'bounds':
      return env.reject(
        Errno.EACCES,
        `R${srcIsScalar ? src : dst} has unknown scalar with mixed signed bounds, ${PROHIBITED}\n`,
        undefined,
        {
          kind: 'speculation',
          arg: dst,
        },
      );
    case 'type':
      return env.reject(
        Errno.EACCES,
        `R${srcIsScalar ? dst : src} has pointer with unsupported alu operation, ${PROHIBITED}\n`,
        undefined,
        {
          kind: 'speculation',
          arg: dst,
        },
      );
    case 'paths':
      return env.reject(Errno.EACCES, `R${dst} tried to ${verb} from different maps, paths or scalars, ${PROHIBITED}\n`, undefined, {
        kind: 'speculation',
        arg: dst,
      });
    case 'limit':
      return env.reject(Errno.EACCES, `R${dst} tried to ${verb} beyond pointer bounds, ${PROHIBITED}\n`, undefined, {
        kind: 'speculation',
        arg: dst,
      });
    case 'stack':
      return env.reject(Errno.ENOMEM, `R${dst} could not be pushed for speculative verification, ${PROHIBITED}\n`, undefined, {
        kind: 'speculation',
        arg: dst,
      });
  }
}

/** An addition or subtraction of two scalars (`sanitize_val_alu`). */
export function sanitizeScalarAlu(env: VerifierEnv, insn: Insn): void {
  if (!isGuarded(insn) || canSkip(env, insn)) return;
  const reason = remember(env.aux.rareOf(env.insnIdx), NON_POINTER, 0);
  if (reason !== null) refuse(env, insn, reason);
}

/** How far the pointer may move, as an unsigned 32-bit number, or why that is not known (`retrieve_ptr_limit`). */
function pointerLimit(ptr: RegState, maskToLeft: boolean): number | Reason {
  let max: number;
  let limit: number;
  if (ptr.type === RegType.PTR_TO_STACK) {
    max = MAX_STACK + (maskToLeft ? 1 : 0);
    limit = -ptr.val.vLo >>> 0;
  } else if (ptr.type === RegType.PTR_TO_MAP_VALUE) {
    max = ptr.map.valueSize;
    limit = Number(BigInt.asUintN(32, maskToLeft ? sminBig(ptr.val) : umaxBig(ptr.val)));
  } else {
    return 'type';
  }
  return limit >= max ? 'limit' : limit;
}

/**
 * Guards `dst op= offset` for a pointer (`sanitize_ptr_alu`). `before`: prior to the operation, with the limits of the pointer; a path on
 * which the offset is masked to zero is explored too. `after`: the window is narrowed to how far the pointer moved.
 * @param ptr the pointer before, respectively after the operation
 * @param pointerInDst whether the destination register held the pointer (true for `after`)
 */
export function sanitizePointerAlu(
  env: VerifierEnv,
  insn: Insn,
  ptr: RegState,
  offset: RegState,
  pointerInDst: boolean,
  info: SanitizeInfo,
  phase: 'before' | 'after',
): void {
  if (!isGuarded(insn) || canSkip(env, insn)) return;
  const reason = guardPointer(env, insn, ptr, offset, pointerInDst, info, phase);
  if (reason !== null) refuse(env, insn, reason);
}

function guardPointer(
  env: VerifierEnv,
  insn: Insn,
  ptr: RegState,
  offset: RegState,
  pointerInDst: boolean,
  info: SanitizeInfo,
  phase: 'before' | 'after',
): Reason | null {
  const offIsConst = isConst(offset.val);
  const offIsNegative = smin(offset.val) < 0;
  if (!env.cur.speculative) {
    if (phase === 'before') {
      if (!offIsConst && offIsNegative !== smax(offset.val) < 0) return 'bounds';
      info.maskToLeft = (aluOp(insn.code) === Alu.ADD) === offIsNegative;
    }
    const limit = pointerLimit(ptr, info.maskToLeft);
    if (typeof limit !== 'number') return limit;
    let reason: Reason | null;
    if (phase === 'after') {
      reason = remember(env.aux.rareOf(env.insnIdx), info.aluState, Math.abs((info.aluLimit - limit) | 0));
    } else {
      const state = (offIsNegative ? NEG_VALUE : 0) | (offIsConst ? IMMEDIATE : 0) | (pointerInDst ? SANITIZE_SRC : SANITIZE_DST);
      if (!offIsConst) env.exploreAluLimits = true;
      reason = remember(info, state, limit);
    }
    if (reason !== null) return reason;
  }
  if (phase === 'after' || offIsConst) return null;
  // The copy must hold the pointer in the destination: 0 added to it.
  const saved = env.regs[insn.dst]!;
  env.regs[insn.dst] = ptr;
  try {
    pushStack(env, env.insnIdx + 1, env.insnIdx, true);
  } catch (e) {
    if (e instanceof Refused) return 'stack';
    throw e;
  }
  env.regs[insn.dst] = saved;
  return null;
}

/**
 * The pointer after the operation must stay inside its object, so that accesses can be guarded later (`sanitize_check_bounds`).
 */
export function sanitizeCheckBounds(env: VerifierEnv, insn: Insn, ptr: RegState): void {
  if (env.bypassSpecV1) return;
  const { dst } = insn;
  if (ptr.type === RegType.PTR_TO_STACK) {
    const off = isConst(ptr.val) ? constNum(ptr.val) : ptr.val.vLo;
    if (!isConst(ptr.val)) {
      env.reject(
        Errno.EACCES,
        `R${dst} variable stack access prohibited for !root, var_off=${tnumString(ptr.val)} off=${off}\n`,
        undefined,
        {
          kind: 'speculation',
          arg: dst,
        },
      );
    }
    if (off >= 0 || off < -MAX_STACK) {
      env.reject(Errno.EACCES, `R${dst} stack pointer arithmetic goes out of range, prohibited for !root; off=${off | 0}\n`, undefined, {
        kind: 'speculation',
        arg: dst,
      });
    }
  } else if (ptr.type === RegType.PTR_TO_MAP_VALUE) {
    try {
      checkMapAccess(env, ptr, dst, 0, 1, false, 'helper');
    } catch (e) {
      if (!(e instanceof Refused)) throw e;
      env.reject(Errno.EACCES, `R${dst} pointer arithmetic of map value goes out of range, prohibited for !root\n`, undefined, {
        kind: 'speculation',
        arg: dst,
      });
    }
  }
}

/** Explores, as speculation, the way that a decided jump does not take, with its operands unknown (`sanitize_speculative_path`). */
export function pushSpeculativeBranch(env: VerifierEnv, insn: Insn, nextIdx: number): void {
  const { regs } = pushStack(env, nextIdx, env.insnIdx, true).cur;
  regs[insn.dst] = unknownScalar(env);
  if (usesReg(insn.code)) regs[insn.src] = unknownScalar(env);
}
