// SPDX-License-Identifier: GPL-2.0-only
/** Makes disagreeing programs small. Every round asks the kernel once, about all candidates of all programs. */
import type { Disagreement } from './compare';
import { type FuzzProgram, sizeOf, without } from './program';

/** Disagreement of each program with the kernel, null where there is none; in the order of the programs. */
export type Check = (programs: readonly FuzzProgram[]) => Promise<(Disagreement | null)[]>;

/** A disagreement and the program that shows it. */
export interface Finding {
  readonly program: FuzzProgram;
  readonly disagreement: Disagreement;
}

interface Work {
  finding: Finding;
  /** Items are taken away in so many pieces. */
  pieces: number;
  done: boolean;
}

/** The program without one of `pieces` equal stretches of its items. */
function candidates(program: FuzzProgram, pieces: number): FuzzProgram[] {
  const size = sizeOf(program);
  const count = Math.min(pieces, size);
  const starts = program.functions.map((_, i) => program.functions.slice(0, i).reduce((n, f) => n + f.items.length, 0));
  const list: FuzzProgram[] = [];
  for (let k = 0; k < count; k++) {
    const from = Math.floor((k * size) / count);
    const to = Math.floor(((k + 1) * size) / count);
    const smaller = without(program, (f, i) => starts[f]! + i < from || starts[f]! + i >= to);
    if (sizeOf(smaller) < size) list.push(smaller);
  }
  return list;
}

/** Reduces all findings side by side (delta debugging); a smaller program must disagree in the same kind. */
export async function reduceAll(
  findings: readonly Finding[],
  check: Check,
  rounds: number,
  note: (text: string) => void,
): Promise<Finding[]> {
  const work = findings.map((finding): Work => ({ finding, pieces: 4, done: false }));
  for (let round = 0; round < rounds && work.some((w) => !w.done); round++) {
    const batch: { readonly work: Work; readonly program: FuzzProgram }[] = [];
    for (const w of work) {
      if (!w.done) for (const program of candidates(w.finding.program, w.pieces)) batch.push({ work: w, program });
    }
    const answers = await check(batch.map((b) => b.program));
    for (const w of work) {
      if (w.done) continue;
      const better = batch
        .map((b, i) => ({ ...b, disagreement: answers[i] }))
        .filter((b) => b.work === w && b.disagreement?.kind === w.finding.disagreement.kind)
        .sort(
          (a, b) =>
            Number(b.disagreement!.signature === w.finding.disagreement.signature) -
              Number(a.disagreement!.signature === w.finding.disagreement.signature) || sizeOf(a.program) - sizeOf(b.program),
        )[0];
      if (better !== undefined) {
        w.finding = { program: { ...better.program, name: w.finding.program.name }, disagreement: better.disagreement! };
        w.pieces = Math.max(4, w.pieces >> 1);
      } else if (w.pieces >= sizeOf(w.finding.program)) w.done = true;
      else w.pieces = Math.min(w.pieces * 4, sizeOf(w.finding.program));
    }
    note(`round ${round + 1}: ${batch.length} candidates, sizes ${work.map((w) => sizeOf(w.finding.program)).join(' ')}`);
  }
  return work.map((w) => w.finding);
}
