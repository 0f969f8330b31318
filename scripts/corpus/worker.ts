// SPDX-License-Identifier: GPL-2.0-only
/** A process that verifies objects on request; bundled and started by `pool.ts`. */
import { CorpusRunner, type RunOptions } from './run';
import type { Ours } from './truth';

/** One object's work. */
export interface Task {
  readonly set: string;
  readonly file: string;
  readonly object: string;
  readonly programs: readonly { readonly name: string; readonly flags: number }[];
  readonly options: RunOptions;
}

/** What a worker says. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'row'; readonly row: Ours }
  | { readonly kind: 'refused'; readonly message: string }
  /** `peakMb` is the resident memory of the process so far. */
  | { readonly kind: 'done'; readonly peakMb: number };

const say = (report: Report): void => {
  process.send!(report);
};
const runner = new CorpusRunner('', { bundle: process.env['BPF_KERNEL_BUNDLE'] ?? '', btf: process.env['BPF_KERNEL_BTF'] ?? '' });
process.on('message', (task: Task) => {
  try {
    const loaded = runner.loadFile(task.file);
    for (const { name, flags } of task.programs) say({ kind: 'row', row: runner.row(loaded, name, { ...task.options, flags }) });
  } catch (error) {
    say({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
  }
  say({ kind: 'done', peakMb: process.resourceUsage().maxRSS / 1024 });
});
process.on('disconnect', () => process.exit(0));
say({ kind: 'ready' });
