// SPDX-License-Identifier: GPL-2.0-only
/** Scripts' own programs as one file each: through `tsx` what crosses modules is several times slower. */
import { build, type Plugin } from 'esbuild';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

/** The checkout; bundled scripts are told by the environment. */
export const ROOT = process.env['BPF_ROOT'] ?? join(import.meta.dirname, '../..');
/** Folder of the default kernel's data. */
export const KERNEL_BUNDLE = join(ROOT, ...VERIFIED_KERNEL.media);

/** Folder of a shipped kernel's data by its version or the beginning of it (`6.12`). Throws if none or several fit. */
export function kernelBundle(version: string): string {
  const found = readdirSync(join(ROOT, 'media/kernel')).filter((v) => v === version || v.startsWith(`${version}.`));
  if (found.length !== 1) throw new Error(`no single kernel ${version} in media/kernel`);
  return join(ROOT, 'media/kernel', found[0]!);
}
/** V8 flags that every process of ours wants: verification of large programs is deep and keeps many states. */
export const NODE_FLAGS = ['--stack-size=4000', '--max-old-space-size=3000'];

/** What scripts import from `src` comes from another checkout's. */
function sourcesFrom(folder: string): Plugin {
  const own = join(ROOT, 'src');
  return {
    name: 'sources',
    setup: (build) =>
      build.onResolve({ filter: /^\.\.?\/.*\/src\// }, ({ path, resolveDir, kind }) => {
        const wanted = join(resolveDir, path);
        return wanted.startsWith(own) ? build.resolve(`./${relative(own, wanted)}`, { resolveDir: folder, kind }) : null;
      }),
  };
}

/** A folder for files of this process, removed at exit. */
export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'bpf-context-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/**
 * Bundles a TypeScript file as the product's worker is bundled, but not minified; returns the file's path. Removed at exit. With `sources`,
 * the `src` of another checkout, what it imports comes from there.
 */
export async function bundle(entry: string, sources?: string, format: 'esm' | 'cjs' = 'esm'): Promise<string> {
  const outfile = join(temporaryFolder(), `${basename(entry, '.ts')}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format,
    target: 'node20',
    logLevel: 'error',
    plugins: sources === undefined ? [] : [sourcesFrom(sources)],
    ...(format === 'esm'
      ? { banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" } }
      : { define: { 'import.meta.dirname': '__dirname' } }),
  });
  return outfile;
}
