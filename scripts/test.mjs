// SPDX-License-Identifier: GPL-2.0-only
// `npm test`: everything, from a clean clone. What the machine lacks is said and counted as skipped; CI must skip nothing.
// Ends with one line: `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installCodeServer } from './host/code-server.mjs';
import { ensureBuilt, ensurePackages, ROOT, which } from './host/ensure.mjs';
import { hostArgs } from './host/options.mjs';
import { PARTS } from './host/suite-reporter.mjs';

const results = path.join(ROOT, 'test-results');
const { values, positionals: only } = hostArgs(
  {
    usage: 'npm test -- [SUITE...] [options]',
    about:
      'Everything, or only these suites: typecheck, format, lint, examples, unit, editor, programs, compiler, cli, conformance, package, vscode, browser.',
    positionals: true,
  },
  {
    match: {
      type: 'string',
      value: 'TEXT',
      multiple: true,
      default: [],
      help: 'of vscode and browser only tests with TEXT in their name; may be repeated',
    },
    all: { type: 'boolean', default: false, help: 'of conformance also what takes long: every program on every kernel' },
  },
);
const { match } = values;
const total = { passed: 0, failed: 0, skipped: 0 };
const skips = [];
/** What each part took, in milliseconds. */
const times = [];

const wanted = (name) => only.length === 0 || only.includes(name);

function count(name, counts, status) {
  total.passed += counts.passed;
  total.failed += counts.failed + (status !== 0 && counts.failed === 0 ? 1 : 0);
  total.skipped += counts.skipped;
  skips.push(...(counts.notes ?? []).map((n) => `${name}: ${n}`));
}

/** Runs a command; resolves with its status. One that runs `beside` others is heard when it ends, so that what they say does not mix. */
async function run(name, command, args, { beside = false, env = {} } = {}) {
  if (!beside) console.log(`\n== ${name}`);
  const start = Date.now();
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: beside ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...env },
    timeout: 45 * 60_000,
  });
  const said = [];
  if (beside) for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => said.push(data));
  const status = await new Promise((resolve) => child.on('close', resolve).on('error', (error) => resolve(String(error))));
  times.push([name, Date.now() - start]);
  if (beside) console.log(`\n== ${name}${status === 0 ? '' : `: ended with ${status}`}\n${Buffer.concat(said).toString()}`.trimEnd());
  return status;
}

/** Runs a command that writes what `REPORT` names as JSON; null, and a failure, if it dies without. */
async function reported(name, command, args, { env = {}, beside = false } = {}) {
  const report = path.join(results, `${name}.json`);
  const status = await run(name, command, args, { beside, env: { REPORT: report, ...env } });
  if (existsSync(report)) return { status, report: JSON.parse(readFileSync(report, 'utf8')) };
  console.error(`${name} ended with status ${status} and left no report`);
  total.failed++;
  return null;
}

/** Runs a suite that writes `{passed, failed, skipped, notes}`. */
async function suite(name, command, args, options) {
  if (!wanted(name)) return;
  const r = await reported(name, command, args, options);
  if (r !== null) count(name, r.report, r.status);
}

/** Runs those of these suites of vitest that are wanted, in one go: one that waits leaves the processors to the others. */
async function vitestSuites(names) {
  const asked = names.filter(wanted);
  if (asked.length === 0) return;
  const projects = [...asked, ...Object.keys(PARTS).filter((part) => asked.includes(PARTS[part]))];
  const reporters = ['--reporter=default', '--reporter=./scripts/host/suite-reporter.mjs'];
  const r = await reported(asked.join(' '), bin('vitest'), ['run', ...reporters, ...projects.map((p) => `--project=${p}`)]);
  if (r === null) return;
  const found = asked.flatMap((name) => (r.report[name] === undefined ? [] : [[name, r.report[name]]]));
  for (const [name, counts] of found) {
    console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    count(name, counts, 0);
  }
  // errors outside of tests, and suites without a test, are failures too
  if (r.status !== 0 && found.every(([, counts]) => counts.failed === 0)) total.failed++;
  total.failed += asked.length - found.length;
}

/** Runs a command that either holds or not: one test. */
async function step([name, command, args], options) {
  if (!wanted(name)) return;
  if ((await run(name, command, args, options)) === 0) total.passed++;
  else total.failed++;
}

function skip(name, why) {
  if (!wanted(name)) return;
  console.log(`\n== ${name}: skipped, ${why}`);
  total.skipped++;
  skips.push(`${name}: ${why}`);
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
await ensurePackages();
const node = process.execPath;
const bin = (name) => path.join(ROOT, 'node_modules/.bin', name);

const chromium = process.env.CHROMIUM ?? which('chromium', 'chromium-browser', 'google-chrome');
ensureBuilt();
// most of this is waiting for packages
const windows = chromium !== null && (wanted('vscode') || wanted('browser'));
const server = windows ? installCodeServer().catch((error) => String(error)) : null;
// each of these keeps one processor busy; lint, which takes longest, goes on beside the tests that come next
const beside = { beside: true };
const lint = step(['lint', bin('eslint'), ['.', '--max-warnings', '0']], beside);
await Promise.all([
  step(['typecheck', node, ['node_modules/@typescript/native/bin/tsc', '-p', 'tsconfig.json', '--noEmit']], beside),
  step(['format', bin('prettier'), ['--check', '--log-level', 'warn', '**/*.{ts,mts,mjs}']], beside),
  ...(chromium === null ? [] : [step(['package', node, ['scripts/package.mjs', '--no-build']], beside)]),
]);
if (which('clang-19') !== null && which('llvm-strip-19') !== null) await step(['examples', node, ['scripts/examples.mjs', '--check']]);
else skip('examples', 'clang-19 or llvm-strip-19 is missing');

await vitestSuites(['unit', 'editor', 'programs', 'compiler', 'cli']);
await lint;

const corpus = process.env.BPF_CORPUS_ARCHIVES ?? path.resolve(ROOT, '../shared/corpus');
if (existsSync(path.join(corpus, 'unpack')))
  await suite('conformance', node, ['scripts/host/conformance.mjs', corpus, ...(values.all ? ['--all'] : [])]);
else skip('conformance', 'the recorded corpora are not on this machine');

if (chromium === null) {
  skip('package', 'no Chromium, so no browser test would use the VSIX');
  skip('vscode', 'Chromium is missing (Debian package chromium)');
  skip('browser', 'Chromium is missing (Debian package chromium)');
} else {
  const why = await server;
  if (why !== null) {
    skip('vscode', why);
    skip('browser', why);
  } else {
    // one after the other: three windows at once keep two processors so busy that nothing is gained
    const env = { CHROMIUM: chromium };
    await suite('vscode', node, ['test/vscode/run.mjs', ...match], { env });
    await suite('browser', node, ['test/browser/run.mjs', ...match], { env });
  }
}

console.log(`\ntook:\n${times.map(([name, ms]) => `  ${name.padEnd(12)} ${(ms / 1000).toFixed(0).padStart(5)} s`).join('\n')}`);
if (skips.length > 0) console.log(`\nskipped:\n${skips.map((s) => `  ${s}`).join('\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 ? 1 : 0);
