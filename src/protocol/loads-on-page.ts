// SPDX-License-Identifier: GPL-2.0-only
/** The page "Loads on": programs × kernels as plain data, its words, and the messages between page and host. */
import { INSN_LIMIT } from '../isa/limits';
import type { SourcePlace } from './graph';
import { uncoded } from './words';
import {
  differencePlace,
  differenceWords,
  differs,
  insteadOf,
  type KernelName,
  type LoadsOnCell,
  type LoadsOnReply,
  sinceOf,
} from './loads-on';

/** Which files the table is about: the one that it was opened for, those of a folder, or all that are verified. */
export type LoadsOnScope = 'file' | 'folder' | 'all';

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
  /** The file that it was opened for, and its name; '' where it was opened for a folder. */
  readonly uri: string;
  readonly file: string;
  /** The folder that it was opened for, or else that of the file, and its name. */
  readonly folderUri: string;
  readonly folder: string;
  /** Kernels, oldest first. */
  readonly columns: readonly LoadsOnColumn[];
  /** Most different first. */
  readonly rows: readonly LoadsOnRow[];
  /** What is being done, '' for nothing. */
  readonly busy: string;
  /** What went wrong, a line each. */
  readonly errors: readonly string[];
  /** What the table leaves out, a line each. */
  readonly notes: readonly string[];
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

/** What a cell lacks: since when it is there, and what to use instead; '' for a cell that lacks nothing. */
export function lackWords(row: Pick<LoadsOnRow, 'cells'>, columns: readonly Pick<LoadsOnColumn, 'series'>[], cell: LoadsOnCell): string {
  if (cell.missing === null) return '';
  return uncoded(`${sinceOf(cell.missing, row, columns)}. Instead: ${insteadOf(cell.missing, row, columns)}`);
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

/** By what a person has the rows ordered: a column of kernels, -1 for the programs' names, the number of columns for the first difference. */
export interface LoadsOnSort {
  readonly column: number;
  readonly descending: boolean;
}

const KIND_ORDER: Readonly<Record<LoadsOnCell['kind'], number>> = { loads: 0, rejected: 1, missing: 2, unknown: 3 };

/** Indices of the rows in the order that is asked for; rows that are alike stay as they are. In a column of kernels what loads with few instructions is first. */
export function sortedRows(rows: readonly LoadsOnRow[], sort: LoadsOnSort | null): number[] {
  const order = rows.map((_, i) => i);
  if (sort === null) return order;
  const { column, descending } = sort;
  const compare = (a: LoadsOnRow, b: LoadsOnRow): number => {
    if (column < 0) return a.program.localeCompare(b.program) || a.file.localeCompare(b.file);
    const [x, y] = [a.cells[column], b.cells[column]];
    if (x === undefined || y === undefined) return a.first.localeCompare(b.first);
    return KIND_ORDER[x.kind] - KIND_ORDER[y.kind] || x.processed - y.processed;
  };
  return order.sort((i, j) => (descending ? -1 : 1) * compare(rows[i]!, rows[j]!) || i - j);
}

/** The order that a column's head asks for next: upwards, downwards, most different first again. */
export function nextSort(now: LoadsOnSort | null, column: number): LoadsOnSort | null {
  if (now?.column !== column) return { column, descending: false };
  return now.descending ? null : { column, descending: true };
}

/** An order in words, for those who hear it. */
export function sortWords(sort: LoadsOnSort | null, columns: readonly Pick<LoadsOnColumn, 'series'>[]): string {
  if (sort === null) return 'Most different first';
  const { column, descending } = sort;
  const kernel = columns[column];
  if (kernel !== undefined) return `Sorted by ${kernel.series}: ${descending ? 'what does not load first' : 'what loads first'}`;
  return `Sorted by ${column < 0 ? 'program' : 'first difference'}${descending ? ', backwards' : ''}`;
}

const SCOPES: readonly unknown[] = ['file', 'folder', 'all'] satisfies readonly LoadsOnScope[];
const isScope = (v: unknown): v is LoadsOnScope => SCOPES.includes(v);

/** What the page keeps over a reload. */
export interface LoadsOnKept {
  readonly uri: string;
  /** The folder, '' where the table is not of one. */
  readonly folder: string;
  readonly sort: LoadsOnSort | null;
  readonly differences: boolean;
  /** What the filter says. */
  readonly wanted: string;
}

/** What was kept, as far as it is well-formed. */
export function parseLoadsOnKept(raw: unknown): LoadsOnKept {
  const { uri, folder, sort, differences, wanted } = (typeof raw === 'object' && raw !== null ? raw : {}) as Readonly<
    Record<string, unknown>
  >;
  const { column, descending } = (typeof sort === 'object' && sort !== null ? sort : {}) as Readonly<Record<string, unknown>>;
  return {
    uri: typeof uri === 'string' ? uri : '',
    folder: typeof folder === 'string' ? folder : '',
    sort: isIndex(column, -1) && typeof descending === 'boolean' ? { column, descending } : null,
    differences: differences === true,
    wanted: typeof wanted === 'string' ? wanted : '',
  };
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
  if (type === 'scope') return isScope(scope) ? { type, scope } : null;
  if ((type === 'place' || type === 'compare') && isIndex(row, 0) && isIndex(column, -1)) return { type, row, column };
  return null;
}
