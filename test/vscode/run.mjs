// SPDX-License-Identifier: GPL-2.0-only
// Runs the tests in test/vscode/suite inside a VS Code extension host, over a copy of examples/.
// `node test/vscode/run.mjs TEXT...` runs only tests whose name contains one of the texts.
// With a VS Code of your own: VSCODE_EXECUTABLE=/path/to/code node test/vscode/run.mjs
import { runTests } from '@vscode/test-electron';
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installCodeServer } from '../../scripts/host/code-server.mjs';
import { ROOT } from '../../scripts/host/ensure.mjs';

const own = process.env.VSCODE_EXECUTABLE;
if (own === undefined) {
  const why = await installCodeServer();
  if (why !== null) throw new Error(why);
}
const out = path.join(ROOT, 'test-results', 'vscode');
mkdirSync(out, { recursive: true });
const suite = path.join(out, 'suite.cjs');
await build({
  entryPoints: [path.join(ROOT, 'test/vscode/suite/index.ts')],
  outfile: suite,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  sourcemap: 'inline',
  logLevel: 'warning',
});

const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-vscode-'));
const workspace = path.join(temp, 'examples');
cpSync(path.join(ROOT, 'examples'), workspace, { recursive: true });
const report = path.join(out, 'report.json');
rmSync(report, { force: true });
let failure = null;
try {
  await runTests({
    vscodeExecutablePath: own ?? path.join(ROOT, 'test/vscode/code-shim.mjs'),
    extensionDevelopmentPath: ROOT,
    extensionTestsPath: suite,
    launchArgs: [workspace, `--user-data-dir=${path.join(temp, 'data')}`, `--extensions-dir=${path.join(temp, 'extensions')}`],
    extensionTestsEnv: { BPF_CONTEXT_TEST_REPORT: report, BPF_CONTEXT_TEST_FILTERS: JSON.stringify(process.argv.slice(2)) },
  });
} catch (error) {
  failure = error;
} finally {
  rmSync(temp, { recursive: true, force: true, maxRetries: 3 });
}
if (!existsSync(report)) {
  console.error(`the extension host left no report: ${failure?.message ?? 'it ended by itself'}`);
  writeFileSync(report, JSON.stringify({ passed: 0, failed: 1, skipped: 0, notes: [] }));
}
const counts = readFileSync(report, 'utf8');
if (process.env.REPORT) writeFileSync(process.env.REPORT, counts);
process.exit(JSON.parse(counts).failed > 0 ? 1 : 0);
