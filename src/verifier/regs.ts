// SPDX-License-Identifier: GPL-2.0-only
/** Small operations on registers of a frame that every check uses. */
import { FP_REG } from '../isa/opcode';
import { RegType } from '../kernel/types';
import { ZERO } from './domain';
import { why } from './diag';
import type { VerifierEnv } from './env';
import { Errno } from './errors';
import type { FuncState } from './state/frame';
import { NOT_INIT, scalarReg, UNKNOWN_PRECISE, UNKNOWN_SCALAR, type RegState } from './state/reg';

/** An unknown scalar as this loader gets it: precise from birth without CAP_BPF (`__mark_reg_unknown`). */
export function unknownScalar(env: VerifierEnv): RegState {
  return env.bpfCapable ? UNKNOWN_SCALAR : UNKNOWN_PRECISE;
}

/** The scalar 0, linked with nothing (`__mark_reg_const_zero`). */
export function zeroReg(env: VerifierEnv): RegState {
  return scalarReg(ZERO).withPrecise(!env.bpfCapable);
}

/** What a register becomes when its object is gone: a scalar, or unreadable without pointer-leak rights (`mark_reg_invalid`). */
export function invalidReg(env: VerifierEnv): RegState {
  return env.allowPtrLeaks ? unknownScalar(env) : NOT_INIT;
}

export function markUnknown(env: VerifierEnv, regno: number): void {
  env.regs[regno] = unknownScalar(env);
}

/** Requires a readable register (`check_reg_arg` with SRC_OP). */
export function checkRegRead(env: VerifierEnv, regno: number): RegState {
  if (regno >= 11)
    env.reject(Errno.EINVAL, `R${regno} is invalid\n`, undefined, {
      kind: 'bad-instruction',
      name: `register ${regno} does not exist`,
    });
  env.scratchReg(regno);
  const reg = env.regs[regno]!;
  if (reg.type === RegType.NOT_INIT)
    env.reject(Errno.EACCES, `R${regno} !read_ok\n`, () => why.unreadable(env, regno), {
      kind: 'unreadable',
      arg: regno,
      callee: '',
    });
  if (regno !== FP_REG) env.frame.marks?.readReg(regno);
  return reg;
}

/** Requires a writable register and, unless `keep`, makes it unknown (`check_reg_arg` with DST_OP / DST_OP_NO_MARK). */
export function checkRegWrite(env: VerifierEnv, regno: number, keep = false): void {
  if (regno >= 11)
    env.reject(Errno.EINVAL, `R${regno} is invalid\n`, undefined, {
      kind: 'bad-instruction',
      name: `register ${regno} does not exist`,
    });
  env.scratchReg(regno);
  if (regno === FP_REG)
    env.reject(Errno.EACCES, 'frame pointer is read only\n', undefined, {
      kind: 'bad-instruction',
      name: 'it writes the frame pointer, which is read only',
    });
  if (env.frame.marks !== null) env.frame.marks.regs[regno]!.written = true;
  if (!keep) markUnknown(env, regno);
}

/** Whether a value must be kept from the user: any pointer when leaks are not allowed (`__is_pointer_value`). */
export function isPointerValue(env: VerifierEnv, reg: RegState): boolean {
  return !env.allowPtrLeaks && reg.type !== RegType.SCALAR_VALUE;
}

/** Calls `change` on every register, spilled register and stack argument of all frames; a returned other value replaces it (`bpf_for_each_reg_in_vstate`). */
export function mapAllRegs(state: { readonly frames: readonly FuncState[] }, change: (reg: RegState, frame: FuncState) => RegState): void {
  for (const f of state.frames) {
    for (let i = 0; i < f.regs.length; i++) {
      const r = f.regs[i]!;
      const n = change(r, f);
      if (n !== r) f.regs[i] = n;
    }
    for (let i = 0; i < f.stack.length; i++) {
      const slot = f.stack[i]!;
      if (slot.top !== 1 /* SPILL */) continue;
      const n = change(slot.reg, f);
      if (n !== slot.reg) f.setSlot(i, slot.withReg(n));
    }
    for (let i = 0; i < f.stackArgs.length; i++) {
      const r = f.stackArgs[i]!;
      if (r.type === RegType.NOT_INIT) continue;
      const n = change(r, f);
      if (n !== r) f.stackArgs[i] = n;
    }
  }
}
