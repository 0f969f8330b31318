// SPDX-License-Identifier: GPL-2.0-only
/** Why a file does not compile, in one sentence. */
import path from 'node:path';
import type { CompilerDiagnostic } from '../protocol/model';
import type { CompileResult } from './clang';
import { type HowCompiled, placeWords } from './how';

/** Longest compiler output that is shown as it is. */
const OUTPUT_SHOWN = 2000;

export interface CompileMessage {
  readonly text: string;
  /** True when the sentence says all: what clang said further on follows from it. */
  readonly whole: boolean;
}

/** Folder of a file as the reader of another file would call it. */
function nameFrom(how: HowCompiled, file: string): string {
  const relative = path.relative(how.root, file);
  return relative.startsWith('..') ? file : relative;
}

export function compileMessage(file: string, result: Extract<CompileResult, { kind: 'failed' }>, how: HowCompiled | null): CompileMessage {
  const missing = how?.missing ?? null;
  if (how !== null && missing !== null) {
    const includer = missing.includer === file ? '' : ` ${nameFrom(how, missing.includer)} includes it.`;
    const made = missing.madeBy;
    const rule =
      made === null
        ? ''
        : made.target !== ''
          ? ` make ${made.target} makes it (${placeWords(how, made)}).`
          : ` The build makes it (${placeWords(how, made)}).`;
    const nowhere = made === null ? ' It is neither in this project nor among this machine’s headers.' : ' The build has not run.';
    return { text: `${missing.name} is not found.${includer}${nowhere}${rule}`, whole: true };
  }
  const first = result.diagnostics.find((d) => d.severity === 'error');
  if (first === undefined)
    return { text: [result.reason, result.output.trim().slice(0, OUTPUT_SHOWN)].filter((s) => s !== '').join('\n'), whole: true };
  const place = `${first.file === file ? '' : `${how === null ? first.file : nameFrom(how, path.resolve(path.dirname(file), first.file))}:`}${first.line}:${first.column}`;
  const [part] = how?.partOf ?? [];
  if (how !== null && part !== undefined)
    return {
      text: `This file is a part of ${nameFrom(how, part)}, which includes it; by itself it does not compile: ${first.message} (${place})`,
      whole: false,
    };
  return { text: `${place}: ${first.message}`, whole: false };
}

/** Errors of one file that are shown when no sentence says it all. */
const MOST_SHOWN = 10;

/** What is said besides the sentence: nothing of what follows from a missing header. */
export function shownDiagnostics(
  result: Extract<CompileResult, { kind: 'failed' }>,
  message: CompileMessage,
): readonly CompilerDiagnostic[] {
  const errors = result.diagnostics.filter((d) => d.severity !== 'warning');
  if (message.whole)
    return errors
      .slice(0, 1)
      .filter((d) => d.severity === 'error')
      .map((d) => ({ ...d, message: message.text }));
  return errors.slice(0, MOST_SHOWN);
}
