// SPDX-License-Identifier: GPL-2.0-only
/** The bench's words, and their place in docs/performance.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../corpus/bundle';
import { startedThrough } from './runtime';

/** A row of the table: what is measured, under which Node, what came out. */
export type Row = readonly [what: string, side: string, figure: string];

const PAGE = join(ROOT, 'docs/performance.md');
/** The figures on the page, as data. */
const KEPT = join(ROOT, 'scripts/bench/figures.json');
const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';

/** What the figures were taken on. */
export function conditions(kernel: string, rounds: number): string {
  const load = loadavg()
    .map((x) => x.toFixed(1))
    .join(', ');
  return (
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, ` +
    `load ${load}, ${startedThrough() === '' ? '' : `bursts by ${startedThrough()}, `}${rounds} rounds` +
    `${kernel === '' ? '' : `; the kernel beside it was ${kernel}`}.`
  );
}

/** What one part of the bench found, and on what. */
export interface Measured {
  readonly conditions: string;
  readonly rows: readonly Row[];
}

export function markdown({ conditions: on, rows }: Measured): string {
  return [
    on,
    '',
    '| | | best (middle to worst round); of ratios the middle round (half of the rounds) |',
    '|---|---|---|',
    ...rows.map((r) => `| ${r.join(' | ')} |`),
  ].join('\n');
}

/** Keeps figures of parts in place of those they had, and writes all that are kept into docs/performance.md. */
export function writePage(parts: Readonly<Record<string, Measured>>): void {
  const kept: Record<string, Measured> = existsSync(KEPT) ? (JSON.parse(readFileSync(KEPT, 'utf8')) as Record<string, Measured>) : {};
  const all = { ...kept, ...parts };
  writeFileSync(KEPT, `${JSON.stringify(all, null, 1)}\n`);
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for figures`);
  const text = Object.values(all).map(markdown).join('\n\n');
  writeFileSync(PAGE, `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`);
}
