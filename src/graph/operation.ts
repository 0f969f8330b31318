// SPDX-License-Identifier: GPL-2.0-only
/** Instructions as data: what they do, read, write, call, and where they lead. */
import { type Insn, isHelperCall, isKfuncCall, isPseudoCall } from '../isa/insn';
import { NR_REGS } from '../isa/opcode';
import { decode } from '../isa/operation';
import type { Callee, Operation } from '../protocol/graph';
import { calleeName } from '../verifier/contexts';
import type { VerifierEnv } from '../verifier/env';
import { callSummary } from '../verifier/prepass/call-summary';
import { defUse } from '../verifier/prepass/def-use';
import { findSubprog } from '../verifier/prepass/subprog-table';
import { successors } from './cfg';
import { functionName } from './functions';

/** Numbers of the registers of a mask, of which bit `n` and bit `n + 16` are the halves of Rn; `first` comes first if it is among them. */
function registersOf(mask: number, first: number): number[] {
  const all: number[] = [];
  for (let r = 0; r < NR_REGS; r++) if (((mask | (mask >>> 16)) & (1 << r)) !== 0) all.push(r);
  return all.includes(first) ? [first, ...all.filter((r) => r !== first)] : all;
}

/** The context, which loads of packet bytes read, and what they change like a call (`check_ld_abs`). */
const CTX_REG = 6;
const CALLER_SAVED = [0, 1, 2, 3, 4, 5];

function registers(env: VerifierEnv, insn: Insn, kind: Operation['kind']): Pick<Operation, 'reads' | 'writes'> {
  if (kind === 'unknown' || kind === 'nospec') return { reads: [], writes: [] };
  if (kind === 'packet') return { reads: decode(insn).name === 'ld_ind' ? [CTX_REG, insn.src] : [CTX_REG], writes: CALLER_SAVED };
  const { use, def } = defUse(insn, kind === 'call' ? (callSummary(env, insn)?.numParams ?? -1) : -1);
  return { reads: registersOf(use, insn.dst), writes: registersOf(def, insn.dst) };
}

function calleeOf(env: VerifierEnv, at: number, insn: Insn): Callee | null {
  if (isHelperCall(insn)) return { kind: 'helper', name: calleeName(env, insn), start: null };
  if (isKfuncCall(insn)) return { kind: 'kfunc', name: calleeName(env, insn), start: null };
  if (!isPseudoCall(insn)) return null;
  const start = at + 1 + insn.imm;
  const subprog = findSubprog(env, start);
  return { kind: 'function', name: subprog < 0 ? '' : functionName(env, subprog), start };
}

/** What the instruction at a slot does. Made from the opcode and from what is known of the callee, never from a spelling. */
export function operationOf(env: VerifierEnv, at: number): Operation {
  const insn = env.insns[at]!;
  const decoded = decode(insn);
  const ways = successors(env.insns, at, env.aux[at]?.jt ?? null);
  return {
    ...decoded,
    ...registers(env, insn, decoded.kind),
    targets: ways.filter((w) => w.kind !== 'fall').map((w) => w.to),
    callee: decoded.kind === 'call' ? calleeOf(env, at, insn) : null,
  };
}
