// SPDX-License-Identifier: GPL-2.0-only
/** Starts a fuzzer as one bundled file: the differential one, or by the first argument that over compiled objects (`mutants`) or over what we read (`inputs`). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, NODE_FLAGS, ROOT } from './corpus/bundle';

const [, , ...args] = process.argv;
const scripts = new Map([
  ['mutants', 'fuzz/mutants.ts'],
  ['inputs', 'fuzz/inputs/main.ts'],
]);
const named = scripts.get(args[0] ?? '');
const script = await bundle(join(import.meta.dirname, named ?? 'fuzz/main.ts'));
const run = spawnSync(process.execPath, [...NODE_FLAGS, script, ...args.slice(named === undefined ? 0 : 1)], {
  stdio: 'inherit',
  env: { ...process.env, BPF_ROOT: ROOT },
});
process.exitCode = run.status ?? 1;
