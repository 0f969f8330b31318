// SPDX-License-Identifier: GPL-2.0-only
/** What a worker keeps of verified programs for views: results of all, recorded states and graphs of those looked at last. */
import type { GraphInput } from '../graph/input';
import type { Features } from '../kernel/features';
import type { KernelProfile } from '../kernel/profile';
import type { Policy } from '../policy/types';
import type { ContextGraph } from '../protocol/graph';
import type { ProgramResult } from '../protocol/model';
import type { Run } from './run';

/** Bytes of states and graphs that are kept, by {@link weightOf}; what was asked for last stays however large it is. */
const MAX_KEPT_BYTES = 256e6;

// Measured over programs of all kinds, with the garbage collected: half or twice as much for one of them does not matter.
const BYTES_OF_INSN = 3000;
const BYTES_OF_SNAPSHOT = 1000;
const BYTES_OF_STATE = 6000;

/** States and graph of one program. */
export interface ProgramViews {
  readonly input: GraphInput;
  readonly graph: ContextGraph;
}

/** A program of a kept result. */
export interface KeptProgram {
  readonly result: ProgramResult;
  /** What was said of it outside. */
  readonly told: ProgramResult;
  /** How it was verified, and the kernel without what the policy adds to it. */
  readonly run: Run;
  readonly base: KernelProfile;
  readonly policy: Policy;
  /** Verifies it once more, for states and graph that are no longer there; null if that takes too long now. */
  readonly again: (check: () => void) => ProgramViews | null;
  /** Verifies it by other rules of the kernel, without states. */
  readonly verifyWith: (features: Features, check: () => void) => ProgramResult;
}

/** Memory that states and graph of a program take, bytes. */
function weightOf({ input: { env, recorder } }: ProgramViews): number {
  const snapshots = recorder.insns.reduce((sum, at) => sum + (at === undefined ? 0 : at.kept.length + at.covered.length), 0);
  return env.insns.length * BYTES_OF_INSN + snapshots * BYTES_OF_SNAPSHOT + env.peakStates * BYTES_OF_STATE;
}

/** Kept results by key and program. */
export class KeptResults {
  private readonly results = new Map<string, ReadonlyMap<string, KeptProgram>>();
  /** The one looked at last is the last. */
  private readonly views = new Map<KeptProgram, { readonly views: ProgramViews; readonly weight: number }>();
  /** Bytes of states and graphs that are there, estimated. */
  bytes = 0;

  constructor(private readonly maxBytes = MAX_KEPT_BYTES) {}

  /** Keeps what was just made. */
  add(program: KeptProgram, views: ProgramViews): void {
    this.drop(program);
    const weight = weightOf(views);
    this.views.set(program, { views, weight });
    this.bytes += weight;
    for (const oldest of this.views.keys()) {
      if (oldest === program || this.bytes <= this.maxBytes) break;
      this.drop(oldest);
    }
  }

  /** Programs of a result by label, which take the place of those kept under its key before. */
  set(key: string, programs: ReadonlyMap<string, KeptProgram>): void {
    const stay = new Set(programs.values());
    for (const program of this.results.get(key)?.values() ?? []) if (!stay.has(program)) this.drop(program);
    this.results.set(key, programs);
  }

  /** Programs of a result by label; null if there is none under the key. */
  programs(key: string): ReadonlyMap<string, KeptProgram> | null {
    return this.results.get(key) ?? null;
  }

  /** States and graph of a kept program if they are still there. */
  peek(program: KeptProgram): ProgramViews | null {
    return this.views.get(program)?.views ?? null;
  }

  get(key: string, program: string): KeptProgram | null {
    return this.results.get(key)?.get(program) ?? null;
  }

  /** States and graph of a kept program, which are made again if need be. `check` throws when nobody wants them any more. */
  look(key: string, program: string, check: () => void): ProgramViews | null {
    const kept = this.get(key, program);
    if (kept === null) return null;
    const views = this.views.get(kept)?.views ?? kept.again(check);
    if (views !== null) this.add(kept, views);
    return views;
  }

  forget(key: string): void {
    for (const program of this.results.get(key)?.values() ?? []) this.drop(program);
    this.results.delete(key);
  }

  /** Programs whose states are there. */
  get size(): number {
    return this.views.size;
  }

  drop(program: KeptProgram): void {
    this.bytes -= this.views.get(program)?.weight ?? 0;
    this.views.delete(program);
  }
}
