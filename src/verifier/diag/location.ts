// SPDX-License-Identifier: GPL-2.0-only
/** Where something in a report is: function, source with its neighbourhood, instructions around. Facts: `kernel/bpf/diagnostics.c: bpf_diag_source`. */
import { LD_IMM64 } from '../../isa/opcode';
import type { LineInfo } from '../../object/program';
import type { VerifierEnv } from '../env';
import { insnText } from '../log/insn';
import { findLineInfo } from '../log/linfo';
import { annotation, indentOf, sourceRow } from './layout';
import { subprogOf } from '../prepass/subprog-table';

/** Rows before and after the one that is meant. */
const AROUND = 2;
/** Most characters of one instruction. */
const MAX_INSN = 159;

/** One thing that a report points at. */
export interface Location {
  readonly insn: number;
  /** `error`, `acquired`, `branch`, `update`, … */
  readonly label: string;
  readonly text: string;
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

/** The lines around `info` that the same subprogram has records of, by line number. */
function linesAround(env: VerifierEnv, info: LineInfo, subprog: number): ReadonlyMap<number, string> {
  const start = env.subprogs[subprog]?.start ?? 0;
  const end = env.subprogs[subprog + 1]?.start ?? Number.POSITIVE_INFINITY;
  const lines = new Map<number, string>();
  for (const record of env.given.lineInfo) {
    if (record.insnOff < start || record.insnOff >= end || record.file !== info.file || record.text === '') continue;
    if (Math.abs(record.line - info.line) <= AROUND && !lines.has(record.line)) lines.set(record.line, record.text);
  }
  return lines;
}

function sourceBlock(env: VerifierEnv, info: LineInfo, subprog: number, note: string): string {
  const lines = linesAround(env, info, subprog);
  const width = String(info.line + AROUND).length;
  let text = '  Source context:\n';
  for (let line = info.line - AROUND; line <= info.line + AROUND; line++) {
    const marked = line === info.line;
    text += `  ${sourceRow(marked, line, width, lines.get(line) ?? null)}\n`;
    if (marked) text += annotation(note, width, indentOf(info.text));
  }
  return text;
}

function insnBlock(env: VerifierEnv, at: number): string {
  const { insns } = env;
  const width = String(Math.max(0, insns.length - 1)).length;
  let text = '  Instruction context:\n';
  for (let i = at - AROUND; i <= at + AROUND; i++) {
    const insn = insns[i];
    if (insn === undefined || insns[i - 1]?.code === LD_IMM64 || (insn.code === LD_IMM64 && i + 1 >= insns.length)) continue;
    text += `  ${i === at ? '>>> ' : '    '}${String(i).padStart(width)} | ${insnText(env, i).slice(0, MAX_INSN)}\n`;
  }
  return text;
}

/** The block of a location. @param hasLines whether the program's line records are settled yet */
export function locationText(env: VerifierEnv, location: Location, hasLines: boolean): string {
  const { insn } = location;
  const note = `${location.label}: ${location.text}`;
  const info = hasLines ? findLineInfo(env, insn) : null;
  if (info === null || info.file === '') return `  insn ${insn}\n${annotation(note, 0, 0)}${insnBlock(env, insn)}`;

  const subprog = subprogOf(env, insn);
  const name = env.subprogs[subprog]?.name ?? '';
  const head = `  ${name === '' ? '' : `${name} @ `}${baseName(info.file)}:${info.line}:${info.column}\n`;
  const source = info.text === '' ? annotation(note, 0, 0) : sourceBlock(env, info, subprog, note);
  return head + source + insnBlock(env, insn);
}
