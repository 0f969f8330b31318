// SPDX-License-Identifier: GPL-2.0-only
// Conformance in continuous integration: verifies the recorded corpora with scripts/conform.ts. Fails when a figure falls below its
// floor in test/conformance/floors.json, which only ever rise. Every program is also verified under `context-classes`, whose rules are the
// mainline's: verdict, message, counters and log must be the same. Each rejection is explained: with a reason and a place, all of them, and with an
// event that led to it, nearly all. Of older kernels up to 600 programs of each set are asked, always the same ones; all of them with --all.
// `--help` says how.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './ensure.mjs';
import { hostArgs } from './options.mjs';

const { values, positionals } = hostArgs(
  {
    usage: 'conformance.mjs CORPUS [--all]',
    about: 'CORPUS is a folder with an `unpack` script, or an unpacked corpus.',
    positionals: true,
  },
  { all: { type: 'boolean', default: false, help: 'of older kernels all programs, not 600 of each set' } },
);
const [archives = ''] = positionals;
const sample = values.all ? [] : ['--sample', '600'];
const floors = path.join(ROOT, 'test/conformance/floors.json');
const temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-corpus-'));
mkdirSync(path.join(ROOT, 'test-results'), { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0, notes: [] };

/** One run of the harness against the floors. */
function run(name, corpus, args) {
  const counts = path.join(temp, `${name}.json`);
  const report = path.join(ROOT, `test-results/conformance-${name}.md`);
  const command = [
    '--import',
    'tsx',
    path.join(ROOT, 'scripts/conform.ts'),
    '--corpus',
    corpus,
    '--floors',
    floors,
    '--counts',
    counts,
    '--report',
    report,
    ...args,
  ];
  const r = spawnSync(process.execPath, command, { cwd: ROOT, stdio: 'inherit' });
  const got = existsSync(counts) ? JSON.parse(readFileSync(counts, 'utf8')) : { passed: 0, failed: 1 };
  total.passed += got.passed;
  total.failed += got.failed + (r.status !== 0 && got.failed === 0 ? 1 : 0);
}

try {
  let corpus = archives;
  if (existsSync(path.join(archives, 'unpack'))) {
    const unpacked = spawnSync('bash', [path.join(archives, 'unpack'), temp], { encoding: 'utf8' });
    if (unpacked.status !== 0) throw new Error(`the corpora could not be unpacked: ${unpacked.stderr}`);
    corpus = temp;
  }
  run('privileged', corpus, ['--logs', '--explain', '--same-as', 'context-classes']);
  run('6.18', corpus, ['--kernel', '6.18', ...sample]);
  run('6.12', corpus, ['--kernel', '6.12', ...sample]);
  run('6.1', corpus, ['--kernel', '6.1', ...sample]);
  run('unprivileged', corpus, ['--unprivileged', '--same-as', 'context-classes']);
} finally {
  rmSync(temp, { recursive: true, force: true });
}
if (process.env.REPORT) writeFileSync(process.env.REPORT, JSON.stringify(total));
process.exit(total.failed > 0 ? 1 : 0);
