// SPDX-License-Identifier: GPL-2.0-only
/** A table of tests, run one after the other in one process: for hosts in which a test framework has no place. */

export interface Test {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** Milliseconds after which it counts as failed; ten minutes if not given. A limit, never a pause. */
  readonly limit?: number;
  /** Runs even when a filter leaves it out. Those after it stand on it: where it fails they are not tried. */
  readonly always?: boolean;
}

/** What `scripts/test.mjs` reads from a suite. */
export interface Report {
  passed: number;
  failed: number;
  skipped: number;
  notes: string[];
}

/** Thrown by a test that cannot run here. */
export class Skip extends Error {}

const LIMIT_MS = 600_000;

async function withLimit(test: Test): Promise<void> {
  const limit = test.limit ?? LIMIT_MS;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${limit / 1000} s`)), limit);
  });
  try {
    await Promise.race([test.run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One report of several. */
export function sum(reports: readonly Report[]): Report {
  const all = (count: (report: Report) => number): number => reports.reduce((n, report) => n + count(report), 0);
  return {
    passed: all((r) => r.passed),
    failed: all((r) => r.failed),
    skipped: all((r) => r.skipped),
    notes: reports.flatMap((r) => r.notes),
  };
}

/** Runs all tests in order and prints each. `onFailure` may keep a picture of what was there. */
export async function runTable(
  tests: readonly Test[],
  print: (line: string) => void,
  onFailure?: (test: Test) => Promise<void>,
): Promise<Report> {
  const report: Report = { passed: 0, failed: 0, skipped: 0, notes: [] };
  for (const [at, test] of tests.entries()) {
    const start = Date.now();
    try {
      await withLimit(test);
      report.passed++;
      print(`  ok    ${test.name} (${Date.now() - start} ms)`);
    } catch (error) {
      if (error instanceof Skip) {
        report.skipped++;
        report.notes.push(`${test.name}: ${error.message}`);
        print(`  skip  ${test.name}: ${error.message}`);
        continue;
      }
      report.failed++;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      print(`  FAIL  ${test.name} (${Date.now() - start} ms)\n${text.replace(/^/gm, '        ')}`);
      await onFailure?.(test).catch((e: unknown) => print(`        (no picture: ${String(e)})`));
      if (test.always !== true) continue;
      report.failed += tests.length - at - 1;
      print(`  FAIL  ${tests.length - at - 1} tests that stand on it`);
      break;
    }
  }
  print(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
  return report;
}
