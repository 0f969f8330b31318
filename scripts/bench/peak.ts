// SPDX-License-Identifier: GPL-2.0-only
/** Peak of resident memory of the built command line. Needs `npm run build`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../corpus/bundle';
import { atExit } from './at-exit';

/** What a command may print, bytes: some kilobytes a program. */
const MOST_OUTPUT = 256 << 20;

/** Peak of the command that verifies all objects with one worker, MiB. Throws where it did not answer for each of them. */
export function checkPeakMb(node: string, objects: readonly string[]): number {
  const dir = mkdtempSync(join(tmpdir(), 'bpf-context-'));
  try {
    const peak = atExit(dir, 'process.resourceUsage().maxRSS / 1024');
    const check = [join(ROOT, 'dist/cli.cjs'), 'check', '--jobs', '1', '--format', 'jsonl', ...objects];
    const r = spawnSync(node, [...peak.args, ...check], { encoding: 'utf8', maxBuffer: MOST_OUTPUT });
    // some objects are refused and some are none, which its status says; that it ended early is said by what is missing
    const rows = r.stdout.split('\n').filter((line) => line !== '');
    const answered = new Set(rows.map((line) => (JSON.parse(line) as { readonly file: string }).file));
    const missing = objects.find((file) => !answered.has(file));
    if (r.status === null || missing !== undefined)
      throw new Error(`check ended with ${r.signal ?? r.status}, without an answer for ${missing ?? 'nothing'}: ${r.stderr.slice(-500)}`);
    return peak.read();
  } finally {
    rmSync(dir, { recursive: true });
  }
}
