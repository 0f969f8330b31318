// SPDX-License-Identifier: GPL-2.0-only
/** What a panel says of a comparison: all programs of the file under both policies, in few words. */
import type { GraphComparison } from '../protocol/compare';
import type { CompareState, CompareWord } from '../protocol/messages';
import type { FileResult } from '../protocol/model';
import { errorText, type FileState } from './file-state';

/** A program's verdict in few words. */
function wordOf(result: FileResult | null, program: string): CompareWord {
  const found = result?.programs.find((p) => p.program === program);
  if (found !== undefined) return { verdict: found.verdict, text: found.verdict === 'accept' ? 'accepted' : found.short };
  return { verdict: 'not loaded', text: result?.failed.find((p) => p.program === program)?.message ?? 'not loaded' };
}

/** `comparison`: that of the program at hand; null while it is made, or where there is none. */
export function compareState(
  state: FileState,
  compare: NonNullable<FileState['compare']>,
  shown: string,
  comparison: GraphComparison | null,
): CompareState {
  const names = [
    ...new Set(
      [
        ...(state.result?.programs ?? []),
        ...(state.result?.failed ?? []),
        ...(compare.result?.programs ?? []),
        ...(compare.result?.failed ?? []),
      ].map((p) => p.program),
    ),
  ];
  const own = wordOf(compare.result, shown);
  return {
    policy: compare.policy,
    busy: compare.busy,
    comparison,
    programs: names.map((program) => ({ program, a: wordOf(compare.result, program), b: wordOf(state.result, program) })),
    problem:
      compare.busy || comparison !== null
        ? ''
        : compare.error !== null
          ? `${compare.error.title}. ${errorText(compare.error)}`
          : `Under ${compare.policy} this program is ${own.verdict === 'not loaded' ? `not loaded: ${own.text}` : `${own.verdict}ed, without a graph`}.`,
  };
}
