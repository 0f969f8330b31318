// SPDX-License-Identifier: GPL-2.0-only
/** The output channel: what was run, how long each stage took, and what came of it. */
import * as vscode from 'vscode';
import { oneLine } from '../protocol/escape';
import { errorText, type FileState } from './file-state';
import { basename } from './files';
import type { AnalysisStore } from './store';

type Stage = NonNullable<FileState['busy']>['stage'];

const DONE: Readonly<Record<Stage, string>> = { compile: 'compiled', load: 'loaded', verify: 'verified', graph: 'graphs made' };

interface Run {
  stage: Stage;
  since: number;
  readonly times: Map<Stage, number>;
}

/** `3 accepted, 1 rejected`. */
function outcome(state: FileState): string {
  if (state.error !== null) return `${state.error.title}${errorText(state.error) === '' ? '' : `: ${errorText(state.error)}`}`;
  if (state.result === null) return 'ended without a result';
  const count = (verdict: string): number => state.result!.programs.filter((p) => p.verdict === verdict).length;
  const counts: [number, string][] = [
    [count('accept'), 'accepted'],
    [count('reject'), 'rejected'],
    [count('unknown'), 'unknown'],
    [state.result.failed.length, 'not loaded'],
  ];
  return (
    counts
      .filter(([n]) => n > 0)
      .map(([n, word]) => `${n} ${word}`)
      .join(', ') || 'no programs'
  );
}

/** Makes lines of what states tell, one a run. `now`: milliseconds. */
export class RunTimes {
  private readonly runs = new Map<string, Run>();

  constructor(private readonly now: () => number) {}

  /** The line of a run that has just ended, null for anything else. */
  take(state: FileState): string | null {
    const key = state.uri.toString();
    const run = this.runs.get(key);
    const at = this.now();
    if (run !== undefined) run.times.set(run.stage, (run.times.get(run.stage) ?? 0) + at - run.since);
    if (state.busy !== null) {
      const { stage } = state.busy;
      this.runs.set(key, { stage, since: at, times: run?.times ?? new Map<Stage, number>() });
      return null;
    }
    if (run === undefined) return null;
    this.runs.delete(key);
    const times = [...run.times].map(([stage, ms]) => `${DONE[stage]} in ${Math.round(ms)} ms`);
    return oneLine(`${basename(state.uri)}: ${times.join(', ')}: ${outcome(state)}`);
  }
}

/** The log as a part of the extension. */
export function registerRunLog(store: AnalysisStore): vscode.Disposable {
  const channel = vscode.window.createOutputChannel('BPF Context Explorer', { log: true });
  const times = new RunTimes(() => performance.now());
  return vscode.Disposable.from(
    channel,
    store.onDidChange((state) => {
      const line = times.take(state);
      if (line !== null) channel.info(line);
    }),
  );
}
