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
