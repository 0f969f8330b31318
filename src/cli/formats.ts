// SPDX-License-Identifier: GPL-2.0-only
/** How `check` writes what it found: one formatter a format. Names from files are shown, never obeyed. */
import type { SourcePlace } from '../protocol/graph';
import type { ProgramExtras } from '../analysis/requests';
import { graphToDot } from '../graph/dot';
import type { ContextGraph } from '../protocol/graph';
import { errnoName } from '../protocol/errno';
import { escapeMarkdown, indented, oneLine, safeJson, visibleData } from '../protocol/escape';
import { explanationMarkdown } from '../protocol/explanation-text';
import type { ProgramResult } from '../protocol/model';
import { type CheckRow, programRow, programText } from './output';

export interface CheckFormat {
  /** A verified program. */
  readonly program: (file: string, r: ProgramResult, extras: ProgramExtras | undefined) => string;
  /** A file or program without a verdict; null where the standard error says it. */
  readonly failed: (row: CheckRow) => string | null;
  /** What stands at the end. */
  readonly end: () => string;
}

/** A rejection as *Copy as Markdown* gives it, any other verdict as a line of text; below the name of its file. */
function markdownProgram(file: string, r: ProgramResult): string {
  const text = r.verdict === 'reject' ? explanationMarkdown(r, errnoName(r.errno)) : `${escapeMarkdown(programText(file, r))}\n`;
  return `## ${escapeMarkdown(file)}: ${escapeMarkdown(r.program)}\n\n${text}`;
}

/** A format: what it is, for the help, and a formatter of one run. */
interface Format {
  readonly help: string;
  readonly make: () => CheckFormat;
}
const formats = <K extends string>(table: Readonly<Record<K, Format>>): Readonly<Record<K, Format>> => table;

/** Formats of verdicts, by the name that `--format` gives them. */
export const FORMATS = formats({
  text: {
    help: 'for people',
    make: () => ({
      program: (file, r) => `${programText(oneLine(file), visibleData(r))}\n`,
      failed: () => null,
      end: () => '',
    }),
  },
  jsonl: {
    help: 'one object a program',
    make: () => ({
      program: (file, r) => `${safeJson(programRow(file, r))}\n`,
      failed: (row) => `${safeJson(row)}\n`,
      end: () => '',
    }),
  },
  json: {
    help: 'the same as one array',
    make: () => {
      const rows: CheckRow[] = [];
      return {
        program: (file, r) => {
          rows.push(programRow(file, r));
          return '';
        },
        failed: (row) => {
          rows.push(row);
          return '';
        },
        end: () => `${safeJson(rows, 1)}\n`,
      };
    },
  },
  markdown: {
    help: 'for reports and comments',
    make: () => ({ program: (file, r) => `${markdownProgram(file, r)}\n`, failed: () => null, end: () => '' }),
  },
});

/** Formats of context graphs, by the name that `--graph` gives them. */
export const GRAPH_FORMATS = formats({
  json: {
    help: 'docs/graph-json.md',
    make: () => {
      const graphs: ContextGraph[] = [];
      return {
        program: (_, __, extras) => {
          if (extras?.graph) graphs.push(extras.graph);
          return '';
        },
        failed: () => null,
        end: () => `${safeJson(graphs.length === 1 ? graphs[0] : graphs, 1)}\n`,
      };
    },
  },
  dot: {
    help: 'Graphviz',
    make: () => ({
      program: (_, __, extras) => (extras?.graph ? graphToDot(extras.graph) : ''),
      failed: () => null,
      end: () => '',
    }),
  },
});

export type FormatName = keyof typeof FORMATS;
export type GraphFormatName = keyof typeof GRAPH_FORMATS;

/** The formatter that the options ask for. */
export function formatOf({ graph, format }: { readonly graph: GraphFormatName | null; readonly format: FormatName }): CheckFormat {
  return (graph === null ? FORMATS[format] : GRAPH_FORMATS[graph]).make();
}

/** What the standard error says of a file or program without a verdict. */
export function failureText(file: string, program: string, message: string, place: SourcePlace | null = null): string {
  const where = place === null ? '' : `${oneLine(place.file)}:${place.line}: `;
  return program === '' ? `${indented(message)}\n` : `${where}${oneLine(file)}: ${oneLine(program)}: ${oneLine(message)}\n`;
}
