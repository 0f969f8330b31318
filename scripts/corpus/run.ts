// SPDX-License-Identifier: GPL-2.0-only
/** Runs programs of a corpus with the shipped kernel. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKernel, type LoadedKernel } from '../../src/analysis/kernel';
import { loadObject } from '../../src/object/load';
import type { LoadedObject, Program } from '../../src/object/program';
import { getPolicy } from '../../src/policy';
import { verify, type VerifyResult } from '../../src/verifier/check';
import { logDifference } from './logdiff';
import { kernelLog, type Ours } from './truth';

/** How programs are run. */
export interface RunOptions {
  readonly timeoutS: number;
  readonly logLevel: number;
  readonly policy: string;
  readonly unprivileged: boolean;
}

class TimedOut extends Error {}

export class CorpusRunner {
  private readonly kernel: LoadedKernel;

  constructor(readonly setDir: string) {
    this.kernel = loadKernel({ bundle: join(import.meta.dirname, '../../media/kernel/7.3.4'), btf: '' });
  }

  load(object: string): LoadedObject {
    return loadObject(readFileSync(join(this.setDir, 'objects', object)), object, this.kernel.object);
  }

  /** Null when the program takes too long. */
  run(prog: Program, options: RunOptions): VerifyResult | null {
    const deadline = Date.now() + options.timeoutS * 1000;
    try {
      return verify(prog, this.kernel.profile, getPolicy(options.policy), {
        logLevel: options.logLevel,
        unprivileged: options.unprivileged,
        flags: 0,
        recorder: null,
        tick: () => {
          if (Date.now() > deadline) throw new TimedOut();
        },
      });
    } catch (error) {
      if (error instanceof TimedOut) return null;
      throw error;
    }
  }

  /** One row for a program of a loaded object. */
  row(loaded: LoadedObject, program: string, options: RunOptions): Ours {
    const prog = loaded.programs.find((p) => p.name === program);
    const base = { object: loaded.name, program, errno: 0, insn: null, processedInsns: 0, totalStates: 0, peakStates: 0, maxStatesPerInsn: 0, timeUs: 0, logDiff: null };
    if (prog === undefined) {
      const failed = loaded.failed.find((f) => f.name === program);
      return { ...base, verdict: 'error', message: failed?.message ?? 'no such program', reason: 'loader' };
    }
    const r = this.run(prog, options);
    if (r === null) return { ...base, verdict: 'unknown', message: '', reason: 'timeout' };
    const theirs = (options.logLevel & 2) !== 0 ? kernelLog(this.setDir, loaded.name, program) : null;
    return {
      object: loaded.name,
      program,
      verdict: r.verdict,
      errno: r.errno,
      message: r.message.join('\n'),
      insn: r.insn,
      processedInsns: r.processedInsns,
      totalStates: r.totalStates,
      peakStates: r.peakStates,
      maxStatesPerInsn: r.maxStatesPerInsn,
      reason: r.reason ?? '',
      timeUs: r.timeUs,
      logDiff: theirs === null ? null : (logDifference(theirs, r.log, prog) ?? 'same'),
    };
  }
}
