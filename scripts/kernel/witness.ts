// SPDX-License-Identifier: GPL-2.0-only
/**
 * Builds the witness programs and asks kernels about them:
 *
 *     npx tsx scripts/kernel/witness.ts [--guest SCRIPT] [--kernel VERSION ...] [--answers VERSION=FILE ...]
 *
 * SCRIPT is called as `SCRIPT --kernel VERSION OUT_DIR -- OBJECT`, loads the object's programs on that kernel and leaves `OUT_DIR/result.jsonl`;
 * `--answers` takes such a file that is there already. What a kernel said goes to `test/fixtures/witness/answers.json`, which the test compares.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptArgs } from '../options';
import { OTHER_KERNELS, VERIFIED_KERNEL } from '../../src/kernel/releases';
import { WITNESS_OBJECTS, WITNESSES, type Answers, type Outcome } from '../../test/support/witness';

const ANSWERS = join(WITNESSES, 'answers.json');

const { values: args } = scriptArgs(
  {
    usage: ['npx tsx scripts/kernel/witness.ts [options]'],
    about: 'Builds the witness programs and asks kernels about them.',
  },
  {
    guest: { type: 'string', value: 'SCRIPT', help: 'asks a kernel: called as SCRIPT --kernel VERSION OUT_DIR -- OBJECT' },
    kernel: { type: 'string', value: 'VERSION', multiple: true, help: 'only these kernels' },
    answers: { type: 'string', value: 'VERSION=FILE', default: [] as string[], multiple: true, help: 'what a kernel said already' },
  },
);

interface Row {
  readonly program: string;
  readonly verdict: string;
  readonly message: string;
  readonly processed_insns: number;
}

function outcomesOf(file: string): Record<string, Outcome> {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
    .sort((a, b) => (a.program < b.program ? -1 : 1));
  return Object.fromEntries(
    rows.map((r) => [r.program, { verdict: r.verdict, message: r.message.trim(), processed: r.processed_insns }] as const),
  );
}

execFileSync(process.execPath, [join(import.meta.dirname, '../examples.mjs')], { stdio: 'inherit' });
const objects = WITNESS_OBJECTS.map((name) => join(WITNESSES, `${name}.o`));
const answers: Record<string, Record<string, Outcome>> = { ...(JSON.parse(readFileSync(ANSWERS, 'utf8')) as Answers) };
for (const given of args.answers) {
  const [version = '', file = ''] = given.split('=');
  answers[version] = outcomesOf(file);
}
if (args.guest !== undefined) {
  for (const version of args.kernel ?? [VERIFIED_KERNEL, ...OTHER_KERNELS].map((k) => k.version)) {
    const out = mkdtempSync(join(tmpdir(), 'bpf-witness-'));
    try {
      execFileSync(args.guest, ['--kernel', version, out, '--', ...objects], { stdio: 'inherit' });
      answers[version] = outcomesOf(join(out, 'result.jsonl'));
    } finally {
      rmSync(out, { recursive: true });
    }
  }
}
writeFileSync(ANSWERS, `${JSON.stringify(answers, null, 1)}\n`);
