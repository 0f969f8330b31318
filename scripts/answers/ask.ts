// SPDX-License-Identifier: GPL-2.0-only
/** Asks the analysis for the answers to the programs of an object. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import type { ProgramResult } from '../../src/protocol/model';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

const BUNDLE = join(import.meta.dirname, '../..', ...VERIFIED_KERNEL.media);
const engine = new AnalysisEngine();

/** All programs of an object with their explanations; none if it cannot be read. */
export function answersOf(file: string, timeoutS = 120): readonly ProgramResult[] {
  const reply = engine.analyze(
    {
      type: 'analyze',
      key: file,
      file: basename(file),
      object: readFileSync(file),
      source: null,
      policy: VERIFIED_KERNEL.policy,
      kernel: { bundle: BUNDLE, btf: '' },
      overlays: [],
      program: '',
      logLevel: 0,
      unprivileged: false,
      record: false,
      explain: true,
      dumpInsns: false,
      graphs: false,
      timeoutS,
    },
    { check: () => undefined, progress: () => undefined },
  );
  return reply.result?.programs ?? [];
}
