// SPDX-License-Identifier: GPL-2.0-only
/** Comparisons as text, JSON lines and Markdown. Documented in `docs/cli.md`. */
import path from 'node:path';
import type { ComparedProgram } from '../analysis/requests';
import type { GraphComparison, Incomparable, InsnDifference } from '../protocol/compare';
import { escapeMarkdown, markdownCode, markdownText, oneLine, safeJson, visibleData } from '../protocol/escape';
import type { FailedProgram, ProgramResult } from '../protocol/model';
import { richText } from '../protocol/rich';

const isResult = (r: ProgramResult | FailedProgram): r is ProgramResult => 'verdict' in r;

function verdictOf(r: ProgramResult | FailedProgram): string {
  return isResult(r) ? r.verdict : 'not loaded';
}

/** Verdict in a table: with the place of a rejection, and the instructions processed where these depend on the kernel. */
function cell(r: ProgramResult | FailedProgram, counts: boolean): string {
  const count = counts && isResult(r) ? `, ${r.processedInsns} processed` : '';
  if (!isResult(r) || r.verdict !== 'reject' || r.insn === null) return `${verdictOf(r)}${count}`;
  return `reject at ${r.insn}${r.source === null ? '' : ` (line ${r.source.line})`}${count}`;
}

/** The cells of a program. */
function cellsOf({ results }: ComparedProgram): string[] {
  const kernels = new Set(results.flatMap((r) => (isResult(r) ? [r.kernel] : [])));
  return results.map((r) => cell(r, kernels.size > 1));
}

/** Whether some policy gives another verdict than the first. */
export function verdictDiffers(p: ComparedProgram): boolean {
  return new Set(p.results.map(verdictOf)).size > 1;
}

/** What to list of one comparison: what explains a different verdict, or everything. */
function listed(c: GraphComparison, all: boolean): readonly InsnDifference[] {
  return all ? c.differences : c.differences.filter((d) => d.kinds[0] === 'verdict');
}

function place(d: Incomparable | InsnDifference): string {
  const insns = d.last === d.insn ? String(d.insn) : `${d.insn}–${d.last}`;
  return d.source === null ? insns : `${insns} (${d.source.file}:${d.source.line})`;
}

/** Text of one file. */
export function compareText(file: string, policies: readonly string[], programs: readonly ComparedProgram[], all: boolean): string {
  const rows = [['', ...policies], ...programs.map((p) => [p.program, ...cellsOf(p)])];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((r) => r[i]!.length)));
  const line = (row: readonly string[]): string =>
    `  ${row
      .map((c, i) => c.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()}`;
  const out = [`${file}:`, line(rows[0]!)];
  programs.forEach((p, i) => {
    out.push(line(rows[i + 1]!));
    p.results.forEach((r) => {
      if (!isResult(r)) out.push(`      ${r.message}`);
    });
    for (const c of p.comparisons) {
      if (c === null) continue;
      for (const d of listed(c, all)) out.push(`      ≠ ${d.kinds.join(', ')} at ${place(d)}: ${d.sentence}`);
      if (all) for (const d of c.incomparable) out.push(`      ? at ${place(d)}: ${richText(d.sentence)}`);
    }
    const hazards = p.comparisons.flatMap((c) => c?.hazards.a ?? []);
    for (const h of new Map(hazards.map((x) => [`${x.id} ${x.insn}`, x])).values())
      out.push(`      hazard under ${policies[0]!} at ${h.insn}: ${h.text}`);
  });
  const differ = programs.filter(verdictDiffers).length;
  out.push(
    `  ${programs.length} program${programs.length === 1 ? '' : 's'}, ${differ === 0 ? 'no verdict differs' : `${differ} with different verdicts`}`,
  );
  return `${out.join('\n')}\n`;
}

/** One line a program; `file` as it was given. */
export function compareRow(file: string, policies: readonly string[], p: ComparedProgram): object {
  return {
    object: path.basename(file),
    file,
    program: p.program,
    same: p.comparisons.every((c) => c !== null && c.differences.length + c.incomparable.length === 0),
    results: p.results.map((r, i) =>
      isResult(r)
        ? {
            policy: policies[i]!,
            kernel: r.kernel,
            verdict: r.verdict,
            errno: r.errno,
            message: r.message.join('\n'),
            insn: r.insn,
            source: r.source === null ? null : { file: r.source.file, line: r.source.line, column: r.source.column },
            reason: r.reason,
            processedInsns: r.processedInsns,
            timeUs: r.timeUs,
            hazards: (r.hazards ?? []).map((h) => ({ id: h.id, insn: h.insn, text: h.text })),
          }
        : {
            policy: policies[i]!,
            verdict: 'error',
            errno: 0,
            message: r.message,
            insn: null,
            source: null,
            reason: null,
            processedInsns: 0,
            timeUs: 0,
            hazards: [],
          },
    ),
    differences: p.comparisons.flatMap((c) =>
      c === null
        ? []
        : c.differences.map((d) => ({
            a: c.a.policy,
            b: c.b.policy,
            kinds: d.kinds,
            insn: d.insn,
            last: d.last,
            source: d.source === null ? null : { file: d.source.file, line: d.source.line, column: d.source.column },
            sentence: d.sentence,
            rule: d.rule === null ? null : (c.rules.find((r) => r.id === d.rule) ?? null),
          })),
    ),
    incomparable: p.comparisons.flatMap((c) =>
      (c?.incomparable ?? []).map((d) => ({ a: c!.a.policy, b: c!.b.policy, insn: d.insn, last: d.last, sentence: richText(d.sentence) })),
    ),
  };
}

/** A Markdown table of one file, with a list of what makes the differences. Names are code, and sentences are escaped. */
export function compareMarkdown(file: string, policies: readonly string[], programs: readonly ComparedProgram[], all: boolean): string {
  const out = [
    `## ${escapeMarkdown(file)}`,
    '',
    `| Program | ${policies.map(escapeMarkdown).join(' | ')} |`,
    `| --- | ${policies.map(() => '---').join(' | ')} |`,
  ];
  for (const p of programs) {
    const differs = verdictDiffers(p);
    out.push(
      `| ${markdownCode(p.program, true)}${differs ? ' ≠' : ''} | ${cellsOf(p)
        .map((text) => markdownText(text, true))
        .join(' | ')} |`,
    );
  }
  const at = (d: Incomparable | InsnDifference, said: string): string => `at ${escapeMarkdown(place(d))}: ${markdownText(said)}`;
  const notes = programs.flatMap((p) =>
    p.comparisons.flatMap((c) => [
      ...(c === null ? [] : listed(c, all)).map((d) => `- ${markdownCode(p.program)}, ${d.kinds.join(', ')} ${at(d, d.sentence)}`),
      ...(c === null || !all ? [] : c.incomparable).map((d) => `- ${markdownCode(p.program)} ${at(d, richText(d.sentence))}`),
    ]),
  );
  if (notes.length > 0) out.push('', ...notes);
  return `${out.join('\n')}\n`;
}

/** How `compare` writes one file. */
type Write = (file: string, policies: readonly string[], programs: readonly ComparedProgram[], all: boolean) => string;
const formats = <K extends string>(table: Readonly<Record<K, { readonly help: string; readonly write: Write }>>) => table;

/** Formats by the name that `--format` gives them. Names from files are shown, never obeyed. */
export const COMPARE_FORMATS = formats({
  text: {
    help: 'for people',
    write: (file, policies, programs, all) => compareText(oneLine(file), policies.map(oneLine), visibleData(programs), all),
  },
  jsonl: {
    help: 'one object a program',
    write: (file, policies, programs) => programs.map((p) => `${safeJson(compareRow(file, policies, p))}\n`).join(''),
  },
  markdown: { help: 'a table of verdicts a file, and what makes the differences', write: compareMarkdown },
});

export type CompareFormatName = keyof typeof COMPARE_FORMATS;
