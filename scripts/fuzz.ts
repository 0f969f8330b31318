// SPDX-License-Identifier: GPL-2.0-only
/** Starts the differential fuzzer as one bundled file; with `mutants` as first argument the one over compiled objects. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, NODE_FLAGS, ROOT } from './corpus/bundle';

const args = process.argv.slice(2);
const mutants = args[0] === 'mutants';
const script = await bundle(join(import.meta.dirname, mutants ? 'fuzz/mutants.ts' : 'fuzz/main.ts'));
const run = spawnSync(process.execPath, [...NODE_FLAGS, script, ...args.slice(mutants ? 1 : 0)], { stdio: 'inherit', env: { ...process.env, BPF_ROOT: ROOT } });
process.exitCode = run.status ?? 1;
