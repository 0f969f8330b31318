// SPDX-License-Identifier: GPL-2.0-only
/** What views ask of an instruction: its spelling, what it calls, what it changes. */
import type { GraphInsn, OperationKind } from './graph';

/** An instruction as blocks and the disassembly show it: instruction numbers for jump distances, names for calls. */
export function spell(insn: GraphInsn): string {
  return insn.shown ?? insn.text;
}

/** Name of the helper or kfunc that an instruction calls; '' for other instructions and for functions of the program. */
export function kernelCallee(insn: GraphInsn | null | undefined): string {
  const callee = insn?.operation.callee;
  return callee == null || callee.kind === 'function' ? '' : callee.name;
}

/** What an instruction calls where a sentence speaks of the call; its spelling where that has no name, or it is no call. */
export function callName(insn: GraphInsn): string {
  return insn.operation.callee?.name || spell(insn);
}

/** Whether an instruction leaves a function or the program. */
export function isExit(insn: GraphInsn): boolean {
  return insn.operation.kind === 'exit';
}

export function isCall(insn: GraphInsn): boolean {
  return insn.operation.kind === 'call';
}

const DECIDES: ReadonlySet<OperationKind> = new Set(['call', 'exit', 'goto', 'branch', 'may_goto']);

/** Whether it calls, jumps or leaves: what a reader of the control flow looks for. */
export function leadsElsewhere(insn: GraphInsn): boolean {
  return DECIDES.has(insn.operation.kind);
}

/** What of an instruction matters most to whoever looks at its line: the less, the more it tells. */
function rank(insn: GraphInsn): number {
  if (insn.rejected) return 0;
  if (insn.demands.length > 0) return 1;
  return insn.maySleep === 'mixed' ? 2 : insn.maySleep === 'no' ? 3 : insn.maySleep === 'yes' ? 4 : 5;
}

/** The instruction that speaks for a line: the rejected one, else a call that may sleep, else where sleeping is least free; the first of these. */
export function mainInsn(insns: readonly GraphInsn[]): GraphInsn | undefined {
  return [...insns].sort((a, b) => rank(a) - rank(b))[0];
}
