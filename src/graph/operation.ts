// SPDX-License-Identifier: GPL-2.0-only
/** Instructions as data: what they do, read, write, call, and where they lead. */
import { calledSlot } from '../isa/flow';
import { type Insn, isHelperCall, isKfuncCall, isPseudoCall } from '../isa/insn';
import { Class, classOf, Mode, modeOf, NR_REGS } from '../isa/opcode';
import { decode } from '../isa/operation';
import type { Callee, Operation } from '../protocol/graph';
import { calleeName } from '../verifier/contexts';
import type { VerifierEnv } from '../verifier/env';
import { callSummary } from '../verifier/prepass/call-summary';
import { defUse } from '../verifier/prepass/def-use';
import { findSubprog } from '../verifier/prepass/subprog-table';
import { successors } from './cfg';
import { functionName } from './functions';
import { Shared } from './shared';

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
  const start = calledSlot(insn, at);
  const subprog = findSubprog(env, start);
  return { kind: 'function', name: subprog < 0 ? '' : functionName(env, subprog), start };
}

/** What the instruction at a slot does. Made from the opcode and from what is known of the callee, never from a spelling. */
export function operationOf(env: VerifierEnv, at: number): Operation {
  const insn = env.insns[at]!;
  const decoded = decode(insn);
  const ways = successors(env.insns, at, env.aux.rare(at).jt);
  return {
    ...decoded,
    ...registers(env, insn, decoded.kind),
    targets: ways.filter((w) => w.kind !== 'fall').map((w) => w.to),
    callee: decoded.kind === 'call' ? calleeOf(env, at, insn) : null,
  };
}

const NONE: readonly never[] = [];

/** Operations of one program. Equal ones are one value: programs of a million instructions have a few hundred. */
export class Operations {
  private readonly plain = new Map<number, Operation>();
  private readonly calls = new Shared<Operation>();

  constructor(private readonly env: VerifierEnv) {}

  /** What the instruction at a slot does, as {@link operationOf}. */
  of(at: number): Operation {
    const insn = this.env.insns[at]!;
    const cls = classOf(insn.code);
    const jumps = cls === Class.JMP || cls === Class.JMP32;
    const key = keyOf(insn, jumps);
    let plain = this.plain.get(key);
    if (plain === undefined) {
      const decoded = decode(insn);
      if (decoded.kind === 'call') return this.calls.of(operationOf(this.env, at));
      plain = { ...decoded, ...registers(this.env, insn, decoded.kind), targets: NONE, callee: null };
      this.plain.set(key, plain);
    }
    if (!jumps) return plain;
    const targets: number[] = [];
    for (const way of successors(this.env.insns, at, this.env.aux.rare(at).jt)) if (way.kind !== 'fall') targets.push(way.to);
    if (targets.length === 0) return plain;
    const { kind, name, reads, writes } = plain;
    return { class: plain.class, kind, name, reads, writes, targets, callee: null };
  }
}

/** Tells instructions apart that differ in more than where they lead: the field that names the operation counts where one does. */
function keyOf(insn: Insn, jumps: boolean): number {
  const cls = classOf(insn.code);
  const atomic = cls === Class.STX && modeOf(insn.code) === Mode.ATOMIC;
  const variant = jumps ? 0 : atomic ? insn.imm : cls === Class.ALU || cls === Class.ALU64 ? insn.off : 0;
  return insn.code + (insn.dst << 8) + (insn.src << 12) + (variant & 0xffff) * 0x10000;
}
