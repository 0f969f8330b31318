// SPDX-License-Identifier: GPL-2.0-only
import * as module from 'node:module';
import path from 'node:path';

/**
 * Keeps in a folder what V8 makes of the code that is loaded from now on, for the next process; '' is for no folder. Node sees to it that what is
 * kept belongs to the file and to itself, and that several processes may do this at once. Nodes before 22.1 can't.
 */
export function keepCode(folder: string): void {
  if (folder === '') return;
  (module as { enableCompileCache?: (folder: string) => unknown }).enableCompileCache?.(path.join(folder, 'code'));
}
