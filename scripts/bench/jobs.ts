// SPDX-License-Identifier: GPL-2.0-only
/** What can be timed, as functions to call again and again. Used in the processes that `burst.ts` is the main file of. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import { KeptResults } from '../../src/analysis/kept';
import { loadKernel, type LoadedKernel } from '../../src/analysis/kernel';
import { StateRecorder } from '../../src/graph/record';
import { loadObject } from '../../src/object/load';
import type { Program } from '../../src/object/program';
import { DEFAULT_POLICY } from '../../src/policy';
import { verify } from '../../src/verifier/check';
import { QUIET, requestFor } from '../../test/support/verify';
import { type KernelsJob, kernelsJob } from './kernels';
import { madeInsns, type Shape } from './made';

/** What a burst process is asked to time. */
export type Job =
  | { readonly kind: 'verify'; readonly file: string; readonly program: string; readonly record: boolean }
  | { readonly kind: 'made'; readonly base: string; readonly shape: Shape; readonly count: number }
  /** What the editor does with a file: `open`, nothing is known of it; `save`, all but the program that takes longest is as it was. */
  | { readonly kind: 'open' | 'save'; readonly file: string }
  | { readonly kind: 'compare'; readonly file: string; readonly program: string; readonly with: keyof typeof OTHERS | null }
  | KernelsJob;

/** What came out: must be the same for all that are compared. */
export interface Outcome {
  readonly verdict: string;
  readonly processed: number;
  readonly states: number;
}

/**
 * Policies that say something else than mainline of functions that the compared program calls, so that what it calls does not settle the
 * matter.
 */
const OTHERS = {
  /** Nothing of it is asked: no lock is held where they are called. */
  agrees: { callable: true },
  /** Asked at each call, and answered otherwise. */
  differs: { sleeps: 'no' },
};

const otherPolicy = (how: keyof typeof OTHERS): string =>
  JSON.stringify({
    id: 'other',
    helpers: ['bpf_map_lookup_elem', 'bpf_probe_read_kernel', 'bpf_ktime_get_ns'].map((name) => ({ name, ...OTHERS[how] })),
  });

/** Kernel, engine and loaded programs of one process. */
export class Jobs {
  private readonly kernel: LoadedKernel;
  private readonly kept = new KeptResults();
  private readonly engine = new AnalysisEngine(this.kept);
  private readonly programs = new Map<string, Program>();

  constructor(private readonly bundle: string) {
    this.kernel = loadKernel({ bundle, btf: '' });
  }

  private program(file: string, name: string): Program {
    const key = `${file} ${name}`;
    let found = this.programs.get(key);
    if (found === undefined) {
      const { programs } = loadObject(readFileSync(file), basename(file), this.kernel.object);
      found = name === '' ? programs[0] : programs.find((p) => p.name === name);
      if (found === undefined) throw new Error(`${file} has no program ${name}`);
      this.programs.set(key, found);
    }
    return found;
  }

  private verifying(program: Program, record: boolean): () => Outcome {
    return () => {
      const recorder = record ? new StateRecorder() : null;
      const options = { logLevel: 0, unprivileged: false, flags: 0, recorder, tick: null };
      const { verdict, processedInsns, totalStates } = verify(program, this.kernel.profile, DEFAULT_POLICY, options);
      return { verdict, processed: processedInsns, states: totalStates };
    };
  }

  /** The function to time; it throws if there is nothing to time. */
  prepare(job: Job): () => Outcome {
    const kernel = { bundle: this.bundle, btf: '' };
    switch (job.kind) {
      case 'verify':
        return this.verifying(this.program(job.file, job.program), job.record);
      case 'made': {
        const insns = madeInsns(job.shape, job.count);
        return this.verifying({ ...this.program(job.base, ''), insns, funcInfo: [], lineInfo: [], sourceLines: [] }, false);
      }
      case 'open':
      case 'save': {
        const object = readFileSync(job.file);
        return () => {
          this.leave(job.file, job.kind === 'save');
          const asked = { key: job.file, kernel, explain: true, timeoutS: 0 };
          const { result } = this.engine.analyze(requestFor(basename(job.file), object, asked), QUIET);
          const programs = result?.programs ?? [];
          const sum = (of: (p: (typeof programs)[number]) => number): number => programs.reduce((n, p) => n + of(p), 0);
          return {
            verdict: programs.map((p) => p.verdict).join(),
            processed: sum((p) => p.processedInsns),
            states: sum((p) => p.totalStates),
          };
        };
      }
      case 'compare':
        return this.comparing(job.file, job.program, job.with);
      case 'kernels':
        return kernelsJob(this.engine, this.bundle, job);
    }
  }

  /** Forgets what is known of a file, or only of the program in it that took longest. */
  private leave(key: string, others: boolean): void {
    const programs = [...(this.kept.programs(key) ?? [])].sort(([, a], [, b]) => b.told.processedInsns - a.told.processedInsns);
    if (others) this.kept.set(key, new Map(programs.slice(1)));
    else this.kept.forget(key);
  }

  private comparing(file: string, program: string, other: keyof typeof OTHERS | null): () => Outcome {
    const kernel = { bundle: this.bundle, btf: '' };
    const single = requestFor(basename(file), readFileSync(file), { key: 'x', kernel, program, record: false, timeoutS: 0 });
    if (other === null) {
      return () => {
        const { result } = this.engine.analyze(single, QUIET);
        return { verdict: result?.programs[0]?.verdict ?? '', processed: 0, states: 0 };
      };
    }
    const policies = [{ policy: DEFAULT_POLICY.id }, { policy: '', policyFile: { name: 'other', json: otherPolicy(other) } }];
    return () => {
      const reply = this.engine.compare({ ...single, type: 'compare', policies }, QUIET.check);
      if ((reply.programs[0]?.comparisons[0]?.rules.length ?? 0) === 0)
        throw new Error('the policies must differ in what the program calls');
      return { verdict: 'accept', processed: 0, states: 0 };
    };
  }
}
