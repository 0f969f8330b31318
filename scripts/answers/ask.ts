// SPDX-License-Identifier: GPL-2.0-only
/** Asks the analysis for the answers to the programs of an object. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AnalysisEngine } from '../../src/analysis/engine';
import type { ProgramResult } from '../../src/protocol/model';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';
import { QUIET, requestFor } from '../../test/support/verify';

const BUNDLE = join(import.meta.dirname, '../..', ...VERIFIED_KERNEL.media);
const engine = new AnalysisEngine();

/** All programs of an object with their explanations; none if it cannot be read. */
export function answersOf(file: string, timeoutS = 120): readonly ProgramResult[] {
  const reply = engine.analyze(
    requestFor(basename(file), readFileSync(file), {
      key: file,
      policy: VERIFIED_KERNEL.policy,
      kernel: { bundle: BUNDLE, btf: '' },
      record: false,
      explain: true,
      timeoutS,
    }),
    QUIET,
  );
  return reply.result?.programs ?? [];
}
