// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import { oneLine } from '../protocol/escape';
import type { Explanation } from '../protocol/explanation';
import { plain, stepsOf } from '../protocol/explanation-text';
import type { SourcePlace } from '../protocol/graph';
import type { FailedProgram, FileError, ProgramResult } from '../protocol/model';
import { programSleepText } from '../protocol/words';

/** One line of `--format jsonl`. Documented in `docs/cli.md`; fields are stable. */
export interface CheckRow {
  /** Base name of the file. */
  readonly object: string;
  /** Path of the file as it was given. */
  readonly file: string;
  readonly program: string;
  readonly section: string;
  readonly progType: string;
  readonly sleepable: boolean;
  readonly insnCount: number;
  /** Version of the kernel that it was verified as; '' where nothing was. */
  readonly kernel: string;
  readonly verdict: 'accept' | 'reject' | 'unknown' | 'error';
  readonly errno: number;
  readonly message: string;
  readonly insn: number | null;
  readonly source: { readonly file: string; readonly line: number; readonly column: number } | null;
  readonly processedInsns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  readonly timeUs: number;
  readonly reason: string | null;
  /** Why it is rejected (`src/protocol/explanation.ts`); null for what is not. */
  readonly explanation: Explanation | null;
  /** What of the load was assumed (options, load file, conventions of other loaders). */
  readonly assumptions: readonly string[];
  /** Worth knowing about how it was loaded. */
  readonly notes: readonly string[];
  /** Accepted calls that can go wrong on the target kernel. */
  readonly hazards: readonly { readonly id: string; readonly insn: number; readonly line: number | null; readonly text: string }[];
}

/** Row of a verified program. */
export function programRow(file: string, r: ProgramResult): CheckRow {
  return {
    object: path.basename(file),
    file,
    program: r.program,
    section: r.section,
    progType: r.progType,
    sleepable: r.sleepable,
    insnCount: r.insnCount,
    kernel: r.kernel,
    verdict: r.verdict,
    errno: r.errno,
    message: r.message.join('\n'),
    insn: r.insn,
    source: r.source === null ? null : { file: r.source.file, line: r.source.line, column: r.source.column },
    processedInsns: r.processedInsns,
    totalStates: r.totalStates,
    peakStates: r.peakStates,
    timeUs: r.timeUs,
    reason: r.reason,
    explanation: r.explanation,
    assumptions: r.assumptions ?? [],
    notes: r.notes ?? [],
    hazards: (r.hazards ?? []).map((h) => ({ id: h.id, insn: h.insn, line: h.source?.line ?? null, text: h.text })),
  };
}

/** Row of a file, or of a program that never reached the verifier. */
export function errorRow(
  file: string,
  { program, section, message, errno = 0, place }: Pick<FailedProgram, 'program' | 'section' | 'message' | 'errno' | 'place'>,
): CheckRow {
  return {
    object: path.basename(file),
    file,
    program,
    section,
    progType: '',
    sleepable: false,
    insnCount: 0,
    kernel: '',
    verdict: 'error',
    errno,
    message,
    insn: null,
    source: place == null ? null : { file: place.file, line: place.line, column: place.column },
    processedInsns: 0,
    totalStates: 0,
    peakStates: 0,
    timeUs: 0,
    reason: null,
    explanation: null,
    assumptions: [],
    notes: [],
    hazards: [],
  };
}

/** Text of a file error: what and why on the first line, details and compiler messages on lines of their own. */
export function fileErrorText(error: FileError): string {
  const diags = error.diagnostics.map((d) => `${d.file}:${d.line}:${d.column}: ${d.severity}: ${d.message}`).map(oneLine);
  const [why = '', ...rest] = error.message.split('\n').map(oneLine);
  const head = `${oneLine(error.title)}${why === '' ? '' : `: ${why}`}`;
  return [head, ...rest, ...error.details.map(oneLine), ...diags].filter((s) => s !== '').join('\n');
}

/** What is dangerous although it is accepted. */
function hazardLines(r: ProgramResult): string[] {
  return (r.hazards ?? []).map(
    (h) => `  hazard: instruction ${h.insn}${h.source === null ? '' : ` (${h.source.file}:${h.source.line})`}: ${h.text}`,
  );
}

function position(place: SourcePlace): string {
  return `${place.file}:${place.line}${place.column === 0 ? '' : `:${place.column}`}`;
}

/** `parent.bpf.c:23:9: note: `, as compilers begin their lines; without a line the object and the instruction. */
function lead(object: string, place: SourcePlace | null, insn: number | null, kind: 'error' | 'note'): string {
  if (place !== null) return `${position(place)}: ${kind}: `;
  return `${object}${insn === null ? '' : `: instruction ${insn}`}: ${kind}: `;
}

/** Why it is rejected, in the form of compilers' messages: one line that editors and scripts understand, then a note for each step. */
function explanationLines(file: string, r: ProgramResult, explanation: Explanation): string[] {
  const { refused } = explanation;
  const lines = [`${lead(file, refused.source, refused.insn, 'error')}${plain(explanation.summary)} [${explanation.code}]`];
  for (const m of r.message) lines.push(`    ${m}`);
  if (explanation.detail !== '') lines.push(`  ${plain(explanation.detail)}`);
  for (const e of stepsOf(r)) {
    lines.push(`${lead(file, e.source, e.insn, 'note')}${e.number} ${plain(e.text)}${e.source === null ? '' : ` (instruction ${e.insn})`}`);
  }
  return explanation.suggestion === null ? lines : [...lines, `  To make it right: ${plain(explanation.suggestion)}`];
}

/** What was assumed, and what is worth knowing. */
function loadLines(r: ProgramResult): string[] {
  return [...(r.assumptions ?? []).map((a) => `  assumed: ${a}`), ...(r.notes ?? []).map((n) => `  note: ${n}`)];
}

/** Human-readable result of one program. */
export function programText(file: string, r: ProgramResult): string {
  const head = `${file}: ${r.program}: `;
  if (r.verdict === 'accept') {
    const sleep = r.maySleep === null ? (r.sleepable ? 'sleepable' : 'not sleepable') : programSleepText(r.maySleep);
    return [`${head}accepted under ${r.policy}, ${r.insnCount} instructions, ${sleep}`, ...loadLines(r), ...hazardLines(r)].join('\n');
  }
  if (r.verdict === 'unknown') return [`${head}unknown: ${r.reason ?? 'something is not modelled'}`, ...loadLines(r)].join('\n');
  const lines = [`${head}rejected under ${r.policy}${r.insn === null ? '' : ` at instruction ${r.insn}`}`];
  if (r.explanation === null) for (const m of r.message) lines.push(`    ${m}`);
  else lines.push(...explanationLines(file, r, r.explanation));
  return [...lines, ...loadLines(r), ...hazardLines(r)].join('\n');
}
