// SPDX-License-Identifier: GPL-2.0-only
// `node test/maps/record.mjs build`: compiles rules.bpf.c once for each case into objects/ (clang, llvm-strip; CLANG and STRIP name others).
// `node test/maps/record.mjs RESULT.jsonl`: keeps what a running Linux said of these objects as kernel.jsonl. README.md says more.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const here = import.meta.dirname;
const source = path.join(here, 'rules.bpf.c');
const cases = [...readFileSync(source, 'utf8').matchAll(/^#elif defined\(CASE_(\w+)\)$/gm)].map((m) => m[1]);
const [what] = process.argv.slice(2);
if (what === 'build') {
  rmSync(path.join(here, 'objects'), { recursive: true, force: true });
  mkdirSync(path.join(here, 'objects'));
  for (const name of cases) {
    const object = path.join(here, 'objects', `${name}.bpf.o`);
    execFileSync(
      process.env.CLANG ?? 'clang',
      ['-g', '-O2', '-target', 'bpf', '-mcpu=v3', '-fdebug-compilation-dir=.', `-DCASE_${name}`, '-c', 'rules.bpf.c', '-o', object],
      { cwd: here, stdio: 'inherit' },
    );
    execFileSync(process.env.STRIP ?? 'llvm-strip', ['-g', object]);
  }
  console.log(`${cases.length} objects built`);
} else if (what !== undefined) {
  const rows = readFileSync(what, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const kept = rows
    .map((r) => ({
      case: r.object.replace(/\.bpf\.o$/, ''),
      verdict: r.verdict,
      stage: r.stage,
      errno: r.errno === 524 ? 'ENOTSUPP' : r.errno_str,
      message: r.message,
      kernel: r.kernel,
    }))
    .sort((a, b) => cases.indexOf(a.case) - cases.indexOf(b.case));
  writeFileSync(path.join(here, 'kernel.jsonl'), kept.map((r) => `${JSON.stringify(r)}\n`).join(''));
  console.log(`${kept.length} of ${cases.length} cases kept`);
} else {
  console.error('usage: record.mjs build | RESULT.jsonl');
  process.exitCode = 2;
}
