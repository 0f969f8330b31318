// SPDX-License-Identifier: GPL-2.0-only
// Counts of a run of vitest for scripts/test.mjs, by suite: a project of vitest.config.ts, or a part of one (`bombs` belong to `programs`).
import { writeFileSync } from 'node:fs';

export const PARTS = { bombs: 'programs' };

/** Writes `{suite: {passed, failed, skipped, notes}}` to the file that REPORT names. */
export default class SuiteReporter {
  onTestRunEnd(modules) {
    const suites = {};
    for (const module of modules) {
      const name = PARTS[module.project.name] ?? module.project.name;
      const counts = (suites[name] ??= { passed: 0, failed: 0, skipped: 0, notes: [] });
      const before = counts.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed++;
        else {
          counts.skipped++;
          counts.notes.push(test.fullName);
        }
      }
      // a file that could not be read, or whose hooks failed
      if (module.state() === 'failed' && counts.failed === before) counts.failed++;
    }
    if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(suites));
  }
}
