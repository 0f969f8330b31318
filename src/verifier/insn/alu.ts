// SPDX-License-Identifier: GPL-2.0-only
/** ALU instructions. Facts: `kernel/bpf/verifier.c: check_alu_op, adjust_reg_min_max_vals, adjust_scalar_min_max_vals`. */
import { ALU_TEXT } from '../../isa/disasm';
import type { Insn } from '../../isa/insn';
import { Alu, aluOp, Class, classOf, Source, usesReg } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { alu, constNumber, constScalar, maskForkWidth, mov32, movsx, regBitsFit, UNKNOWN, withLow32Const, ZERO } from '../domain';
import { regPlace } from '../diag';
import { markChainPrecision } from '../engine/precision';
import { pushStack } from '../engine/stack';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { unlinked, withScalarId } from '../memory/scalar-id';
import { checkRegRead, checkRegWrite, isPointerValue, markUnknown, unknownScalar } from '../regs';
import { makeReg, type RegState, scalarReg } from '../state/reg';
import { pointerAlu } from './pointer-alu';
import { sanitizeScalarAlu } from './sanitize';
import { checkBoundsSanity } from './sanity';
import { relink } from './scalar-id';

/** `off` of a move that converts between address spaces (`BPF_ADDR_SPACE_CAST`). */
const ADDR_SPACE_CAST = 1;
/** `imm` of a cast into the arena's address space. */
const CAST_TO_ARENA = 1;

function isRegSource(insn: Insn): boolean {
  return usesReg(insn.code);
}

function is64Bit(insn: Insn): boolean {
  return classOf(insn.code) === Class.ALU64;
}

/** Checks one ALU or ALU64 instruction and executes it on the current state. */
export function checkAlu(env: VerifierEnv, insn: Insn): void {
  env.diag?.begin(regPlace(env.frame, insn.dst));
  switch (aluOp(insn.code)) {
    case Alu.END:
    case Alu.NEG:
      checkUnary(env, insn);
      break;
    case Alu.MOV:
      if (isRegSource(insn)) checkMove(env, insn);
      else checkMoveConst(env, insn);
      break;
    default:
      checkBinary(env, insn);
  }
  const { regs } = env;
  regs[insn.dst] = checkBoundsSanity(env, regs[insn.dst]!, 'alu');
  env.diag?.end();
}

function checkUnary(env: VerifierEnv, insn: Insn): void {
  const { dst } = insn;
  const reg = checkRegRead(env, dst);
  if (isPointerValue(env, reg))
    env.reject(Errno.EACCES, `R${dst} pointer arithmetic prohibited\n`, undefined, {
      kind: 'pointer-math',
      arg: dst,
      how: 'operator',
    });
  const scalar = reg.type === RegType.SCALAR_VALUE;
  checkRegWrite(env, dst, scalar);
  if (scalar) env.regs[dst] = scalarAlu(env, insn, reg, reg);
}

function checkMoveConst(env: VerifierEnv, insn: Insn): void {
  checkRegWrite(env, insn.dst, true);
  const value = is64Bit(insn) ? constNumber(insn.imm) : constScalar(0, insn.imm);
  env.regs[insn.dst] = scalarReg(value).withPrecise(!env.bpfCapable);
}

function checkMove(env: VerifierEnv, insn: Insn): void {
  const { dst, src, off } = insn;
  if (off === ADDR_SPACE_CAST && !env.usesArena) {
    env.reject(Errno.EINVAL, 'addr_space_cast insn can only be used in a program that has an associated arena\n', undefined, {
      kind: 'arena-unused',
    });
  }
  checkRegRead(env, src);
  checkRegWrite(env, dst, true);
  if (!is64Bit(insn)) move32(env, insn);
  else if (insn.imm !== 0) {
    markUnknown(env, dst);
    if (insn.imm === CAST_TO_ARENA) env.regs[dst] = env.regs[dst]!.withType(RegType.PTR_TO_ARENA);
  } else if (off === 0) {
    const { regs } = env;
    regs[src] = withScalarId(env, regs[src]!);
    regs[dst] = regs[src]!;
  } else {
    moveSignExtended(env, insn);
  }
}

/** Copies `src` to `dst`; they share an id if the copy has the value of the original. Returns the copy. */
function copyScalar(env: VerifierEnv, insn: Insn, sameValue: boolean): RegState {
  const { regs } = env;
  if (sameValue) regs[insn.src] = withScalarId(env, regs[insn.src]!);
  const copy = regs[insn.src]!;
  return sameValue ? copy : unlinked(copy);
}

function moveSignExtended(env: VerifierEnv, insn: Insn): void {
  const { dst, src, off } = insn;
  const reg = env.regs[src]!;
  if (isPointerValue(env, reg))
    env.reject(Errno.EACCES, `R${src} sign-extension part of pointer\n`, undefined, {
      kind: 'pointer-math',
      arg: src,
      how: 'partial',
    });
  if (reg.type !== RegType.SCALAR_VALUE) {
    markUnknown(env, dst);
    return;
  }
  const copy = copyScalar(env, insn, regBitsFit(reg.val, off - 1));
  env.regs[dst] = copy.withVal(movsx(copy.val, off, true));
}

function move32(env: VerifierEnv, insn: Insn): void {
  const { dst, src, off } = insn;
  const reg = env.regs[src]!;
  if (isPointerValue(env, reg))
    env.reject(Errno.EACCES, `R${src} partial copy of pointer\n`, undefined, {
      kind: 'pointer-math',
      arg: src,
      how: 'partial',
    });
  if (reg.type !== RegType.SCALAR_VALUE) {
    env.regs[dst] = unknownScalar(env).withVal(mov32(UNKNOWN));
  } else if (off === 0) {
    const copy = copyScalar(env, insn, regBitsFit(reg.val, 32));
    env.regs[dst] = copy.withVal(mov32(copy.val));
  } else {
    const copy = copyScalar(env, insn, regBitsFit(reg.val, off - 1));
    env.regs[dst] = copy.withVal(movsx(copy.val, off, false));
  }
}

function checkBinary(env: VerifierEnv, insn: Insn): void {
  const { dst, imm, code } = insn;
  const op = aluOp(code);
  if (isRegSource(insn)) checkRegRead(env, insn.src);
  checkRegRead(env, dst);
  if (!isRegSource(insn)) {
    if ((op === Alu.MOD || op === Alu.DIV) && imm === 0)
      env.reject(Errno.EINVAL, 'div by zero\n', undefined, {
        kind: 'bad-operand',
        name: 'division by zero',
      });
    if (op === Alu.LSH || op === Alu.RSH || op === Alu.ARSH) {
      if (imm < 0 || imm >= (is64Bit(insn) ? 64 : 32))
        env.reject(Errno.EINVAL, `invalid shift ${imm}\n`, undefined, {
          kind: 'bad-operand',
          name: 'a shift by more bits than the register has',
        });
    }
  }
  checkRegWrite(env, dst, true);
  execute(env, insn);
}

/** The effect of a binary operation, by the kinds of its operands (`adjust_reg_min_max_vals`). */
function execute(env: VerifierEnv, insn: Insn): void {
  const { dst, src } = insn;
  const { regs } = env;
  const op = aluOp(insn.code);
  const dstReg = regs[dst]!;
  const srcReg = isRegSource(insn) ? regs[src]! : null;

  if (dstReg.type === RegType.PTR_TO_ARENA || srcReg?.type === RegType.PTR_TO_ARENA) {
    if (dstReg.type !== RegType.PTR_TO_ARENA) regs[dst] = srcReg!;
    markArenaUse(env, insn, true);
    return;
  }
  markArenaUse(env, insn, false);

  const dstIsPointer = dstReg.type !== RegType.SCALAR_VALUE;
  if (srcReg === null) {
    const constant = scalarReg(constNumber(insn.imm));
    if (dstIsPointer) pointerAlu(env, insn, dstReg, constant, true);
    else executeScalars(env, insn, constant);
    return;
  }
  if (srcReg.type !== RegType.SCALAR_VALUE) {
    if (dstIsPointer) {
      if (op !== Alu.SUB || !env.allowPtrLeaks) {
        env.reject(Errno.EACCES, `R${dst} pointer ${ALU_TEXT[op]!} pointer prohibited\n`, undefined, {
          kind: 'pointer-math',
          arg: dst,
          how: 'two-pointers',
        });
      }
      markUnknown(env, dst);
      return;
    }
    markChainPrecision(env, dst);
    pointerAlu(env, insn, srcReg, regs[dst]!, false);
    return;
  }
  if (dstIsPointer) {
    markChainPrecision(env, src);
    pointerAlu(env, insn, dstReg, regs[src]!, true);
    return;
  }
  if (dstReg.precise) markChainPrecision(env, src);
  executeScalars(env, insn, regs[src]!);
}

function executeScalars(env: VerifierEnv, insn: Insn, src: RegState): void {
  const dst = env.regs[insn.dst]!;
  const result = scalarAlu(env, insn, dst, src);
  env.regs[insn.dst] = relink(env, insn, is64Bit(insn), result, src.val, dst.val);
}

/** `dst op src` of two scalars; ids and delta of the result are those of `dst` unless the operation itself drops them. */
function scalarAlu(env: VerifierEnv, insn: Insn, dst: RegState, src: RegState): RegState {
  sanitizeScalarAlu(env, insn);
  const start = forkMask(env, insn, dst, src);
  if (!hasRange(env, aluOp(insn.code))) return withoutRange(env, insn);
  const { value, unknown, keepsId } = alu(littleEndianCode(env, insn), is64Bit(insn), insn.off, start.val, src.val, insn.imm);
  if (unknown) return unknownScalar(env);
  return (keepsId ? start : unlinked(start)).withVal(value);
}

/** The operation as a little-endian machine would have it: only BPF_END of class ALU depends on the machine (`scalar_byte_swap`). */
function littleEndianCode(env: VerifierEnv, { code }: Insn): number {
  const depends = env.bigEndian && aluOp(code) === Alu.END && classOf(code) === Class.ALU;
  return depends ? code ^ Source.X : code;
}

/** Whether this kernel computes the result of an operation at all (`is_safe_to_compute_dst_reg_range`). */
function hasRange({ kernel }: VerifierEnv, op: number): boolean {
  switch (op) {
    case Alu.DIV:
    case Alu.MOD:
      return kernel.features['alu.divModRange'];
    case Alu.NEG:
      return kernel.features['alu.negRange'];
    case Alu.END:
      return kernel.features['alu.swapRange'];
    default:
      return true;
  }
}

/** The result of an operation that this kernel does not compute: nothing is known of it, or only that it was a 32-bit one. */
function withoutRange(env: VerifierEnv, insn: Insn): RegState {
  const op = aluOp(insn.code);
  const unknown = unknownScalar(env);
  const extends32 = !env.kernel.features['bounds.halves'] && !is64Bit(insn) && (op === Alu.DIV || op === Alu.MOD);
  return extends32 ? unknown.withVal(mov32(unknown.val)) : unknown;
}

/**
 * A mask that is either 0 or -1 is combined with a constant on two paths: this one goes on with -1, the other executes the instruction
 * again with 0 (`maybe_fork_scalars`).
 */
function forkMask(env: VerifierEnv, insn: Insn, dst: RegState, src: RegState): RegState {
  const width = env.kernel.features['alu.maskFork'] ? maskForkWidth(insn.code, dst.val, src.val) : 0;
  if (width === 0) return dst;
  const other = pushStack(env, env.insnIdx, env.insnIdx, false).cur.regs;
  if (width === 32) {
    other[insn.dst] = dst.withVal(withLow32Const(dst.val, 0));
    return dst.withVal(withLow32Const(dst.val, -1));
  }
  other[insn.dst] = makeReg(RegType.SCALAR_VALUE, ZERO, { precise: dst.precise });
  return makeReg(RegType.SCALAR_VALUE, constNumber(-1), { precise: dst.precise });
}

/** A 64-bit operation must be used with arena pointers always or never, because it is rewritten for them. */
function markArenaUse(env: VerifierEnv, insn: Insn, withArena: boolean): void {
  if (!is64Bit(insn) || (!withArena && !env.usesArena)) return;
  const mixes = env.kernel.features['alu.arenaMixed'];
  if (mixes && env.aux.has(env.insnIdx, withArena ? Fact.PREVENT_ZEXT : Fact.NEEDS_ZEXT)) {
    env.reject(Errno.EINVAL, 'same insn cannot be used with and without arena pointer\n', undefined, { kind: 'mixed-pointers' });
  }
  env.aux.set(env.insnIdx, withArena ? Fact.NEEDS_ZEXT : Fact.PREVENT_ZEXT);
}
