// SPDX-License-Identifier: GPL-2.0-only
/** One rejection as explainers see it: the verification, the way to the refusal, and how to speak of places. */
import { LineTable } from '../graph/lines';
import { calledSlot } from '../isa/flow';
import { isHelperCall, isKfuncCall, isPseudoCall } from '../isa/insn';
import type { HelperProto, Kfunc } from '../kernel/profile';
import type { CauseEvent, CauseEventKind } from '../protocol/explanation';
import type { SourcePlace } from '../protocol/graph';
import type { ProblemCode } from '../protocol/problem-code';
import type { VerifyResult } from '../verifier/check';
import type { Refusal } from '../verifier/diag';
import type { VerifierEnv } from '../verifier/env';
import { type HeldTable, NOTHING_HELD } from '../verifier/state/held';
import type { RegState } from '../verifier/state/reg';
import { pathTo, type Step } from './trace';
import { argumentText, assignedVariable } from './words';

/** A kind of refusal. */
export type Of<K extends Refusal['kind']> = Extract<Refusal, { kind: K }>;

/** What an explainer has to say. */
export interface Told {
  readonly code: ProblemCode;
  readonly summary: string;
  readonly detail: string;
  readonly cause: readonly CauseEvent[];
  readonly suggestion: string | null;
  /** Where it is refused, if not at the instruction at hand. */
  readonly at?: number;
}

/** What a call instruction calls. */
export interface Callee {
  readonly name: string;
  readonly kfunc: Kfunc | null;
  readonly helper: HelperProto | null;
  /** Subprogram of the program, −1 for none. */
  readonly subprog: number;
}

export class Case {
  readonly env: VerifierEnv;
  readonly lines: LineTable;
  /** The way to the refusal; empty when nothing was explored or recorded. */
  readonly path: readonly Step[];
  /** Instruction that is refused. */
  readonly at: number;

  constructor(readonly verified: VerifyResult) {
    this.env = verified.env;
    this.lines = new LineTable(verified.env.prog.sourceLines);
    const state = this.env.cur as VerifierEnv['cur'] | undefined;
    const last = (state?.trail ?? null) as Step | null;
    this.path = last !== null && 'frames' in last ? pathTo(last) : [];
    this.at = verified.insn ?? this.env.insnIdx;
  }

  /** The step at which it is refused, null if there is no path. */
  get last(): Step | null {
    return this.path[this.path.length - 1] ?? null;
  }
  get held(): HeldTable {
    const state = this.env.cur as VerifierEnv['cur'] | undefined;
    return state?.held ?? NOTHING_HELD;
  }
  place(insn: number): SourcePlace | null {
    return this.lines.at(insn);
  }
  /** Source line of an instruction, '' if unknown. */
  text(insn: number): string {
    return this.place(insn)?.text.trim() ?? '';
  }
  /** `line 12`, else `instruction 34`. */
  where(insn: number): string {
    const place = this.place(insn);
    return place === null ? `instruction ${insn}` : `line ${place.line}`;
  }
  event(event: CauseEventKind, insn: number, text: string, variable: string | null = null, guilty = false): CauseEvent {
    return { event, insn, source: this.place(insn), variable, text, guilty };
  }
  /** What is called by an instruction; null if it is no call. */
  callee(insn: number): Callee | null {
    const code = this.env.insns[insn];
    if (code === undefined) return null;
    if (isHelperCall(code)) {
      const name = this.env.kernel.helperName(code.imm);
      const helper = this.env.kernel.anyHelperProto(code.imm);
      return { name: name ?? `helper ${code.imm}`, kfunc: null, helper, subprog: -1 };
    }
    if (isKfuncCall(code)) {
      const btf = code.off === 0 ? this.env.kernel.btf : this.env.prog.fdArray[code.off];
      const kfunc = btf == null || code.imm <= 0 ? null : this.env.kernel.kfunc(btf, code.imm);
      const note = this.env.prog.notes.get(insn);
      return { name: kfunc?.name ?? (note?.kind === 'kfunc' ? note.name : 'a kfunc'), kfunc, helper: null, subprog: -1 };
    }
    if (isPseudoCall(code)) {
      const subprog = this.subprogAt(calledSlot(code, insn));
      return { name: this.env.subprogs[subprog]?.name ?? 'a function', kfunc: null, helper: null, subprog };
    }
    return null;
  }
  /** Name of the callee of an instruction, '' if it is no call. */
  calleeName(insn: number): string {
    return this.callee(insn)?.name ?? '';
  }
  /** Index of the subprogram that an instruction is in. */
  subprogAt(insn: number): number {
    const { subprogs } = this.env;
    let found = 0;
    for (let i = 0; i < subprogs.length - 1; i++) if (subprogs[i]!.start <= insn) found = i;
    return found;
  }
  functionName(insn: number): string {
    return this.env.subprogs[this.subprogAt(insn)]?.name ?? '';
  }
  /** First and one past the last instruction of the function around an instruction. */
  range(insn: number): readonly [number, number] {
    const i = this.subprogAt(insn);
    return [this.env.subprogs[i]?.start ?? 0, this.env.subprogs[i + 1]?.start ?? this.env.insns.length];
  }
  /** Register of the innermost frame at the refusal; undefined for an argument on the stack or without a state. */
  reg(arg: number): RegState | undefined {
    const regno = this.regno(arg);
    const state = this.env.cur as VerifierEnv['cur'] | undefined;
    if (regno < 0 || state === undefined) return undefined;
    return this.last?.frames.at(-1)?.regs[regno] ?? state.cur.regs[regno];
  }
  /** Register number of an argument: itself, or that of argument −n; −1 if it is in none. */
  regno(arg: number): number {
    if (arg >= 0) return arg;
    return arg >= -5 ? -arg : -1;
  }
  /** The source of an argument of the refused call. */
  argument(arg: number, callee: string): string | null {
    const regno = this.regno(arg);
    return regno < 1 ? null : argumentText(this.text(this.at), callee, regno - 1);
  }
  /** The variable that the line of an instruction assigns. */
  assigned(insn: number): string | null {
    return assignedVariable(this.text(insn));
  }
}

/** An explanation of which only the words are known. */
export function told(
  code: ProblemCode,
  summary: string,
  detail: string,
  suggestion: string | null,
  cause: readonly CauseEvent[] = [],
  at?: number,
): Told {
  return { code, summary, detail, cause, suggestion, ...(at === undefined || at < 0 ? {} : { at }) };
}
