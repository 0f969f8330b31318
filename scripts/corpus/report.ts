// SPDX-License-Identifier: GPL-2.0-only
/** The outcome of a conformance run in words: for the terminal, as Markdown, as JSON. */
import { writeFileSync } from 'node:fs';
import { figures, grouped, KINDS, type Scored } from './score';

export interface SetReport extends Scored {
  readonly name: string;
}

/** One run over some sets. */
export interface RunReport {
  readonly sets: readonly SetReport[];
  readonly seconds: number;
  readonly jobs: number;
  readonly peakMb: number;
  readonly version: string;
  readonly date: string;
  /** Command without `--only`, to which a program can be appended. */
  readonly command: string;
}

function percent(a: number, b: number): string {
  return b === 0 ? 'n/a' : `${((100 * a) / b).toFixed(2)}%`;
}

/** Two lines with all figures of a set. */
export function summary({ name, score: c }: SetReport): string {
  const extra = [
    c.logOf > 0 ? `, logs ${c.log}/${c.logOf} (${percent(c.log, c.logOf)})` : '',
    c.explainedOf > 0
      ? `, explained with reason and place ${c.explained}/${c.explainedOf} (${percent(c.explained, c.explainedOf)}), with a cause ${c.caused}/${c.explainedOf} (${percent(c.caused, c.explainedOf)})`
      : '',
    c.policyOf > 0 ? `, same under the other policy ${c.policy}/${c.policyOf} (${percent(c.policy, c.policyOf)})` : '',
  ].join('');
  return (
    `${name}: counted ${c.counted}: verdict agrees ${c.agree} (${percent(c.agree, c.counted)}), false accept ${c.falseAccept}, false reject ${c.falseReject}, unknown ${c.unknown}, error ${c.error}, missing ${c.missing}\n` +
    `of the agreed: message ${c.message}/${c.rejects} (${percent(c.message, c.rejects)}), failing instruction ${c.insn}/${c.insnOf} (${percent(c.insn, c.insnOf)}), ` +
    `processed instructions ${c.processed}/${c.agree} (${percent(c.processed, c.agree)}), states ${c.states}/${c.agree} (${percent(c.states, c.agree)})${extra}`
  );
}

/** Groups of disagreements, for the terminal. */
export function printGroups(set: SetReport, limit: number): void {
  for (const g of grouped(set.findings).slice(0, limit)) {
    const names = g.findings.slice(0, 3).map((f) => `${f.object.replace(/(\.bpf)?\.o$/, '')} ${f.program}`);
    console.log(`${String(g.findings.length).padStart(4)}  ${g.kind}: ${g.cause}\n        ${names.join(', ')}`);
  }
}

const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');

function markdown(run: RunReport): string {
  const names = run.sets.map((s) => s.name);
  const all = run.sets.map((s) => figures(s.score));
  const keys = [...new Set(all.flatMap((f) => Object.keys(f)))];
  const lines = [
    '# Conformance',
    '',
    `Version ${run.version}, ${run.date}; ${run.seconds.toFixed(0)} s with ${run.jobs} processes, the largest of ${run.peakMb.toFixed(0)} MB.`,
    '',
    `| % | ${names.join(' | ')} |`,
    `|---|${names.map(() => '--:|').join('')}`,
    ...keys.map((k) => `| ${k} | ${all.map((f) => f[k]?.toFixed(2) ?? '').join(' | ')} |`),
    '',
  ];
  for (const set of run.sets) {
    lines.push(`## ${set.name}`, '', summary(set).replace('\n', '  \n'), '');
    for (const kind of KINDS) {
      const groups = grouped(set.findings.filter((f) => f.kind === kind));
      if (groups.length === 0) continue;
      lines.push(`### ${kind} (${groups.reduce((n, g) => n + g.findings.length, 0)})`, '');
      for (const g of groups) {
        const f = g.findings[0]!;
        lines.push(`- **${g.findings.length}** \`${g.cause.replace(/`/g, "'")}\``, '', '  | program | kernel | ours |', '  |---|---|---|');
        for (const row of g.findings.slice(0, 20))
          lines.push(`  | ${row.object} ${row.program} | ${cell(row.kernel)} | ${cell(row.ours)} |`);
        if (g.findings.length > 20) lines.push(`  | … and ${g.findings.length - 20} more | | |`);
        lines.push('', `  \`${run.command} --only "${f.object.replace(/(\.bpf)?\.o$/, '')} ${f.program}"\``, '');
      }
    }
  }
  return lines.join('\n');
}

/** Writes the report: JSON if the name ends so, else Markdown. */
export function writeReport(file: string, run: RunReport): void {
  const json = (): string =>
    JSON.stringify({ ...run, sets: run.sets.map((s) => ({ ...s, figures: figures(s.score), groups: grouped(s.findings) })) }, null, 1);
  writeFileSync(file, file.endsWith('.json') ? json() : markdown(run));
}
