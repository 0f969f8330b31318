// SPDX-License-Identifier: GPL-2.0-only
/** Arithmetic on a pointer and a scalar. Facts: `kernel/bpf/verifier.c: adjust_ptr_min_max_vals`. */
import { ALU_TEXT } from '../../isa/disasm';
import type { Insn } from '../../isa/insn';
import { Alu, aluOp, Class, classOf } from '../../isa/opcode';
import { Flag, RegType, baseType } from '../../kernel/types';
import { addOffsets, constBig, constNum, isConst, type Scalar, smin, sminBig, subOffsets, sync, syncLow32 } from '../domain';
import { type Failure, type Refusal, why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { isPacketPointer, mayBeNull } from '../state/reg-kinds';
import { unknownScalar } from '../regs';
import { RegState } from '../state/reg';
import { keepsParts, movingPart, stepFixed } from '../state/packet-parts';
import { newSanitizeInfo, NOTHING_GUARDED, sanitizeCheckBounds, sanitizePointerAlu } from './sanitize';

/** Largest distance of a pointer from its object, and of one step (`BPF_MAX_VAR_OFF`). */
const MAX_VAR_OFF = 1 << 29;
const S64_MIN = -(1n << 63n);

function isFarConst(s: Scalar): boolean {
  if (!isConst(s)) return false;
  const value = constNum(s);
  return value >= MAX_VAR_OFF || value <= -MAX_VAR_OFF;
}

function isFarMin(s: Scalar): boolean {
  const min = smin(s);
  return min >= MAX_VAR_OFF || min <= -MAX_VAR_OFF;
}

/** Whether an offset or addend is too far from the object. */
function isFar(s: Scalar): boolean {
  return isFarConst(s) || isFarMin(s);
}

// What refuses stands apart from what is checked each time: a function that has closures makes what they capture an object at every call.

/** Refuses an addend that is unbounded or too large (`check_reg_sane_offset_scalar`). */
function refuseOffset(env: VerifierEnv, offset: Scalar, type: number, ptrRegno: number): never {
  const unsafe = (): Failure => why.unsafeOffset(env, ptrRegno);
  if (isFarConst(offset)) {
    env.reject(Errno.EINVAL, `math between ${regTypeStr(type)} pointer and ${constBig(offset)} is not allowed\n`, unsafe, {
      kind: 'pointer-math',
      arg: ptrRegno,
      how: 'far',
    });
  }
  const min = sminBig(offset);
  if (min === S64_MIN) {
    env.reject(Errno.EINVAL, `math between ${regTypeStr(type)} pointer and register with unbounded min value is not allowed\n`, unsafe, {
      kind: 'pointer-math',
      arg: ptrRegno,
      how: 'unbounded',
    });
  }
  return env.reject(Errno.EINVAL, `value ${min} makes ${regTypeStr(type)} pointer be out of bounds\n`, unsafe, {
    kind: 'pointer-math',
    arg: ptrRegno,
    how: 'far',
  });
}

/** Refuses a pointer that is too far from its object (`check_reg_sane_offset_ptr`). @param moved register that was moved there, null before that */
function refusePointer(env: VerifierEnv, val: Scalar, type: number, ptrRegno: number, moved: number | null): never {
  const far = (): Failure => (moved === null ? why.farPointer(env, ptrRegno, type) : why.farResult(env, ptrRegno, moved, type));
  if (isFarConst(val))
    env.reject(Errno.EINVAL, `${regTypeStr(type)} pointer offset ${constBig(val)} is not allowed\n`, far, {
      kind: 'pointer-math',
      arg: ptrRegno,
      how: 'far',
    });
  return env.reject(Errno.EINVAL, `${regTypeStr(type)} pointer offset ${sminBig(val)} is not allowed\n`, far, {
    kind: 'pointer-math',
    arg: ptrRegno,
    how: 'far',
  });
}

/** Refuses arithmetic with 32 bits, on a pointer that may be NULL, or on one of a kind that does not move. */
function refuseKind(env: VerifierEnv, dst: number, ptrRegno: number, type: number, how: 'narrow' | 'null' | 'fixed'): never {
  const what: Refusal = { kind: 'pointer-math', arg: ptrRegno, how };
  if (how === 'narrow') {
    const narrow = (): Failure => why.narrowArithmetic(env, ptrRegno, type);
    env.reject(Errno.EACCES, `R${dst} 32-bit pointer arithmetic prohibited\n`, narrow, what);
  }
  const prohibited = `R${dst} pointer arithmetic on ${regTypeStr(type)} prohibited`;
  if (how === 'null')
    env.reject(Errno.EACCES, `${prohibited}, null-check it first\n`, () => why.arithmeticOnNull(env, ptrRegno, type), what);
  return env.reject(Errno.EACCES, `${prohibited}\n`, () => why.immovable(env, ptrRegno, type), what);
}

/** Refuses `number - pointer`. */
function refuseFromNumber(env: VerifierEnv, dst: number, ptrRegno: number): never {
  return env.reject(Errno.EACCES, `R${dst} tried to subtract pointer from scalar\n`, () => why.pointerFromScalar(env, ptrRegno, dst), {
    kind: 'pointer-math',
    arg: ptrRegno,
    how: 'from-number',
  });
}

/** Refuses a subtraction from a frame pointer, which JITs cannot be expected to handle. */
function refuseFromStack(env: VerifierEnv, dst: number, ptrRegno: number): never {
  return env.reject(Errno.EACCES, `R${dst} subtraction from stack pointer prohibited\n`, () => why.stackSubtraction(env, ptrRegno), {
    kind: 'pointer-math',
    arg: ptrRegno,
    how: 'stack',
  });
}

/** Refuses what is neither an addition nor a subtraction. */
function refuseOperator(env: VerifierEnv, op: number, dst: number, ptrRegno: number, type: number): never {
  const name = ALU_TEXT[op]!;
  if (op === Alu.AND || op === Alu.OR || op === Alu.XOR) {
    const bitwise = (): Failure => why.bitwise(env, ptrRegno, type, name);
    env.reject(Errno.EACCES, `R${dst} bitwise operator ${name} on pointer prohibited\n`, bitwise, {
      kind: 'pointer-math',
      arg: ptrRegno,
      how: 'bitwise',
      name,
    });
  }
  const other = (): Failure => why.otherOperator(env, ptrRegno, type, name);
  return env.reject(Errno.EACCES, `R${dst} pointer arithmetic with ${name} operator prohibited\n`, other, {
    kind: 'pointer-math',
    arg: ptrRegno,
    how: 'operator',
    name,
  });
}

/** Whether a pointer of this kind may move by this offset. */
function isMovable(base: number, op: number, offset: Scalar): boolean {
  switch (base) {
    case RegType.PTR_TO_CTX:
    case RegType.PTR_TO_MAP_VALUE:
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_STACK:
    case RegType.PTR_TO_PACKET_META:
    case RegType.PTR_TO_PACKET:
    case RegType.PTR_TO_TP_BUFFER:
    case RegType.PTR_TO_BTF_ID:
    case RegType.PTR_TO_MEM:
    case RegType.PTR_TO_BUF:
    case RegType.PTR_TO_FUNC:
    case RegType.CONST_PTR_TO_DYNPTR:
      return true;
    case RegType.PTR_TO_FLOW_KEYS:
      return isConst(offset);
    case RegType.CONST_PTR_TO_MAP:
      return isConst(offset) && smin(offset) === 0 && op === Alu.ADD;
    default:
      return false;
  }
}

/**
 * `dst op= …` where one operand is a pointer and the other a scalar.
 *
 * @param ptr the pointer, as it was before
 * @param offset the scalar operand
 * @param pointerInDst whether the pointer is the destination (`pointer op= scalar`) or the source (`scalar op= pointer`)
 */
export function pointerAlu(env: VerifierEnv, insn: Insn, ptr: RegState, offset: RegState, pointerInDst: boolean): void {
  const { dst, code } = insn;
  const { regs } = env;
  const op = aluOp(code);
  const off = offset.val;
  const known = isConst(off);
  const ptrRegno = pointerInDst ? dst : insn.src;

  // A constant with wider bounds comes from a dead branch.
  if (known && (off.sHi | off.sLo) !== 0) {
    regs[dst] = unknownScalar(env);
    return;
  }
  if (classOf(code) !== Class.ALU64) {
    if (op === Alu.SUB && env.allowPtrLeaks) {
      regs[dst] = unknownScalar(env);
      return;
    }
    refuseKind(env, dst, ptrRegno, ptr.type, 'narrow');
  }
  if (mayBeNull(ptr.type)) refuseKind(env, dst, ptrRegno, ptr.type, 'null');
  const base = baseType(ptr.type);
  if (!isMovable(base, op, off)) refuseKind(env, dst, ptrRegno, ptr.type, 'fixed');

  if (!pointerInDst) regs[dst] = ptr;
  // Untrusted memory is only read through probes: its offset does not matter.
  if (base === RegType.PTR_TO_MEM && (ptr.type & Flag.PTR_UNTRUSTED) !== 0) return;

  if (isFar(off)) refuseOffset(env, off, ptr.type, ptrRegno);
  if (isFar(ptr.val)) refusePointer(env, ptr.val, ptr.type, ptrRegno, null);
  const info = env.bypassSpecV1 ? NOTHING_GUARDED : newSanitizeInfo();
  sanitizePointerAlu(env, insn, ptr, offset, pointerInDst, info, 'before');

  const moved = movePointer(env, insn, ptr, off, pointerInDst);
  if (isFar(moved.val)) refusePointer(env, moved.val, ptr.type, ptrRegno, dst);
  // The range of a packet pointer was measured from its maximum, which the tnum must not lower as long as id or range are kept.
  const keepsRange = isPacketPointer(moved.type) && (known || moved.range > 0);
  const result = moved.withVal(keepsRange ? syncLow32(moved.val) : sync(moved.val));
  regs[dst] = result;
  sanitizeCheckBounds(env, insn, result);
  sanitizePointerAlu(env, insn, result, offset, true, info, 'after');
}

/** The packet pointer with its constant or its variable part moved. */
function moveParts(ptr: RegState, op: number, off: Scalar, forgetRange: boolean): RegState {
  if (isConst(off)) return stepFixed(ptr, op === Alu.ADD ? smin(off) : -smin(off));
  const moving = movingPart(ptr);
  const obj = sync(op === Alu.ADD ? addOffsets(moving, off) : subOffsets(moving, off));
  return forgetRange ? ptr.with({ num: 0, obj }) : ptr.with({ obj });
}

/** The pointer with its new offset (not synced), packet id and range. */
function movePointer(env: VerifierEnv, insn: Insn, ptr: RegState, off: Scalar, pointerInDst: boolean): RegState {
  const { dst } = insn;
  const op = aluOp(insn.code);
  const known = isConst(off);
  const ptrRegno = pointerInDst ? dst : insn.src;
  let val: Scalar;
  let forgetRange: boolean;
  if (op === Alu.ADD) {
    val = addOffsets(ptr.val, off);
    forgetRange = !known;
  } else if (op === Alu.SUB) {
    if (!pointerInDst) refuseFromNumber(env, dst, ptrRegno);
    if (ptr.type === RegType.PTR_TO_STACK) refuseFromStack(env, dst, ptrRegno);
    val = subOffsets(ptr.val, off);
    forgetRange = !known && smin(off) < 0;
  } else {
    refuseOperator(env, op, dst, ptrRegno, ptr.type);
  }
  if (!isPacketPointer(ptr.type)) {
    const parts = keepsParts(env.kernel.features, ptr.type);
    return parts ? moveParts(ptr, op, off, false).withVal(val) : ptr.withVal(val);
  }
  const id = known ? ptr.id : env.nextId();
  if (!env.kernel.features['packet.oneOffset']) return moveParts(ptr, op, off, forgetRange).with({ val, id });
  const keeps = !forgetRange && ptr.range >= 0;
  return new RegState(
    ptr.type,
    val,
    id,
    ptr.parentId,
    ptr.mapUid,
    ptr.delta,
    keeps ? ptr.obj : null,
    keeps ? ptr.num : 0,
    keeps ? ptr.num2 : 0,
    keeps ? ptr.num3 : 0,
    ptr.precise,
  );
}
