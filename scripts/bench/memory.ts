// SPDX-License-Identifier: GPL-2.0-only
/** Memory of one process that verifies every program of the corpora one after the other. Bundled and started by `bench.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import { DEFAULT_POLICY } from '../../src/policy';
import { QUIET, requestFor } from '../../test/support/verify';

const [, , bundle, corpus, ...sets] = process.argv;
const engine = new AnalysisEngine();
let programs = 0;
for (const set of sets) {
  const folder = join(corpus!, set, 'objects');
  for (const file of readdirSync(folder).sort()) {
    const { result } = engine.analyze(
      requestFor(file, readFileSync(join(folder, file)), {
        // one file is open at a time
        key: 'open',
        policy: DEFAULT_POLICY.id,
        kernel: { bundle: bundle!, btf: '' },
      }),
      QUIET,
    );
    programs += result?.programs.length ?? 0;
    engine.forget('open');
  }
}
const mb = (bytes: number): number => Math.round(bytes / (1 << 20));
console.log(JSON.stringify({ programs, peakMb: mb(process.resourceUsage().maxRSS * 1024), atEndMb: mb(process.memoryUsage().rss) }));
