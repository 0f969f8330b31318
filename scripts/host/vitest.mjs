// SPDX-License-Identifier: GPL-2.0-only
// Unit and command line tests, with the counts that scripts/test.mjs wants.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './ensure.mjs';

const json = path.join(ROOT, 'test-results/vitest.json');
const r = spawnSync(
  path.join(ROOT, 'node_modules/.bin/vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${json}`],
  { cwd: ROOT, stdio: 'inherit' },
);
const report = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : null;
const files = report?.testResults ?? [];
const brokenFiles = files.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length;
const skipped = files.flatMap((f) =>
  f.assertionResults.filter((a) => a.status === 'pending' || a.status === 'skipped').map((a) => a.fullName),
);
const counts =
  report === null
    ? { passed: 0, failed: 1, skipped: 0 }
    : { passed: report.numPassedTests, failed: report.numFailedTests + brokenFiles, skipped: skipped.length };
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify({ ...counts, notes: skipped }));
process.exit(r.status ?? 1);
