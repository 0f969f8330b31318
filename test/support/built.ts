// SPDX-License-Identifier: GPL-2.0-only
/**
 * The product's code for tests, compiled once for all of them: esbuild puts in the numbers of `const enum`s across files, and Node loads what
 * comes out as it is. The runner's own way, each file transformed and wrapped for each worker, takes more CPU to load and to run.
 */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vitest/config';

const ROOT = path.resolve(import.meta.dirname, '../..');
const OUT = path.join(ROOT, 'node_modules/.cache/built-for-tests');
/** What was compiled of sources as they were is removed after this time without use. */
const KEPT_MS = 24 * 3600_000;

/** Sources below a folder of the project, declarations apart. */
function sourcesIn(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts') && !f.endsWith('.d.ts'))
    .map((f) => path.join(folder, f))
    .sort();
}

/** Folder of what these sources became; named by their content, so that runs at the same time and runs of other sources do not meet. */
async function compiled(sources: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of sources) hash.update(`${file}\0`).update(readFileSync(path.join(ROOT, file)));
  const folder = path.join(OUT, hash.digest('hex').slice(0, 20));
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return folder;
  }
  const making = `${folder}.${process.pid}`;
  await build({
    absWorkingDir: ROOT,
    entryPoints: [...sources],
    outbase: '.',
    outdir: making,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  });
  try {
    renameSync(making, folder);
  } catch {
    // another run was faster
    rmSync(making, { recursive: true, force: true });
  }
  for (const name of readdirSync(OUT)) {
    const old = path.join(OUT, name);
    if (Date.now() - statSync(old).mtimeMs > KEPT_MS) rmSync(old, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Compiles these folders, and has imports of files of `used`, some of them, go to what they became. Modules of `used` cannot be replaced by
 * `vi.mock`, and how much of them ran is not counted.
 */
export async function builtRooms(folders: readonly string[]): Promise<(used?: readonly string[]) => Plugin> {
  const folder = await compiled(folders.flatMap(sourcesIn));
  return (used = folders) => {
    const built = new Map(used.flatMap(sourcesIn).map((f) => [path.join(ROOT, f), path.join(folder, f.replace(/\.ts$/, '.mjs'))]));
    return {
      name: 'built-rooms',
      enforce: 'pre',
      resolveId(source, importer) {
        if (importer === undefined || !source.startsWith('.')) return null;
        const at = path.resolve(path.dirname(importer), source);
        const id = built.get(`${at}.ts`) ?? built.get(path.join(at, 'index.ts'));
        return id === undefined ? null : { id, external: true };
      },
    };
  };
}
