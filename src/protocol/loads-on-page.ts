// SPDX-License-Identifier: GPL-2.0-only
/** The page "Loads on": programs × kernels as plain data, its words, and the messages between page and host. */
import { INSN_LIMIT } from '../isa/limits';
import type { SourcePlace } from './graph';
import { uncoded } from './words';
import { differencePlace, differenceWords, differs, type KernelName, type LoadsOnCell, type LoadsOnReply } from './loads-on';

/** Which files the table is about: the one it was opened for, or all that are verified. */
export type LoadsOnScope = 'file' | 'all';

/** A kernel. */
export interface LoadsOnColumn {
  readonly series: string;
  readonly version: string;
  /** The oldest that programs have to load on. */
  readonly floor: boolean;
  /** The one that graph and Problems are of. */
  readonly own: boolean;
  /** Programs that load on it. */
  readonly loads: number;
}

/** A program. */
export interface LoadsOnRow {
  readonly uri: string;
  readonly file: string;
  readonly program: string;
  readonly section: string;
  /** By column. */
  readonly cells: readonly LoadsOnCell[];
  /** The first difference in words, '' for none. */
  readonly first: string;
  /** What to use instead, '' if nothing is known. */
  readonly instead: string;
  /** Where the difference is. */
  readonly place: SourcePlace | null;
  /** 0 does not load on the floor, 1 not on the own kernel, 2 not on another, 3 other numbers, 4 the same everywhere. */
  readonly rank: number;
}

/** All that the page shows. */
export interface LoadsOnPage {
  readonly scope: LoadsOnScope;
  /** Name of the file that it was opened for. */
  readonly file: string;
  /** Kernels, oldest first. */
  readonly columns: readonly LoadsOnColumn[];
  /** Most different first. */
  readonly rows: readonly LoadsOnRow[];
  /** What is being done, '' for nothing. */
  readonly busy: string;
  /** What went wrong, a line each. */
  readonly errors: readonly string[];
  /** Why there is nothing to show, '' if there is something or will be. */
  readonly empty: string;
  /** The files were changed since. */
  readonly stale: boolean;
}

/** What was found for a file. */
export interface FileReply {
  readonly uri: string;
  readonly file: string;
  readonly reply: LoadsOnReply;
}

const sameEverywhere = (cells: readonly LoadsOnCell[]): boolean => new Set(cells.map((c) => c.processed)).size === 1;

function rowsOf({ uri, file, reply }: FileReply, floor: number, own: number): LoadsOnRow[] {
  return reply.programs.map((program): LoadsOnRow => {
    const { cells } = program;
    const rank =
      cells[floor]?.kind !== 'loads'
        ? 0
        : own >= 0 && cells[own]?.kind !== 'loads'
          ? 1
          : differs(program)
            ? 2
            : sameEverywhere(cells)
              ? 4
              : 3;
    const words = differenceWords(program, reply.kernels);
    const [first, instead] = [uncoded(words.first), uncoded(words.instead)];
    return { uri, file, program: program.program, section: program.section, cells, first, instead, place: differencePlace(program), rank };
  });
}

/** Columns and rows of what was found so far. `own`: version of the kernel that the editor verifies as. */
export function tableOf(files: readonly FileReply[], own: string): Pick<LoadsOnPage, 'columns' | 'rows'> {
  const kernels: readonly KernelName[] = files.find(({ reply }) => reply.kernels.length > 0)?.reply.kernels ?? [];
  const ownAt = kernels.findIndex((k) => k.version === own);
  const fitting = files.filter(({ reply }) => reply.kernels.length === kernels.length);
  // the oldest is the floor, as for the command line
  const rows = fitting.flatMap((file) => rowsOf(file, 0, ownAt)).sort((a, b) => a.rank - b.rank);
  const columns = kernels.map(({ series, version }, i) => ({
    series,
    version,
    floor: i === 0,
    own: i === ownAt,
    loads: rows.filter(({ cells }) => cells[i]?.kind === 'loads').length,
  }));
  return { columns, rows };
}

const count = (n: number): string => n.toLocaleString('en');

/** Part of the kernel's limit of processed instructions that a program takes where it loads, 0 to 1. */
export function shareOf({ kind, processed }: LoadsOnCell): number {
  return kind === 'loads' ? Math.min(1, processed / INSN_LIMIT) : 0;
}

/** What stands in a cell. */
export function cellText(cell: LoadsOnCell): string {
  if (cell.kind === 'loads') return count(cell.processed);
  return cell.kind === 'unknown' ? 'not known' : cell.word;
}

/** A cell for those who hear it: `sum_rcu on 6.12: rejected, it calls a global function in an RCU section`. */
export function cellLabel(row: Pick<LoadsOnRow, 'program'>, column: Pick<LoadsOnColumn, 'series'>, cell: LoadsOnCell): string {
  const verdicts = { loads: 'loads', missing: 'does not load', rejected: 'rejected', unknown: 'not known' };
  const more = cell.kind === 'loads' ? `${count(cell.processed)} instructions processed` : cell.reason;
  return `${row.program} on ${column.series}: ${verdicts[cell.kind]}${more === '' ? '' : `, ${more}`}`;
}

/** `12 programs: 7 load on 6.1, 9 on 6.12`. */
export function sumsText({ columns, rows }: Pick<LoadsOnPage, 'columns' | 'rows'>): string {
  const each = columns.map((c, i) => `${c.loads}${i === 0 ? ' load' : ''} on ${c.series}`).join(', ');
  return `${rows.length} program${rows.length === 1 ? '' : 's'}: ${each}`;
}

/** Whether a row has a text in its names, words or reasons. */
export function matches(row: LoadsOnRow, wanted: string): boolean {
  const needle = wanted.trim().toLowerCase();
  const words = [
    row.program,
    row.file,
    row.section,
    row.first,
    row.instead,
    ...row.cells.flatMap((c) => [c.word, c.reason, c.missing?.name ?? '']),
  ];
  return needle === '' || words.some((w) => w.toLowerCase().includes(needle));
}

/** What the page asks of the host. `row`: index in the rows that it was sent last. */
export type FromLoadsOn =
  | { readonly type: 'ready' | 'refresh' | 'cancel' | 'settings' }
  | { readonly type: 'scope'; readonly scope: LoadsOnScope }
  /** Opens the place of a cell (`column`), or of the difference (-1). */
  | { readonly type: 'place' | 'compare'; readonly row: number; readonly column: number };

const isIndex = (v: unknown, least: number): v is number => typeof v === 'number' && Number.isInteger(v) && v >= least;

/** A message of the page; null for anything else. */
export function parseFromLoadsOn(raw: unknown): FromLoadsOn | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { type, scope, row, column } = raw as Readonly<Record<string, unknown>>;
  if (type === 'ready' || type === 'refresh' || type === 'cancel' || type === 'settings') return { type };
  if (type === 'scope') return scope === 'file' || scope === 'all' ? { type, scope } : null;
  if ((type === 'place' || type === 'compare') && isIndex(row, 0) && isIndex(column, -1)) return { type, row, column };
  return null;
}
