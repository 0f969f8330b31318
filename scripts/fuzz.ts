// SPDX-License-Identifier: GPL-2.0-only
/** Starts the differential fuzzer as one bundled file. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle, NODE_FLAGS, ROOT } from './corpus/bundle';

const script = await bundle(join(import.meta.dirname, 'fuzz/main.ts'));
const run = spawnSync(process.execPath, [...NODE_FLAGS, script, ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, BPF_ROOT: ROOT } });
process.exitCode = run.status ?? 1;
