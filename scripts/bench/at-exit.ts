// SPDX-License-Identifier: GPL-2.0-only
/** What a process that is timed says of itself when everything else is over. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A number that processes of Node leave behind at their end. */
export interface AtExit {
  /** What Node is started with. */
  readonly args: readonly string[];
  /** The number of the process that ended last. */
  readonly read: () => number;
}

/** @param dir folder for the files that this takes; @param expression JavaScript that gives the number */
export function atExit(dir: string, expression: string): AtExit {
  const hook = join(dir, 'hook.cjs');
  const out = join(dir, 'out');
  writeFileSync(hook, `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(out)}, String(${expression})));`);
  return { args: ['--require', hook], read: () => Number(readFileSync(out, 'utf8')) };
}
