// SPDX-License-Identifier: GPL-2.0-only
/** What need not be verified again after an edit: programs that are as they were, under the same rules. */
import { LineTable } from '../graph/lines';
import type { KernelProfile } from '../kernel/profile';
import type { Program } from '../object/program';
import type { ProgramResult } from '../protocol/model';
import type { KeptProgram, KeptResults, ProgramViews } from './kept';
import type { Share } from './limits';
import { graphWithin, type Run } from './run';
import { ProgramComparer, sameData } from './same-program';

/** A program that is as it was. */
export interface KnownProgram {
  /** As it was kept. */
  readonly entry: KeptProgram;
  /** What is said of it now. */
  readonly told: ProgramResult;
  /** States and graph if they are there. */
  readonly views: ProgramViews | null;
  /** Its lines stand elsewhere in the source. */
  readonly moved: boolean;
}

/** An accepted program with its places in the source as that is now: nothing else of its result comes from lines. */
export function atNewLines(told: ProgramResult, prog: Program): ProgramResult {
  const lines = new LineTable(prog.sourceLines);
  return {
    ...told,
    definition: lines.at(0),
    source: told.insn === null ? null : lines.at(told.insn),
    ...(told.hazards === undefined ? {} : { hazards: told.hazards.map((h) => ({ ...h, source: lines.at(h.insn) })) }),
  };
}

/** Looks up programs of a newer object in the result that is kept of an older one. */
export class Unchanged {
  private readonly comparer = new ProgramComparer();

  constructor(
    private readonly kept: KeptResults,
    private readonly before: ReadonlyMap<string, KeptProgram>,
    private readonly base: KernelProfile,
  ) {}

  /** Null for a program that has to be verified. `check` may throw. */
  find(run: Run, share: Share, check: () => void): KnownProgram | null {
    const entry = this.before.get(run.label);
    if (entry?.base !== this.base || !this.sameRules(entry.run, run)) return null;
    // a limit may have ended the others
    if (entry.told.verdict === 'unknown') return null;
    const likeness = this.comparer.likeness(entry.run.prog, run.prog);
    if (likeness === 'other') return null;
    const views = this.kept.peek(entry);
    if (likeness === 'same') return { entry, told: entry.told, views, moved: false };
    // what explains a rejection speaks of lines
    if (entry.told.verdict !== 'accept' || views === null) return null;
    const input = { ...views.input, lines: new LineTable(run.prog.sourceLines) };
    const graph = graphWithin(input, share, check);
    if ('kind' in graph) return null;
    return { entry, told: atNewLines(entry.told, run.prog), views: { input, graph: { ...graph, program: run.label } }, moved: true };
  }

  private sameRules({ policy, request }: Run, now: Run): boolean {
    return (
      sameData(policy, now.policy) &&
      request.explain === now.request.explain &&
      request.unprivileged === now.request.unprivileged &&
      request.targetKernel === now.request.targetKernel &&
      request.logLevel === now.request.logLevel
    );
  }
}
