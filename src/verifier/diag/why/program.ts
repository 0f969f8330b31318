// SPDX-License-Identifier: GPL-2.0-only
/** Refusals because of the program's structure, or of who loads it. Texts: `kernel/bpf/cfg.c`, `kernel/bpf/verifier.c`. */
import type { Failure } from '../failure';

/** Something that the loader or this kind of program must not do (`bpf_diag_policy`). */
export function notPermitted(insn: number, operation: string, reason: string, suggestion: string): Failure {
  return {
    category: 'Policy',
    problem: 'operation is not allowed',
    reason: `The ${operation} is not allowed: ${reason}.`,
    insn,
    note: `policy check failed for ${operation}`,
    scope: null,
    suggestion,
  };
}

function structure(insn: number, problem: string, suggestion: string, reason: string): Failure {
  return { category: 'Program Structure', problem, reason, insn, scope: null, suggestion };
}

/** A jump out of its subprogram, which reaches from `first` to `last`. */
export function jumpOutOfSubprog(insn: number, target: number, subprog: number, first: number, last: number): Failure {
  return structure(
    insn,
    'jump out of range',
    'Keep branch targets within the same subprogram, or use an explicit subprogram call.',
    `Instruction ${insn} jumps to instruction ${target}, but subprogram ${subprog} only contains instructions ${first} through ${last}. A branch target must stay inside the same subprogram.`,
  );
}

export function fallsThrough(insn: number, subprog: number): Failure {
  return structure(
    insn,
    'subprogram can fall through',
    'End each subprogram with an exit or an explicit jump that keeps control flow inside the subprogram.',
    `Subprogram ${subprog} reaches its last instruction ${insn} without an exit or jump, so control could continue into the next subprogram.`,
  );
}

export function recursion(insn: number): Failure {
  return structure(
    insn,
    'recursive subprogram call',
    'Rewrite the recursion as an explicit bounded loop, or split the logic so subprogram calls do not form a cycle.',
    'This bpf2bpf call would make the subprogram call graph recursive. The verifier requires a finite, acyclic call graph so it can bound stack depth and analysis.',
  );
}

/** A jump out of the program, whose last instruction is `last`. */
export function jumpOutOfProgram(insn: number, target: number, last: number): Failure {
  return structure(
    insn,
    'jump out of range',
    'Keep branch targets inside the program.',
    `Instruction ${insn} jumps to instruction ${target}, but the program only contains instructions 0 through ${last}.`,
  );
}

export function backEdge(insn: number, target: number): Failure {
  return structure(
    insn,
    'back-edge is not allowed',
    'Load with privileges that allow this back-edge, or rewrite the control flow so it does not branch backward.',
    `Instruction ${insn} branches back to instruction ${target}. This program is being rejected without the privilege needed for this back-edge.`,
  );
}

export function noJumpTable(start: number): Failure {
  return structure(
    start,
    'missing jump table',
    'Make sure subprograms containing gotox instructions are accompanied by jump tables referencing these subprograms.',
    `No jump table was found for the subprogram that starts at instruction ${start}.`,
  );
}

export function jumpTableOutside(insn: number, start: number, end: number): Failure {
  return structure(
    insn,
    'jump table target out of range',
    'Keep every jump-table target inside the same subprogram.',
    `The jump table for instruction ${insn} points outside subprogram range [${start},${end}).`,
  );
}

export function indirectJumpOutOfProgram(insn: number, target: number, last: number): Failure {
  return structure(
    insn,
    'indirect jump out of range',
    'Keep indirect jump targets inside the program.',
    `Instruction ${insn} can jump indirectly to instruction ${target}, but the program only contains instructions 0 through ${last}.`,
  );
}

export function unreachable(insn: number): Failure {
  return structure(
    insn,
    'unreachable instruction',
    'Remove the unreachable instruction or add valid control flow that reaches it.',
    `Instruction ${insn} is not reachable from the program entry point.`,
  );
}

export function jumpIntoImmediate(insn: number): Failure {
  return structure(
    insn,
    'jump into ldimm64 immediate',
    'Target the first instruction of the ldimm64 pair, or restructure the jump target.',
    `Control flow reaches the second half of the ldimm64 instruction pair that starts at instruction ${insn}.`,
  );
}
