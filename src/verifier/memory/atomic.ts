// SPDX-License-Identifier: GPL-2.0-only
/** Atomic operations. Facts: `kernel/bpf/verifier.c: check_atomic, check_atomic_rmw, atomic_ptr_type_ok`; `arch/x86/net/bpf_jit_comp.c: bpf_jit_supports_insn`. */
import type { Insn } from '../../isa/insn';
import { accessBytes, Atomic } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import { regPlace } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { checkRegRead, checkRegWrite, isPointerValue } from '../regs';
import { checkMemAccess } from './access';
import { loadMem, storeReg } from './load-store';
import { savePtrType } from './ptr-type';
import { isPacketPointer, isSocketPointer, mayFaultOnDeref } from '../state/reg-kinds';

/** Read-modify-write operations, by `imm`. */
const READ_MODIFY_WRITE: ReadonlySet<number> = new Set([
  Atomic.ADD,
  Atomic.ADD | Atomic.FETCH,
  Atomic.AND,
  Atomic.AND | Atomic.FETCH,
  Atomic.OR,
  Atomic.OR | Atomic.FETCH,
  Atomic.XOR,
  Atomic.XOR | Atomic.FETCH,
  Atomic.XCHG,
  Atomic.CMPXCHG,
]);

/** Operations that the JIT cannot do in an arena. */
const NOT_IN_ARENA: ReadonlySet<number> = new Set([Atomic.AND | Atomic.FETCH, Atomic.OR | Atomic.FETCH, Atomic.XOR | Atomic.FETCH]);

/** Whether memory behind the register may be accessed atomically. */
function pointerAllowed(env: VerifierEnv, regno: number, insn: Insn): boolean {
  const { type } = env.regs[regno]!;
  if (type === RegType.PTR_TO_CTX || isPacketPointer(type) || type === RegType.PTR_TO_FLOW_KEYS || isSocketPointer(type)) return false;
  if (type === RegType.PTR_TO_ARENA) return !NOT_IN_ARENA.has(insn.imm);
  return insn.imm !== Atomic.LOAD_ACQ || !mayFaultOnDeref(type);
}

function refusePointer(env: VerifierEnv, regno: number, verb: string): never {
  return env.reject(Errno.EACCES, `BPF_ATOMIC ${verb} R${regno} ${regTypeStr(env.regs[regno]!.type)} is not allowed\n`, undefined, {
    kind: 'atomic',
    arg: regno,
  });
}

/** Register that receives the old value, −1 for none. */
function fetchReg(insn: Insn): number {
  if (insn.imm === Atomic.CMPXCHG) return 0;
  return (insn.imm & Atomic.FETCH) !== 0 ? insn.src : -1;
}

function checkReadModifyWrite(env: VerifierEnv, insn: Insn): void {
  const size = accessBytes(insn.code);
  if (size !== 4 && size !== 8)
    env.reject(Errno.EINVAL, 'invalid atomic operand size\n', undefined, {
      kind: 'bad-operand',
      name: 'an atomic access of this size',
    });
  checkRegRead(env, insn.src);
  checkRegRead(env, insn.dst);
  if (insn.imm === Atomic.CMPXCHG && isPointerValue(env, checkRegRead(env, 0)))
    env.reject(Errno.EACCES, 'R0 leaks addr into mem\n', undefined, {
      kind: 'pointer-leak',
      arg: 0,
      where: 'mem',
    });
  if (isPointerValue(env, env.regs[insn.src]!))
    env.reject(Errno.EACCES, `R${insn.src} leaks addr into mem\n`, undefined, {
      kind: 'pointer-leak',
      arg: insn.src,
      where: 'mem',
    });
  if (!pointerAllowed(env, insn.dst, insn)) refusePointer(env, insn.dst, 'stores into');
  const loaded = fetchReg(insn);
  if (loaded >= 0) checkRegWrite(env, loaded);

  const access = (direction: 'read' | 'write', value: number): void =>
    checkMemAccess(env, env.insnIdx, env.regs[insn.dst]!, insn.dst, insn.off, size, direction, value, true);
  access('read', -1);
  if (loaded >= 0) {
    env.diag?.begin(regPlace(env.frame, loaded));
    access('read', loaded);
    env.diag?.end();
  }
  if (env.kernel.features['atomic.oneKind']) savePtrType(env, env.regs[insn.dst]!.type, false);
  access('write', -1);
}

/** An atomic instruction (`STX` in mode ATOMIC). */
export function checkAtomic(env: VerifierEnv, insn: Insn): void {
  const ordered = env.kernel.features['atomic.loadAcquire'];
  if (READ_MODIFY_WRITE.has(insn.imm)) {
    checkReadModifyWrite(env, insn);
  } else if (ordered && insn.imm === Atomic.LOAD_ACQ) {
    checkRegRead(env, insn.src);
    if (!pointerAllowed(env, insn.src, insn)) refusePointer(env, insn.src, 'loads from');
    loadMem(env, insn, true, false, false, 'atomic_load');
  } else if (ordered && insn.imm === Atomic.STORE_REL) {
    storeReg(env, insn, true);
    if (!pointerAllowed(env, insn.dst, insn)) refusePointer(env, insn.dst, 'stores into');
  } else {
    env.reject(Errno.EINVAL, `BPF_ATOMIC uses invalid atomic opcode ${(insn.imm >>> 0).toString(16).padStart(2, '0')}\n`, undefined, {
      kind: 'bad-instruction',
      name: 'the atomic operation does not exist',
    });
  }
}
