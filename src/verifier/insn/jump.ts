// SPDX-License-Identifier: GPL-2.0-only
/** Conditional jumps. Facts: `kernel/bpf/verifier.c: check_cond_jmp_op, is_branch_taken`. */
import type { Insn } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp, usesReg } from '../../isa/opcode';
import { RegType, baseType } from '../../kernel/types';
import { type BranchDecision, constNumber, decideBranch, isConst, isNull, type Scalar } from '../domain';
import { pushJmpHistory } from '../engine/history';
import { markChainPrecision } from '../engine/precision';
import { pushStack } from '../engine/stack';
import { findPrevEntry, widenImpreciseScalars } from '../engine/widen';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { printInsnState } from '../log';
import { isPointerType, mayBeNull } from '../state/reg-kinds';
import { checkRegRead, isPointerValue } from '../regs';
import { type RegState, scalarReg } from '../state/reg';
import { HistFlag, type LinkedReg, type VerifierState } from '../state/state';
import { collectLinkedRegs, syncLinkedRegs } from './linked';
import { notNull } from '../memory';
import { markPtrOrNullRegs, regNotNull } from './nullness';
import { decidePacketBranch, isPacketAny, matchPacketPointers } from './packet-range';
import { pushSpeculativeBranch } from './sanitize';
import { checkBoundsSanity } from './sanity';

export { collectLinkedRegs, syncLinkedRegs } from './linked';
export { markPtrOrNullRegs, regNotNull } from './nullness';

const NO_LINKS: readonly LinkedReg[] = [];

function isRegSource(insn: Insn): boolean {
  return usesReg(insn.code);
}

/**
 * Checks one conditional jump and executes it on the current state; if both ways are possible, this state falls through and a copy
 * that jumps is kept for later. Returns the instruction to go on with.
 */
export function checkCondJmp(env: VerifierEnv, insn: Insn): number {
  const op = jmpOp(insn.code);
  const fallIdx = env.insnIdx + 1;
  const jumpIdx = fallIdx + insn.off;
  if (op === Jmp.JA || op > Jmp.JCOND) {
    env.reject(Errno.EINVAL, `invalid BPF_JMP/JMP32 opcode ${op.toString(16)}\n`, undefined, {
      kind: 'bad-instruction',
      name: 'the jump has an opcode that does not exist',
    });
  }
  if (op === Jmp.JCOND) {
    mayGoto(env, fallIdx);
    return jumpIdx;
  }

  const src = readOperands(env, insn);
  const linked = collectLinks(env, insn);
  const dst = env.regs[insn.dst]!;
  const source = isRegSource(insn) ? env.regs[insn.src]! : src;
  const decision = isPointerType(dst.type) || isPointerType(source.type) ? null : decideScalars(insn, dst, source);
  const taken = decision === null ? decidePointers(env, insn, dst, source) : decision.taken;
  if (taken !== -1) {
    markDecided(env, insn, dst, src);
    if (!env.bypassSpecV1) pushSpeculativeBranch(env, insn, taken === 1 ? fallIdx : jumpIdx);
    printState(env);
    return taken === 1 ? jumpIdx : fallIdx;
  }

  if (linked.length > 1) pushJmpHistory(env, 0, 0, 0, linked);
  const jump = pushStack(env, jumpIdx, env.insnIdx, false);
  const falseSrc = assignWays(env, insn, jump, dst, source, decision);
  syncLinks(env, insn, jump, linked);
  learnFromPointers(env, insn, jump, falseSrc);
  printState(env);
  return fallIdx;
}

function printState(env: VerifierEnv): void {
  if (env.log.detailed) printInsnState(env, env.cur, env.cur.curframe);
}

/** `may_goto`: goes on with the jump; the fall-through waits with one iteration more, imprecise scalars widened. */
function mayGoto(env: VerifierEnv, fallIdx: number): void {
  const { parent } = env.cur;
  const previous = parent === null ? null : findPrevEntry(env, parent, env.insnIdx);
  const queued = pushStack(env, fallIdx, env.insnIdx, false);
  queued.mayGotoDepth++;
  if (previous !== null) widenImpreciseScalars(env, previous, queued);
}

/** Checks that the operands may be read and compared; returns the source, for an immediate a constant. */
function readOperands(env: VerifierEnv, insn: Insn): RegState {
  const dst = checkRegRead(env, insn.dst);
  let flags = dst.type === RegType.PTR_TO_STACK ? HistFlag.DST_REG_STACK : 0;
  let src: RegState;
  if (isRegSource(insn)) {
    src = checkRegRead(env, insn.src);
    if (!(isPacketAny(dst) && isPacketAny(src)) && isPointerValue(env, src)) {
      env.reject(Errno.EACCES, `R${insn.src} pointer comparison prohibited\n`, undefined, {
        kind: 'pointer-math',
        arg: insn.src,
        how: 'compare',
      });
    }
    if (src.type === RegType.PTR_TO_STACK) flags |= HistFlag.SRC_REG_STACK;
  } else {
    src = scalarReg(constNumber(insn.imm));
  }
  if (flags !== 0) pushJmpHistory(env, flags, 0, 0);
  return src;
}

/** Registers and slots linked with the operands. Those that are too many lose their link, operands included. */
function collectLinks(env: VerifierEnv, insn: Insn): readonly LinkedReg[] {
  const { regs } = env;
  const fromReg = isRegSource(insn);
  if (!isLinked(regs[insn.dst]!) && !(fromReg && isLinked(regs[insn.src]!))) return NO_LINKS;
  const linked: LinkedReg[] = [];
  if (fromReg && isLinked(regs[insn.src]!)) collectLinkedRegs(env, regs[insn.src]!.id, linked);
  if (isLinked(regs[insn.dst]!)) collectLinkedRegs(env, regs[insn.dst]!.id, linked);
  return linked;
}

function isLinked(reg: RegState): boolean {
  return reg.type === RegType.SCALAR_VALUE && reg.id !== 0;
}

/** Which way a jump on two scalars goes; if both, what both teach (`is_branch_taken`). */
function decideScalars(insn: Insn, dst: RegState, src: RegState): BranchDecision {
  const sameReg = isRegSource(insn) && insn.src === insn.dst;
  return decideBranch(jmpOp(insn.code), classOf(insn.code) === Class.JMP32, dst.val, src.val, sameReg);
}

/** Which way a jump goes of whose operands at least one is a pointer; -1 for both. */
function decidePointers(env: VerifierEnv, insn: Insn, dst: RegState, src: RegState): -1 | 0 | 1 {
  if (classOf(insn.code) === Class.JMP32) return -1;
  const op = jmpOp(insn.code);
  return isPacketAny(dst) && isPacketAny(src) ? decidePacketBranch(op, dst, src) : decideNullTest(env, op, dst, src);
}

function isScalarConst(reg: RegState): boolean {
  return reg.type === RegType.SCALAR_VALUE && isConst(reg.val);
}

/** A comparison of a pointer that is not NULL with 0. */
function decideNullTest(env: VerifierEnv, op: number, dst: RegState, src: RegState): -1 | 0 | 1 {
  const onRight = isScalarConst(src);
  const pointer = onRight ? dst : src;
  const constant = onRight ? src : dst;
  if (!isScalarConst(constant) || !regNotNull(env, pointer) || !isNull(constant.val)) return -1;
  if (op === Jmp.JEQ) return 0;
  return op === Jmp.JNE ? 1 : -1;
}

/** A decision rests on the values of both operands, which must be precise. */
function markDecided(env: VerifierEnv, insn: Insn, dst: RegState, src: RegState): void {
  if (!isPointerType(dst.type)) markChainPrecision(env, insn.dst);
  if (isRegSource(insn) && !isPointerType(src.type)) markChainPrecision(env, insn.src);
}

/** An operand with what one way teaches of it. */
function withLearnt(reg: RegState, val: Scalar | null | undefined): RegState {
  return val === null || val === undefined ? reg : reg.withVal(val);
}

/** Puts the refined operands into this state (falls through) and `jump`. Returns this state's source operand. */
function assignWays(
  env: VerifierEnv,
  insn: Insn,
  jump: VerifierState,
  dst: RegState,
  src: RegState,
  decision: BranchDecision | null,
): RegState {
  const trueDst = checkBoundsSanity(env, withLearnt(dst, decision?.trueDst), 'true_reg1');
  const trueSrc = checkBoundsSanity(env, withLearnt(src, decision?.trueSrc), 'true_reg2');
  const falseDst = checkBoundsSanity(env, withLearnt(dst, decision?.falseDst), 'false_reg1');
  const falseSrc = checkBoundsSanity(env, withLearnt(src, decision?.falseSrc), 'false_reg2');
  const { regs } = env;
  const jumpRegs = jump.cur.regs;
  regs[insn.dst] = falseDst;
  jumpRegs[insn.dst] = trueDst;
  if (isRegSource(insn)) {
    regs[insn.src] = falseSrc;
    jumpRegs[insn.src] = trueSrc;
  }
  return falseSrc;
}

function syncLinks(env: VerifierEnv, insn: Insn, jump: VerifierState, linked: readonly LinkedReg[]): void {
  if (isRegSource(insn)) syncLink(env, insn.src, jump, linked);
  syncLink(env, insn.dst, jump, linked);
}

function syncLink(env: VerifierEnv, regno: number, jump: VerifierState, linked: readonly LinkedReg[]): void {
  const reg = env.regs[regno]!;
  if (reg.type !== RegType.SCALAR_VALUE || reg.id === 0 || reg.id !== jump.cur.regs[regno]!.id) return;
  syncLinkedRegs(env, env.cur, regno, linked);
  syncLinkedRegs(env, jump, regno, linked);
}

/** What an undecided comparison says about pointers: NULL or not, and how far packets reach. Other uses of pointers are leaks. */
function learnFromPointers(env: VerifierEnv, insn: Insn, jump: VerifierState, falseSrc: RegState): void {
  const { regs } = env;
  const op = jmpOp(insn.code);
  const is32 = classOf(insn.code) === Class.JMP32;
  const isEquality = !is32 && (op === Jmp.JEQ || op === Jmp.JNE);
  const src = isRegSource(insn) ? regs[insn.src]! : falseSrc;
  if (isEquality && isRegSource(insn)) propagateNotNull(env, insn, op === Jmp.JEQ ? jump : env.cur);
  const dst = regs[insn.dst]!;
  const testsNull = isRegSource(insn) ? src.type === RegType.SCALAR_VALUE && isNull(src.val) : insn.imm === 0;
  if (isEquality && mayBeNull(dst.type) && testsNull) {
    if (isRegSource(insn)) markChainPrecision(env, insn.src);
    markPtrOrNullRegs(env, env.cur, insn.dst, op === Jmp.JNE);
    markPtrOrNullRegs(env, jump, insn.dst, op === Jmp.JEQ);
  } else if (!matchPacketPointers(env, insn, dst, src, env.cur, jump) && isPointerValue(env, dst)) {
    env.reject(Errno.EACCES, `R${insn.dst} pointer comparison prohibited\n`, undefined, {
      kind: 'pointer-math',
      arg: insn.dst,
      how: 'compare',
    });
  }
}

/**
 * Of two equal pointers, one of which is not NULL, the other is not NULL either. Pointers to kernel structures may be NULL without
 * saying so and are left alone.
 * @param equal the state in which they are equal
 */
function propagateNotNull(env: VerifierEnv, insn: Insn, equal: VerifierState): void {
  const dst = env.regs[insn.dst]!;
  const src = env.regs[insn.src]!;
  if (!isPointerType(dst.type) || !isPointerType(src.type)) return;
  if (baseType(dst.type) === RegType.PTR_TO_BTF_ID || baseType(src.type) === RegType.PTR_TO_BTF_ID) return;
  const { regs } = equal.cur;
  if (regNotNull(env, dst) && mayBeNull(src.type)) regs[insn.src] = notNull(env, regs[insn.src]!);
  if (regNotNull(env, src) && mayBeNull(dst.type)) regs[insn.dst] = notNull(env, regs[insn.dst]!);
}
