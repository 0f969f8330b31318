// SPDX-License-Identifier: GPL-2.0-only
/** Comparison of two verifier logs, leaving out only what differs from run to run: the time, and addresses of kernel objects. */
import { LD_IMM64, PseudoLd } from '../../src/isa/opcode';
import type { Program } from '../../src/object/program';

/** First place in which two logs differ; a line is null after the end. */
export interface LogDifference {
  /** From 1. */
  readonly line: number;
  readonly theirs: string | null;
  readonly ours: string | null;
}

/** A 64-bit load with the number of its instruction, anywhere in a line, and the padding behind it. */
const LOAD = /(\d+)((?::| \|)(?: [.0-9]{10})? \(18\) r\d+ = )(0x[0-9a-f]+)( *)(?=;| ;|\/\/|\t|$)/g;

/** Whether an instruction's 64-bit immediate is the address of a kernel object. */
function loadsObject(program: Program, at: number): boolean {
  const insn = program.insns[at];
  return insn?.code === LD_IMM64 && insn.src !== 0 && insn.src !== PseudoLd.FUNC;
}

/** Whether it is an address that the loader looked up: for the verifier a number like any other, which states show too. */
function loadsSymbol(program: Program, at: number): boolean {
  const insn = program.insns[at];
  return insn?.code === LD_IMM64 && insn.src === 0 && program.notes.get(at)?.kind === 'ksym';
}

/**
 * Lines of a log without the verification time and without addresses. The padding behind an address depends on its width, so
 * it goes too.
 */
export function comparableLines(log: string, program: Program): string[] {
  const symbols = new Set<string>();
  const lines = log
    .replace(/verification time \d+ usec/g, 'verification time')
    .split('\n')
    .map((line) => {
      if (!line.includes('(18) ')) return line;
      return line
        .replace(LOAD, (all, idx: string, middle: string, address: string) => {
          const isSymbol = loadsSymbol(program, Number(idx));
          if (isSymbol) symbols.add(address);
          return isSymbol || loadsObject(program, Number(idx)) ? `${idx}${middle}ADDRESS ` : all;
        })
        .trimEnd();
    });
  if (symbols.size === 0) return lines;
  return lines.map((line) =>
    line.replace(/=(P?)(0x[0-9a-f]+)\b/g, (all, precise: string, number: string) => (symbols.has(number) ? `=${precise}ADDRESS` : all)),
  );
}

/** The first difference, null if there is none. */
export function logDifference(theirs: string, ours: string, program: Program): LogDifference | null {
  const a = comparableLines(theirs, program);
  const b = comparableLines(ours, program);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return { line: i + 1, theirs: a[i] ?? null, ours: b[i] ?? null };
  }
  return null;
}

/** What kind of line it is, numbers and names out: differences of one cause fall into one group. */
export function lineShape(line: string | null): string {
  if (line === null) return '(end)';
  return line
    .replace(/0x[0-9a-f]+/g, 'N')
    .replace(/-?\d+/g, 'N')
    .replace(/^(; ).*/, '$1source line')
    .replace(/^( {2}(?:>>> | {4})N \| ).*/, '$1source or instruction')
    .slice(0, 130);
}
