// SPDX-License-Identifier: GPL-2.0-only
/** Tables of `loads-on`. Documented in `docs/cli.md`. */
import path from 'node:path';
import { escapeMarkdown, markdownText, oneLine, safeJson, visibleData } from '../protocol/escape';
import { differencePlace, differenceWords, differs, type KernelName, type LoadsOnCell, type LoadsOnProgram } from '../protocol/loads-on';

/** All that a run found. */
export interface LoadsOnTable {
  /** Oldest first. */
  readonly kernels: readonly KernelName[];
  readonly floor: number;
  readonly rows: readonly { readonly file: string; readonly program: LoadsOnProgram }[];
  /** Also rows that are the same everywhere. */
  readonly all: boolean;
}

const count = (n: number): string => n.toLocaleString('en-US');

/** Of a cell what a table has room for: the instructions processed, `-` for what is missing, `rej`, `?`. */
function short(cell: LoadsOnCell): string {
  const signs = { loads: count(cell.processed), missing: '-', rejected: 'rej', unknown: '?' };
  return signs[cell.kind];
}

/** Why it does not load somewhere, each reason once: `kfunc, rule`. */
function reasons({ cells }: LoadsOnProgram): string {
  return [...new Set(cells.flatMap((c) => (c.kind === 'loads' ? [] : [c.word.replace(/^no /, '')])))].join(', ');
}

/** `12 programs: 7 load on 6.1, 9 on 6.12`. */
export function sums({ kernels, rows }: LoadsOnTable): string {
  const loads = kernels.map((_, i) => rows.filter(({ program }) => program.cells[i]!.kind === 'loads').length);
  const each = kernels.map((k, i) => `${loads[i]!}${i === 0 ? ' load' : ''} on ${k.series}`).join(', ');
  return `${rows.length} program${rows.length === 1 ? '' : 's'}: ${each}`;
}

/** First difference of a program, and what to use instead. */
function differenceLines(program: LoadsOnProgram, kernels: readonly KernelName[]): string[] {
  const { first, instead } = differenceWords(program, kernels);
  return first === '' ? [] : [first, ...(instead === '' ? [] : [`instead: ${instead}`])];
}

/** Where the difference is. */
function placeOf(program: LoadsOnProgram): string {
  const place = differencePlace(program);
  return place === null ? '' : `${place.file}:${place.line}: `;
}

function text(table: LoadsOnTable): string {
  const { kernels, rows, floor } = table;
  const shown = rows.filter(({ program }) => table.all || differs(program) || program.difference !== null);
  const lines = [
    ['program', ...kernels.map((k) => k.series), ''],
    ...shown.map(({ program }) => [oneLine(program.program), ...program.cells.map(short), reasons(program)]),
  ];
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((l) => l[i]!.length)));
  const out = lines.map((l) =>
    l
      .map((c, i) => (i === 0 || i === l.length - 1 ? c.padEnd(widths[i]!) : c.padStart(Math.max(7, widths[i]!))))
      .join('  ')
      .trimEnd(),
  );
  if (shown.length < rows.length) out.push(`${rows.length - shown.length} more: the same on all`);
  const told = shown.filter(({ program }) => differs(program));
  if (told.length > 0) out.push('', 'first difference');
  for (const { file, program } of told) {
    const [first = '', ...rest] = differenceLines(program, kernels).map(oneLine);
    out.push(`${oneLine(placeOf(program)) || `${oneLine(path.basename(file))}: `}${oneLine(program.program)}: ${first}`);
    out.push(...rest.map((l) => `    ${l}`));
  }
  return `${out.join('\n')}\n\n${sums(table)}; the floor is ${kernels[floor]!.series}\n`;
}

/** What a row of JSON says of a program. */
function jsonRow(table: LoadsOnTable, { file, program }: LoadsOnTable['rows'][number]): object {
  return {
    object: path.basename(file),
    file,
    program: program.program,
    section: program.section,
    floor: table.kernels[table.floor]!.version,
    loadsOnFloor: program.cells[table.floor]!.kind === 'loads',
    kernels: program.cells.map((cell, i) => ({
      kernel: table.kernels[i]!.version,
      ...cell,
      reason: cell.reason === '' ? null : cell.reason,
    })),
    difference:
      program.difference === null
        ? null
        : {
            ...program.difference,
            older: table.kernels[program.difference.older]!.version,
            newer: table.kernels[program.difference.newer]!.version,
          },
  };
}

function markdown(table: LoadsOnTable): string {
  const { kernels, rows, floor } = table;
  const head = ['program', ...kernels.map((k, i) => `${k.series}${i === floor ? ' (floor)' : ''}`), 'first difference'];
  const cells = rows
    .filter(({ program }) => table.all || differs(program) || program.difference !== null)
    .map(({ program }) => [
      escapeMarkdown(program.program),
      ...program.cells.map((c) => (c.kind === 'loads' ? count(c.processed) : markdownText(c.word === '?' ? 'not known' : c.word))),
      differenceLines(program, kernels).map(escapeMarkdown).join('<br>'),
    ]);
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 || i === head.length - 1 ? '---' : '---:')));
  return `${[line(head), rule, ...cells.map(line)].join('\n')}\n\n${sums(table)}.\n`;
}

/** How the table is written, by the name that `--format` gives. */
export const LOADS_ON_FORMATS = {
  text: { help: 'for people', write: (table: LoadsOnTable) => text(visibleData(table)) },
  jsonl: {
    help: 'one object a program',
    write: (table: LoadsOnTable) => table.rows.map((row) => `${safeJson(jsonRow(table, row))}\n`).join(''),
  },
  json: {
    help: 'the same as one array',
    write: (table: LoadsOnTable) =>
      `${safeJson(
        table.rows.map((row) => jsonRow(table, row)),
        1,
      )}\n`,
  },
  markdown: { help: 'a table for reports and comments', write: (table: LoadsOnTable) => markdown(visibleData(table)) },
} as const;

export type LoadsOnFormatName = keyof typeof LOADS_ON_FORMATS;
