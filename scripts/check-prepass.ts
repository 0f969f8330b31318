// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compares the passes before the exploration with the kernel's logs: everything up to the end of the live-register table.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadKernel } from '../src/analysis/kernel';
import { loadObject } from '../src/object/load';
import type { Program } from '../src/object/program';
import { DEFAULT_POLICY } from '../src/policy';
import { VerifierEnv } from '../src/verifier/env';
import { Refused, Unmodelled } from '../src/verifier/errors';
import { VerifierLog } from '../src/verifier/log/log';
import { runPrepasses } from '../src/verifier/prepass';
import { comparableLines } from './corpus/logdiff';
import { kernelLog } from './corpus/truth';
import { VERIFIED_KERNEL } from '../src/kernel/releases';
import { scriptArgs } from './options';

const { values, positionals } = scriptArgs(
  {
    usage: ['npx tsx scripts/check-prepass.ts SET_DIR [OBJECT_PATTERN] [options]'],
    about: "Compares the passes before the exploration with the kernel's logs.",
    positionals: [1, 2],
  },
  {
    show: { type: 'string', value: 'N', default: '10', help: 'differences to print (default 10)' },
    from: { type: 'string', value: 'I', default: '0', help: 'first object (default 0)' },
    step: { type: 'string', value: 'N', default: '1', help: 'every so many-th object (default 1)' },
    'no-unknown': { type: 'boolean', default: false, help: 'leave out what we cannot say' },
  },
);
const [setDir = '', pattern = ''] = positionals;
const show = Number(values.show);
const kernel = loadKernel({ bundle: join(import.meta.dirname, '..', ...VERIFIED_KERNEL.media), btf: '' });
const objects = readdirSync(join(setDir, 'objects')).filter((o) => new RegExp(pattern).test(o));

const counts = { agree: 0, differ: 0, unknown: 0, noLog: 0 };
const slow: string[] = [];
for (let i = Number(values.from); i < objects.length; i += Number(values.step)) {
  const object = objects[i]!;
  for (const prog of programsOf(object)) check(object, prog);
}
console.log(counts, 'slow:', slow.join(' '));

function programsOf(object: string): readonly Program[] {
  try {
    return loadObject(readFileSync(join(setDir, 'objects', object)), object, kernel.object).programs;
  } catch (error) {
    console.log(`${object}: ${String(error)}`);
    return [];
  }
}

function prepassLog(prog: Program): { log: string; unknown: string; ms: number } {
  const options = { logLevel: 2, unprivileged: false, flags: 0, recorder: null, tick: null };
  const env = new VerifierEnv(prog, kernel.profile, DEFAULT_POLICY, options, new VerifierLog(2));
  const start = performance.now();
  let unknown = '';
  try {
    runPrepasses(env);
  } catch (error) {
    if (error instanceof Unmodelled) unknown = error.what;
    else if (!(error instanceof Refused)) unknown = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  return { log: env.log.toString(), unknown, ms: performance.now() - start };
}

/** Lines up to the end of the live-register table, or all without one. */
function head(lines: string[]): string[] {
  const table = lines.indexOf('Live regs before insn:');
  if (table < 0) return lines.filter((l) => !/^(processed \d|verification time|stack depth max|subprog \d)/.test(l));
  let end = table + 1;
  while (end < lines.length && /^[ \d]{4,8} *\d+: [.\d]{10} \(/.test(lines[end]!)) end++;
  return lines.slice(0, end);
}

function check(object: string, prog: Program): void {
  const theirs = kernelLog(setDir, object, prog.name);
  if (theirs === null || theirs === '') {
    counts.noLog++;
    return;
  }
  const ours = prepassLog(prog);
  if (ours.ms > 300) slow.push(`${object}:${prog.name}=${Math.round(ours.ms)}ms`);
  const name = `${object} ${prog.name}`;
  if (ours.unknown !== '') {
    counts.unknown++;
    if (!values['no-unknown']) console.log(`${name}: unknown: ${ours.unknown}`);
    return;
  }
  const a = head(comparableLines(theirs, prog));
  const b = head(comparableLines(ours.log, prog));
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] === b[i]) continue;
    counts.differ++;
    if (counts.differ > show) return;
    console.log(`${name}: line ${i + 1}`);
    for (let k = Math.max(0, i - 3); k < i; k++) console.log(`      ${a[k]}`);
    for (let k = i; k < i + 3; k++) console.log(`    - ${a[k] ?? '(end)'}\n    + ${b[k] ?? '(end)'}`);
    return;
  }
  counts.agree++;
}
