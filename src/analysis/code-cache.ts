// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import { type AtEnd, keepCodeOf } from './own-code-cache';

let isKept = false;

/**
 * Keeps in a folder what V8 makes of the bundles that are loaded from now on, for the next process; '' is for no folder.
 * @param home folder of the bundles
 * @param atEnd when it is kept, if not when the process ends
 */
export function keepCode(folder: string, home: string, atEnd?: AtEnd): void {
  if (folder === '' || isKept) return;
  isKept = true;
  keepCodeOf(home, path.join(folder, 'code'), atEnd);
}
