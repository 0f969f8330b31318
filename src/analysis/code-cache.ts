// SPDX-License-Identifier: GPL-2.0-only
import * as module from 'node:module';
import path from 'node:path';
import { keepCodeOf } from './own-code-cache';

let isKept = false;

/**
 * Keeps in a folder what V8 makes of the code that is loaded from now on, for the next process; '' is for no folder. Where Node does that
 * itself (from 22.1 on) it sees to it that what is kept belongs to the file and to itself, and that several processes may do this at once;
 * older ones are helped.
 * @param home folder of the bundles
 */
export function keepCode(folder: string, home: string): void {
  if (folder === '' || isKept) return;
  isKept = true;
  const code = path.join(folder, 'code');
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
  if (enableCompileCache === undefined) keepCodeOf(home, code);
  else enableCompileCache(code);
}
