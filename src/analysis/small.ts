// SPDX-License-Identifier: GPL-2.0-only
/** Analyses that are over so soon that they need no worker. Part of the bundle `serve`, so that the engine is loaded only when it is asked. */
import { Cancelled } from '../verifier/errors';
import { AnalysisEngine } from './engine';
import { CpuLimit } from './limits';
import type { AnalyzeReply, AnalyzeRequest } from './requests';

/** Longer verifications and (milliseconds of CPU) slower ones are left to a worker, which can be stopped and has its own memory. */
const MOST_PROCESSED = 50_000;
const MOST_CPU_MS = 500;

/** Throws `Cancelled` when it has taken too long. */
function patience(): (processed: number) => void {
  const limit = new CpuLimit(MOST_CPU_MS);
  return (processed) => {
    if (processed > MOST_PROCESSED || limit.exceeded) throw new Cancelled();
  };
}

/** The answer if it is found quickly and has a verdict for every program; null for what a worker is to be asked. */
export function quickAnswer(request: Omit<AnalyzeRequest, 'type'>, cache: string): AnalyzeReply | null {
  const check = patience();
  try {
    const reply = new AnalysisEngine(undefined, cache).analyze(
      { ...request, type: 'analyze' },
      { check: () => check(0), progress: ({ processed }) => check(processed) },
    );
    return reply.result?.programs.every((p) => p.verdict !== 'unknown') === true ? reply : null;
  } catch (error) {
    if (error instanceof Cancelled) return null;
    throw error;
  }
}
