// SPDX-License-Identifier: GPL-2.0-only
/** Watches an exploration for what is dangerous without being forbidden. Changes nothing. */
import { calledSlot } from '../isa/flow';
import type { Insn } from '../isa/insn';
import { isPseudoCall } from '../isa/insn';
import type { KernelProfile } from '../kernel/profile';
import { isHelperCall, isKfuncCall } from '../isa/insn';
import type { Program } from '../object/program';
import type { Hazard } from '../policy/types';
import { Op } from '../policy/types';
import { callDemand, calleeName } from '../verifier/contexts';
import type { Recorder, VerifierEnv } from '../verifier/env';
import { SlotType } from '../verifier/state/stack';
import type { VerifierState } from '../verifier/state/state';
import { findSubprog } from '../verifier/prepass/subprog-table';

/** A hazard that the exploration met. */
export interface HazardHit {
  readonly hazard: Hazard;
  readonly insn: number;
}

/** Names of the helpers and kfuncs that a program calls. */
export function calleesOf(prog: Program, kernel: KernelProfile): ReadonlySet<string> {
  const names = new Set<string>();
  for (const insn of prog.insns) {
    if (isHelperCall(insn)) names.add(kernel.helperName(insn.imm) ?? '');
    else if (isKfuncCall(insn)) {
      const btf = insn.off === 0 ? kernel.btf : prog.fdArray[insn.off];
      names.add(btf?.type(insn.imm)?.name ?? '');
    }
  }
  for (const note of prog.notes.values()) if (note.kind === 'kfunc') names.add(note.name);
  return names;
}

/** Of some hazards those that a program can meet at all, by what it calls. */
export function hazardsOfProgram(hazards: readonly Hazard[], callees: ReadonlySet<string>): Hazard[] {
  return hazards.filter(({ place }) => place.kind === 'class' || callees.has(place.kind === 'iterator' ? `${place.name}_new` : place.name));
}

function hasIterator(state: VerifierState, name: string): boolean {
  return state.frames.some((f) =>
    f.stack.some((s) => s.top === SlotType.ITER && s.reg.obj !== null && s.reg.btf.type(s.reg.btfId)?.name === name),
  );
}

function inCallbackOf(env: VerifierEnv, name: string): boolean {
  return env.cur.frames.some((f) => f.inCallbackFn && f.callsite >= 0 && calleeName(env, env.insns[f.callsite]!) === name);
}

function applies(env: VerifierEnv, hazard: Hazard): boolean {
  const { kind, name } = hazard.place;
  switch (kind) {
    case 'iterator':
      return hasIterator(env.cur, name);
    case 'callback':
      return inCallbackOf(env, name);
    case 'class':
      return env.cur.held.entries.some((e) => e.cls.name === name);
  }
}

/** What an instruction may do, calls of global functions included: static ones are explored themselves. */
function demandAt(env: VerifierEnv, insn: Insn, at: number): number {
  if (!isPseudoCall(insn)) return callDemand(env, insn);
  const sub = env.subprogs[findSubprog(env, calledSlot(insn, at))];
  if (sub?.linkage !== 1) return 0;
  return (sub.mightSleep ? Op.SLEEP : 0) | (sub.mightFault ? Op.FAULT : 0);
}

/** Notes each hazard once an instruction, and passes everything on to another recorder. */
export class HazardWatch implements Recorder {
  readonly hits: HazardHit[] = [];
  private readonly demands: (number | undefined)[] = [];
  private readonly seen = new Set<string>();

  constructor(
    private readonly hazards: readonly Hazard[],
    private readonly inner: Recorder | null,
  ) {}

  onInsn(env: VerifierEnv): void {
    this.inner?.onInsn(env);
    const at = env.insnIdx;
    const demand = (this.demands[at] ??= demandAt(env, env.insns[at]!, at));
    if (demand === 0) return;
    for (const hazard of this.hazards) {
      const key = `${at} ${hazard.id}`;
      if ((demand & hazard.op) === 0 || this.seen.has(key) || !applies(env, hazard)) continue;
      this.seen.add(key);
      this.hits.push({ hazard, insn: at });
    }
  }

  onPruned(env: VerifierEnv, by: VerifierState): void {
    this.inner?.onPruned(env, by);
  }
}
