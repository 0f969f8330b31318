// SPDX-License-Identifier: GPL-2.0-only
/** Refusals of memory accesses. Texts: `kernel/bpf/verifier.c: check_mem_region_access`, stack accesses; `kernel/bpf/diagnostics.c`. */
import type { ArgNo, VerifierEnv } from '../../env';
import { sminBig, tnumString, umaxBig } from '../../domain';
import { regTypeStr } from '../../log/regtype';
import type { RegState } from '../../state/reg';
import type { Failure } from '../failure';
import { accessOffsetPhrase, sumPhrase } from '../phrase';
import { registerScope } from './register';
import { argName, argRegno } from '../../arg-no';

const MAX_VAR_OFF = 1 << 29;

/** Which end of an access may lie outside of its region, and why. */
export type Miss = 'negative' | 'low' | 'unbounded' | 'high';

function proof(miss: Miss, reg: RegState, off: number, size: number, memSize: number): string {
  switch (miss) {
    case 'negative':
      return `the minimal bound for a memory access is a negative value: ${sumPhrase(sminBig(reg.val), off)}`;
    case 'low':
      return `the minimal bound for a memory access is ${sumPhrase(sminBig(reg.val), off)} and is outside of the object of size ${memSize}`;
    case 'unbounded':
      return `the maximal bound for a memory access is ${umaxBig(reg.val)} and exceeds maximum allowed offset of ${MAX_VAR_OFF}`;
    case 'high': {
      const start = umaxBig(reg.val) + BigInt(off);
      return `the maximal bound for a memory access is ${start + BigInt(size)}: start ${start} + access_size ${size}, beyond object_size ${memSize}`;
    }
  }
}

/** An access that may leave its region (`bpf_diag_mem_bounds`). */
export function outside(env: VerifierEnv, miss: Miss, reg: RegState, arg: ArgNo, off: number, size: number, memSize: number): Failure {
  return {
    category: 'Memory Safety',
    problem: 'access outside bounds',
    reason:
      `The verifier cannot prove offset + access_size <= object_size. Here, ${proof(miss, reg, off, size, memSize)}. ` +
      `${argName(arg)} is ${regTypeStr(reg.type)}; offset is ${accessOffsetPhrase(off, reg.val)}; access_size is ${size}; object_size is ${memSize}.`,
    insn: env.insnIdx,
    note: 'access may be outside object bounds',
    scope: registerScope(env, argRegno(arg)),
    suggestion: 'Add or adjust a bounds check that proves offset + access_size stays within the object.',
  };
}

function stack(insn: number, problem: string, reason: string, suggestion: string): Failure {
  return { category: 'Memory Safety', problem, reason, insn, scope: null, suggestion };
}

export function corruptedSpill(insn: number, off: number, size: number): Failure {
  return stack(
    insn,
    'stack spill corruption',
    `This store writes ${size} bytes at stack offset ${off} into a stack slot that currently holds a spilled pointer. Partial writes to spilled pointers are rejected because they can corrupt pointer metadata and leak kernel pointers.`,
    'Write the full 8-byte spilled pointer slot, or use a separate stack slot for scalar data before overwriting only part of it.',
  );
}

export function uninitializedStack(env: VerifierEnv, off: number, byte: number, size: number): Failure {
  return stack(
    env.insnIdx,
    'uninitialized stack read',
    `This rejected read uses ${size} bytes at stack offset ${off}, but byte ${byte} in that range is uninitialized on this path. Programs loaded with CAP_PERFMON can be allowed to read uninitialized stack bytes, but this program is being rejected without that allowance.`,
    'Initialize every byte in the stack range before reading it, adjust the offset and size so the read covers only initialized bytes, or load with CAP_PERFMON if uninitialized stack reads are intended.',
  );
}

export function variableStack(env: VerifierEnv, ptr: RegState, off: number, size: number): Failure {
  return stack(
    env.insnIdx,
    'variable stack access',
    `The helper would access the stack through variable offset ${tnumString(ptr.val)} plus fixed offset ${off} and size ${size}. Helper stack memory arguments require a constant stack offset and a precise initialized range.`,
    'Use a fixed stack offset for helper memory arguments, or copy the needed bytes into a fixed stack slot first.',
  );
}
