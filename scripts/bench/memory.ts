// SPDX-License-Identifier: GPL-2.0-only
/**
 * Memory of one process that has every object of the corpora verified as the editor has it: by the service and its worker, with states for the
 * views, one file open at a time. Bundled and started by `bench.ts`; needs the built worker.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnalysisService } from '../../src/analysis/service';
import { DEFAULT_POLICY } from '../../src/policy';
import { requestFor } from '../../test/support/verify';

/** What the process says of itself, MiB. */
export interface EditorMemory {
  readonly programs: number;
  /** Before there is a worker. */
  readonly baseMb: number;
  readonly peakMb: number;
  /** After the last answer, and when nobody has asked for anything since. */
  readonly atEndMb: number;
  readonly atRestMb: number;
}

/** Somebody looks at something else, milliseconds: twice what the worker waits for (`src/analysis/serve.ts`). */
const REST_MS = 10_000;

const [, , bundle, worker, cache, corpus, ...sets] = process.argv;
const mb = (bytes: number): number => Math.round(bytes / (1 << 20));
const rss = (): number => mb(process.memoryUsage().rss);
const baseMb = rss();
const service = new AnalysisService(worker!, { cache: () => cache! });
let programs = 0;
for (const set of sets) {
  const folder = join(corpus!, set, 'objects');
  for (const file of readdirSync(folder).sort()) {
    const asked = { key: file, explain: true, policy: DEFAULT_POLICY.id, kernel: { bundle: bundle!, btf: '' } };
    const { result } = await service.analyze(requestFor(file, readFileSync(join(folder, file)), asked));
    programs += result?.programs.length ?? 0;
    service.forget(file);
  }
}
const atEndMb = rss();
await new Promise((resolve) => setTimeout(resolve, REST_MS));
const said: EditorMemory = { programs, baseMb, peakMb: mb(process.resourceUsage().maxRSS * 1024), atEndMb, atRestMb: rss() };
console.log(JSON.stringify(said));
await service.dispose();
