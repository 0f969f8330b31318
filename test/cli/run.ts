// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CheckRow } from '../../src/cli/output';

export const ROOT = path.resolve(import.meta.dirname, '../..');
export const CLI = path.join(ROOT, 'dist/cli.cjs');

/** Whether the command line was built; its tests need that. */
export const built = existsSync(CLI);

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run that takes longer hangs. */
const TOO_LONG_MS = 90_000;

/** Runs the built command line in the project's folder. */
export function cli(...args: string[]): Ran {
  const r = spawnSync(process.execPath, [CLI, ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20, timeout: TOO_LONG_MS });
  return { status: r.status, stdout: r.stdout, stderr: r.stderr };
}

/** Rows of `check --format jsonl`. */
export function checkRows(...args: string[]): CheckRow[] {
  return cli('check', '--format', 'jsonl', ...args)
    .stdout.split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as CheckRow);
}
