// SPDX-License-Identifier: GPL-2.0-only
/** Corpora of one's own: BPF objects out of public packages, and what a kernel out of a public package says of them. */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { misused, scriptArgs } from './options';
import { ROOT } from './corpus/bundle';
import { ask, rowsOf, version } from './corpus/ask';
import { buildGuest, missingTools } from './corpus/build-guest';
import { bpfObjects } from './corpus/objects-in';
import { unpackPackages } from './corpus/packages';

const HELP = {
  usage: [
    'npm run corpus -- guest DIR [--package NAME]',
    'npm run corpus -- objects SET_DIR PACKAGE...',
    'npm run corpus -- record GUEST_DIR SET_DIR',
    'npm run corpus -- ask GUEST_DIR OUT_DIR [--logs] [--log-level N] -- FILE.o...',
  ],
  about: `guest     makes a guest in DIR out of a Debian kernel package (default: the newest linux-image that apt knows), busybox and a small
          loader, which is compiled here (scripts/corpus/guest/loader.c)
objects   takes the BPF objects out of Debian packages, also those that programs carry in themselves, into SET_DIR/objects
record    asks the guest about each program in SET_DIR/objects: SET_DIR/truth.jsonl and SET_DIR/logs
ask       asks it about some objects: OUT_DIR/result.jsonl, with --logs OUT_DIR/log; GUEST_DIR/ask does the same, for npm run fuzz:diff

What was recorded is compared by npm run conformance -- --objects SET_DIR/objects --truth SET_DIR/truth.jsonl --log-dir SET_DIR/logs
(with --kernel for another kernel than the default). docs/conformance.md says more.
Needs a Debian system with apt, dpkg, cc, libbpf-dev, libelf-dev, zlib1g-dev; to ask: qemu-system-x86_64.`,
  positionals: [2, Infinity],
} as const;

const OPTIONS = {
  package: { type: 'string', value: 'NAME', default: '', help: 'kernel package of the guest' },
  logs: { type: 'boolean', default: false, help: 'write the logs too' },
  'log-level': { type: 'string', value: 'N', default: '1', help: 'level of the logs (default 1)' },
} as const;

/** Objects that one guest is asked about: so many that starting it counts for little, so few that a kernel that dies costs little. */
const BATCH = 100;

function guest(dir: string, name: string): void {
  const missing = missingTools();
  if (missing.length > 0) throw new Error(`missing: ${missing.join(', ')}`);
  const image = buildGuest(dir, name);
  const script = join(dir, 'ask');
  writeFileSync(script, `#!/bin/sh\nexec npx --prefix '${ROOT}' tsx '${join(ROOT, 'scripts/corpus.ts')}' ask '${dir}' "$@"\n`);
  chmodSync(script, 0o755);
  console.log(`${dir}: guest with ${image}`);
}

function objects(dir: string, packages: readonly string[]): void {
  const into = join(dir, 'objects');
  mkdirSync(into, { recursive: true });
  let count = 0;
  unpackPackages(packages, (name, root) => {
    for (const [file, bytes] of bpfObjects(root)) {
      writeFileSync(join(into, `${name}__${file}.o`), bytes);
      count++;
    }
  });
  console.log(`${into}: ${count} objects`);
}

/** Writes what the kernel said of some objects: rows, and their logs if wanted. */
function write(lines: readonly Record<string, unknown>[], rows: string, logs: string | null): void {
  const kernel = version(lines);
  const told = rowsOf(lines);
  writeFileSync(rows, told.map(({ log: _log, ...row }) => `${JSON.stringify({ ...row, kernel })}\n`).join(''));
  if (logs === null) return;
  mkdirSync(logs, { recursive: true });
  for (const row of told) writeFileSync(join(logs, `${row.object}.${row.program}.log`), row.log);
}

async function record(guestDir: string, dir: string): Promise<void> {
  const folder = join(dir, 'objects');
  const files = readdirSync(folder)
    .filter((f) => f.endsWith('.o'))
    .map((f) => join(folder, f));
  const lines: Record<string, unknown>[] = [];
  for (let at = 0; at < files.length; at += BATCH) {
    lines.push(...(await ask(guestDir, files.slice(at, at + BATCH), 5)));
    console.log(`${Math.min(at + BATCH, files.length)} of ${files.length} objects`);
  }
  write(lines, join(dir, 'truth.jsonl'), join(dir, 'logs'));
}

async function main(): Promise<void> {
  const { values, positionals } = scriptArgs(HELP, OPTIONS);
  const [command, first = '', second, ...rest] = positionals;
  if (command === 'guest') guest(resolve(first), values.package);
  else if (command === 'objects' && second !== undefined) objects(resolve(first), [second, ...rest]);
  else if (command === 'record' && second !== undefined) await record(resolve(first), resolve(second));
  else if (command === 'ask' && second !== undefined && rest.length > 0) {
    rmSync(join(second, 'result.jsonl'), { force: true });
    mkdirSync(second, { recursive: true });
    // statistics are bit 2 of the level
    const lines = await ask(resolve(first), rest, Number(values['log-level']) | 4);
    write(lines, join(second, 'result.jsonl'), values.logs ? join(second, 'log') : null);
  } else misused(`not to be understood: ${positionals.join(' ')}`, HELP, OPTIONS);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
