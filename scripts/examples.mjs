// SPDX-License-Identifier: GPL-2.0-only
// `npm run examples`: compiles *.bpf.{c,s} of examples, test/policies and test/media, and the witness programs of kernels, to objects without
// absolute paths. C keeps no debug sections but BTF; assembly keeps DWARF, since its lines are nowhere else.
// `--check` compiles into a temporary folder and compares with what is there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT, which } from './host/ensure.mjs';
import { hostArgs } from './host/options.mjs';

const { check } = hostArgs(
  {
    usage: 'npm run examples -- [--check]',
    about: 'Compiles the programs of examples, test/policies, test/media and test/fixtures/witness.',
  },
  { check: { type: 'boolean', default: false, help: 'into a temporary folder, and compare with what is there' } },
).values;
const PROGRAMS = /\.bpf\.[cs]$/;
const SETS = [
  ...['examples', 'test/policies', 'test/media'].map((name) => ({ name, like: PROGRAMS, cpu: 'v3' })),
  { name: 'test/fixtures/witness', like: /^(rules|arena)\.c$/, cpu: 'v4' },
];
const clang = which('clang-19');
const strip = which('llvm-strip-19');
if (clang === null || strip === null) {
  console.error('clang-19 and llvm-strip-19 are needed (Debian packages clang-19 and llvm-19): objects are compared byte for byte');
  process.exit(2);
}
const differ = [];
const run = (folder, command, args) => {
  const r = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  if (r.status !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')}\n${r.stderr}`);
};
for (const { name, like, cpu } of SETS) {
  const folder = path.join(ROOT, name);
  const out = check ? mkdtempSync(path.join(os.tmpdir(), 'bpf-examples-')) : folder;
  try {
    for (const file of readdirSync(folder).filter((f) => like.test(f))) {
      const object = file.replace(/\.[cs]$/, '.o');
      const isC = file.endsWith('.c');
      const language = isC
        ? ['-O2', '-Wall', '-Werror', `-ffile-prefix-map=${folder}=.`]
        : ['-x', 'assembler-with-cpp', `-fdebug-prefix-map=${folder}=.`];
      run(folder, clang, [
        '-g',
        '-target',
        'bpf',
        `-mcpu=${cpu}`,
        '-fdebug-compilation-dir=.',
        '-I',
        path.join(ROOT, 'examples'),
        ...language,
        '-c',
        file,
        '-o',
        path.join(out, object),
      ]);
      if (isC) run(folder, strip, ['-g', path.join(out, object)]);
      if (!check) continue;
      const kept = path.join(folder, object);
      if (!existsSync(kept) || !readFileSync(path.join(out, object)).equals(readFileSync(kept))) differ.push(path.relative(ROOT, kept));
    }
  } finally {
    if (check) rmSync(out, { recursive: true, force: true });
  }
}
if (differ.length > 0) {
  console.error(`not what the sources compile to: ${differ.join(', ')}; run npm run examples`);
  process.exit(1);
}
console.log(check ? 'examples are what their sources compile to' : 'examples compiled');
