// SPDX-License-Identifier: GPL-2.0-only
/** Plain loads and stores. Facts: `kernel/bpf/verifier.c: check_load_mem, check_store_reg, do_check_insn`. */
import { type Insn, isStackArgLoad, isStackArgStoreImm, isStackArgStoreReg } from '../../isa/insn';
import { accessBytes, Mode, modeOf } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { boundsViolation, boundsViolationText, unbounded } from '../domain';
import { regPlace } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkRegRead, checkRegWrite } from '../regs';
import { checkMemAccess } from './access';
import { savePtrType } from './ptr-type';
import { readStackArg, writeStackArg } from './stack/args';

/** Refuses or repairs a loaded value whose ranges contradict each other (`reg_bounds_sanity_check`). */
function checkSanity(env: VerifierEnv, regno: number, context: string): void {
  const reg = env.regs[regno]!;
  const violation = boundsViolation(reg.val);
  if (violation === null) return;
  env.verbose(boundsViolationText(reg.val, violation, context));
  if (env.testRegInvariants) env.reject(Errno.EFAULT);
  env.regs[regno] = reg.withVal(unbounded(reg.val));
}

/** A load with its register checks. @param context name of the load in messages about broken ranges */
export function loadMem(
  env: VerifierEnv,
  insn: Insn,
  strictAlignmentOnce: boolean,
  isLdsx: boolean,
  mergeTrust: boolean,
  context: string,
): void {
  if (isStackArgLoad(insn)) {
    checkRegWrite(env, insn.dst, true);
    readStackArg(env, insn.off, insn.dst);
    return;
  }
  const source = checkRegRead(env, insn.src);
  checkRegWrite(env, insn.dst, true);
  const size = accessBytes(insn.code);
  // a load from the stack begins it again, with the slot as its origin
  env.diag?.begin(regPlace(env.frame, insn.dst));
  checkMemAccess(env, env.insnIdx, source, insn.src, insn.off, size, 'read', insn.dst, strictAlignmentOnce, isLdsx);
  savePtrType(env, source.type, mergeTrust);
  checkSanity(env, insn.dst, context);
  env.diag?.end();
}

/** A store of a register with its register checks. */
export function storeReg(env: VerifierEnv, insn: Insn, strictAlignmentOnce: boolean): void {
  if (isStackArgStoreReg(insn)) {
    writeStackArg(env, insn.off, checkRegRead(env, insn.src));
    return;
  }
  checkRegRead(env, insn.src);
  const target = checkRegRead(env, insn.dst);
  checkMemAccess(env, env.insnIdx, target, insn.dst, insn.off, accessBytes(insn.code), 'write', insn.src, strictAlignmentOnce);
  savePtrType(env, target.type, false);
}

/** `dst = *(size *)(src + off)`, with or without sign extension. */
export function checkLoad(env: VerifierEnv, insn: Insn): void {
  const isLdsx = modeOf(insn.code) === Mode.MEMSX;
  loadMem(env, insn, false, isLdsx, true, 'ldx');
}

/** `*(size *)(dst + off) = src`. */
export function checkStoreReg(env: VerifierEnv, insn: Insn): void {
  storeReg(env, insn, false);
}

/** `*(size *)(dst + off) = imm`. */
export function checkStoreImm(env: VerifierEnv, insn: Insn): void {
  if (isStackArgStoreImm(insn)) {
    writeStackArg(env, insn.off, null);
    return;
  }
  const target = checkRegRead(env, insn.dst);
  if (target.type === RegType.PTR_TO_CTX && !env.kernel.features['ctx.storeImmediate']) {
    env.reject(Errno.EACCES, `BPF_ST stores into R${insn.dst} ctx is not allowed\n`, undefined, { kind: 'read-only', arg: insn.dst });
  }
  checkMemAccess(env, env.insnIdx, target, insn.dst, insn.off, accessBytes(insn.code), 'write', -1);
  savePtrType(env, target.type, false);
}
