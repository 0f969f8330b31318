// SPDX-License-Identifier: GPL-2.0-only
/** The bench's words, and their place in docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../corpus/bundle';
import { startedThrough } from './runtime';

/** A row of the table: what is measured, under which Node, what came out. */
export type Row = readonly [what: string, side: string, figure: string];

const PAGE = join(ROOT, 'docs/performance.md');
const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

/** What the figures were taken on. */
export function conditions(kernel: string, rounds: number): string {
  const load = loadavg()
    .map((x) => x.toFixed(1))
    .join(', ');
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ` +
    `load ${load}, ${startedThrough() === '' ? '' : `bursts by ${startedThrough()}, `}, ${rounds} rounds` +
    `${kernel === '' ? '' : `; the kernel beside it was ${kernel}`}.`
  );
}

export function markdown(rows: readonly Row[], intro: string): string {
  return [intro, '', '| | | best (middle to worst round) |', '|---|---|---|', ...rows.map((r) => `| ${r.join(' | ')} |`)].join('\n');
}

/** Writes the figures into their place in docs/performance.md. */
export function writePage(text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for figures`);
  writeFileSync(PAGE, `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`);
}
