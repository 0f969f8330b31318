// SPDX-License-Identifier: GPL-2.0-only
/** In which order programs are verified: what a person looks at first. */
import type { Program } from '../object/program';

/** A place in a source: its name, with or without folder, and a 1-based line. */
export interface Near {
  readonly file: string;
  readonly line: number;
}

const baseName = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** Where a program begins in a file; null if it begins elsewhere. */
function beginsAt({ sourceLines }: Program, file: string): number | null {
  const first = sourceLines.find((record) => record.line > 0);
  return first !== undefined && baseName(first.file) === baseName(file) ? first.line : null;
}

/** Programs by nearness to a place: the one that it is in, then those that begin nearest to it, then those of other files. */
export function inTurn(programs: readonly Program[], near: Near | null): readonly Program[] {
  if (near === null || programs.length < 2) return programs;
  const begins = new Map(programs.map((prog) => [prog, beginsAt(prog, near.file)]));
  const before = [...begins.values()].filter((line) => line !== null && line <= near.line);
  const within = Math.max(...(before as number[]), 0);
  const distance = (prog: Program): number => {
    const line = begins.get(prog) ?? null;
    return line === null ? Infinity : line === within ? -1 : Math.abs(line - near.line);
  };
  const far = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
  return [...programs].sort((a, b) => far(distance(a), distance(b)));
}
