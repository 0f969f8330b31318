// SPDX-License-Identifier: GPL-2.0-only
/** How much of what a good answer has to say an explanation says. */
import { programText } from '../../src/cli/output';
import type { ProgramResult } from '../../src/protocol/model';

/** What a good answer to one rejected program contains. */
export interface Expected {
  readonly case: string;
  readonly program: string;
  readonly verdict: ProgramResult['verdict'];
  /** Source line of what is refused; any of several; null if there is none. */
  readonly refused: number | readonly number[] | null;
  /** Lines to name, as cause or as place of the fix; any of several in a list. */
  readonly lines: readonly (number | readonly number[])[];
  /** Regular expressions over the whole answer. */
  readonly mentions: readonly string[];
  /** What would be false or misleading. */
  readonly never: readonly string[];
  /** The program is accepted, and something should be told all the same. */
  readonly optional?: boolean;
}

export interface Rating {
  /** 0 to 3. */
  readonly score: number;
  /** What is missing for 3. */
  readonly missing: readonly string[];
}

const PLACES = [/\.bpf\.c:(\d+)/g, /\blines? (\d+(?:(?:, | and | or |, and |, or )(?:line )?\d+)*)/gi];
const RANGES = /\blines (\d+)(?:-|–| to )(\d+)/gi;

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** Lines that an answer names. */
function linesOf(text: string, result: ProgramResult): Set<number> {
  const lines = new Set<number>();
  if (result.source !== null) lines.add(result.source.line);
  for (const { source } of result.explanation?.cause ?? []) if (source !== null) lines.add(source.line);
  for (const pattern of PLACES)
    for (const [, numbers = ''] of text.matchAll(pattern)) for (const n of numbers.match(/\d+/g) ?? []) lines.add(Number(n));
  for (const [, first, last] of text.matchAll(RANGES)) for (let n = Number(first); n <= Number(last); n++) lines.add(n);
  return lines;
}

/** Rates the text of the command line and the explanation of a program together. */
export function rate(expected: Expected, result: ProgramResult | undefined): Rating {
  if (result?.verdict !== expected.verdict) return { score: 0, missing: [`verdict ${expected.verdict}`] };
  const told = [
    programText('', result).split('\n').slice(1).join('\n'),
    programText('', result)
      .split('\n')[0]!
      .replace(/^: \S+: /, ''),
    ...stringsIn(result.explanation),
  ].join('\n');
  const lines = linesOf(told, result);
  const text = told.replace(/\S*\.bpf\.[co]\b(:\d+)*/g, '');
  const named = (place: number | readonly number[]): boolean => [place].flat().some((line) => lines.has(line));
  const says = (pattern: string): boolean => new RegExp(pattern, 'is').test(text);
  const wrong = expected.never.filter(says);
  const gone = expected.lines.filter((place) => !named(place));
  const unsaid = expected.mentions.filter((pattern) => !says(pattern));
  const refused = expected.refused !== null && !named(expected.refused);
  const missing = [
    ...wrong.map((pattern) => `says /${pattern}/`),
    ...(refused ? [`refused line ${[expected.refused].flat().join(' or ')}`] : []),
    ...gone.map((place) => `line ${[place].flat().join(' or ')}`),
    ...unsaid.map((pattern) => `/${pattern}/`),
  ];
  if (wrong.length > 0) return { score: 0, missing };
  if (missing.length === 0) return { score: 3, missing };
  const wanted = expected.lines.length + expected.mentions.length;
  const found = wanted - gone.length - unsaid.length;
  return { score: 3 * found >= 2 * wanted ? 2 : 3 * found >= wanted ? 1 : 0, missing };
}
