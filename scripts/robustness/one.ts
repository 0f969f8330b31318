// SPDX-License-Identifier: GPL-2.0-only
/** Analyses one object in a process of its own, as the editor would; started by `scripts/robustness.ts` with a {@link Task} as JSON argument. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import { CpuClock } from '../../src/analysis/limits';
import type { AnalyzeRequest } from '../../src/analysis/requests';
import { told } from './told';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';
import { QUIET, requestFor } from '../../test/support/verify';

export interface Task {
  readonly bundle: string;
  readonly file: string;
  /** Limit of the object, seconds. */
  readonly seconds: number;
}

export interface Outcome {
  /** What became of it. */
  readonly told: string;
  /** Our own fault, null if there is none. */
  readonly fault: string | null;
  /** CPU time of the analysis, seconds, the kernel's types not counted. */
  readonly cpuS: number;
  /** Resident memory of the process at its peak, MiB. */
  readonly peakMb: number;
}

const { bundle, file, seconds } = JSON.parse(process.argv[2]!) as Task;
const kernel = { bundle, btf: '' };
const engine = new AnalysisEngine();
engine.prepare(kernel);
const request: AnalyzeRequest = requestFor(basename(file), new Uint8Array(readFileSync(file)), {
  key: 'k',
  kernel,
  policy: VERIFIED_KERNEL.policy,
  explain: true,
  timeoutS: seconds,
});
const used = new CpuClock();
const reply = engine.analyze(request, QUIET);
const cpuS = used.usedMs / 1000;
const reasons = reply.result?.programs.map(({ reason }) => reason ?? '') ?? [];
const fault = reply.error?.kind === 'internal' ? reply.error.message : (reasons.find((reason) => reason.startsWith('internal')) ?? null);
console.log(JSON.stringify({ told: told(reply), fault, cpuS, peakMb: process.resourceUsage().maxRSS / 1024 } satisfies Outcome));
