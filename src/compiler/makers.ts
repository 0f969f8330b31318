// SPDX-License-Identifier: GPL-2.0-only
/** Which rule of a project usually makes a header that is not there. */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { foldersUp } from './project';

const MAX_SIZE = 1 << 20;
/** Names of files that say how a project is built. */
export const BUILD_FILE =
  /^(GNUmakefile|[Mm]akefile(\..*)?|.*\.mk|Kbuild|meson\.build|CMakeLists\.txt|.*\.cmake|build\.rs|Taskfile\.ya?ml|justfile|Justfile|.*\.sh)$/;

/** The line of a build file near the source that names the header; null if none does. `target` is what to ask the build for. */
export async function whoMakes(name: string, file: string, root: string): Promise<{ file: string; line: number; target: string } | null> {
  const base = path.posix.basename(name);
  for (const folder of foldersUp(file, root)) {
    const entries = await readdir(folder).catch(() => []);
    for (const entry of entries.filter((e) => BUILD_FILE.test(e))) {
      const at = path.join(folder, entry);
      if (
        (await stat(at).then(
          (s) => s.size,
          () => MAX_SIZE,
        )) >= MAX_SIZE
      )
        continue;
      const lines = (await readFile(at, 'utf8').catch(() => '')).split('\n');
      const index = lines.findIndex((l) => l.includes(base) && !/^\s*#/.test(l));
      if (index >= 0) return { file: at, line: index + 1, target: /^([^\s:=$]+)\s*:(?!=)/.exec(lines[index]!)?.[1] ?? '' };
    }
  }
  return null;
}
