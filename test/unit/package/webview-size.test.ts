// SPDX-License-Identifier: GPL-2.0-only
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
/** Bytes at most: of the page's own script, which says that it is ready, and of all that it loads before it draws. */
const LIMIT = { own: 450_000, all: 750_000 } as const;

it('the page’s script leaves out of Cytoscape what nobody asks for, and is ready before Cytoscape is there', async () => {
  const { webviewBundle } = (await import(path.join(ROOT, 'scripts/host/webview-bundle.mjs'))) as { webviewBundle: BuildOptions };
  const { metafile } = await build({
    ...webviewBundle,
    absWorkingDir: ROOT,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'dist',
    logLevel: 'silent',
  });
  const scripts = Object.entries(metafile!.outputs).filter(([name]) => name.endsWith('.js'));
  const own = scripts.find(([name]) => name.endsWith('webview.js'))![1];
  expect(own.bytes).toBeLessThan(LIMIT.own);
  expect(scripts.reduce((sum, [, { bytes }]) => sum + bytes, 0)).toBeLessThan(LIMIT.all);
  expect(Object.keys(own.inputs).filter((name) => name.includes('cytoscape'))).toEqual([]);
});
