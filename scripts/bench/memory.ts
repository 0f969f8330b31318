// SPDX-License-Identifier: GPL-2.0-only
/** Memory of one process that verifies every program of the corpora one after the other. Bundled and started by `bench.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import { DEFAULT_POLICY } from '../../src/policy';

const [bundle, corpus, ...sets] = process.argv.slice(2);
const engine = new AnalysisEngine();
let programs = 0;
for (const set of sets) {
  const folder = join(corpus!, set, 'objects');
  for (const file of readdirSync(folder).sort()) {
    const { result } = engine.analyze(
      {
        type: 'analyze',
        // one file is open at a time
        key: 'open',
        file,
        object: readFileSync(join(folder, file)),
        policy: DEFAULT_POLICY.id,
        kernel: { bundle: bundle!, btf: '' },
        overlays: [],
        program: '',
        logLevel: 0,
        unprivileged: false,
        record: true,
        dumpInsns: false,
        graphs: false,
        timeoutS: 60,
      },
      { check: () => undefined, progress: () => undefined },
    );
    programs += result?.programs.length ?? 0;
    engine.forget('open');
  }
}
const mb = (bytes: number): number => Math.round(bytes / (1 << 20));
console.log(JSON.stringify({ programs, peakMb: mb(process.resourceUsage().maxRSS * 1024), atEndMb: mb(process.memoryUsage().rss) }));
