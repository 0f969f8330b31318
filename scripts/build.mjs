// SPDX-License-Identifier: GPL-2.0-only
// Bundles the extension, its worker, the command line and the webview into dist/. `--watch` keeps going, `--dev` leaves names readable.
import { context } from 'esbuild';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { bundledPackages, noticesText } from './host/notices.mjs';
import { lazyNodeModules, lazyTables } from './host/lazy-modules.mjs';
import { withoutSideEffects } from './host/without-side-effects.mjs';
import { hostArgs } from './host/options.mjs';
import { webviewBundle } from './host/webview-bundle.mjs';

const { values } = hostArgs(
  { usage: 'npm run build -- [options]', about: 'Bundles the extension, its worker, the command line and the webview into dist/.' },
  {
    watch: { type: 'boolean', default: false, help: 'keep going, names readable' },
    dev: { type: 'boolean', default: false, help: 'leave names readable' },
    only: { type: 'string', value: 'A,B', help: 'only these bundles' },
  },
);
const { watch } = values;
const dev = watch || values.dev;
const common = {
  bundle: true,
  sourcemap: dev ? 'inline' : false,
  minify: !dev,
  logLevel: 'info',
  legalComments: 'none',
  treeShaking: true,
  metafile: true,
};
// modules first: what is wrapped for several loaders (jsonc-parser's main file) cannot be bundled
const node = {
  ...common,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode'],
  mainFields: ['module', 'main'],
  plugins: [lazyNodeModules, lazyTables, withoutSideEffects],
};
/** What is loaded when it is needed is a bundle of its own. */
const elsewhere = {
  name: 'elsewhere',
  setup: (build) =>
    build.onResolve({ filter: /^\.\.?\// }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${path.split('/').at(-1)}.cjs`, external: true } : null,
    ),
};
const builds = [
  {
    ...node,
    entryPoints: { extension: 'src/extension/extension.ts' },
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
    supported: { 'dynamic-import': false },
    plugins: [...node.plugins, elsewhere],
  },
  { ...node, entryPoints: { host: 'src/extension/host.ts' }, outExtension: { '.js': '.cjs' }, outdir: 'dist' },
  {
    ...node,
    entryPoints: { worker: 'src/analysis/worker.ts' },
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
    supported: { 'dynamic-import': false },
    plugins: [...node.plugins, elsewhere],
  },
  {
    ...node,
    entryPoints: {
      'check-command': 'src/cli/check-command.ts',
      main: 'src/cli/main.ts',
      'compile-source': 'src/cli/compile-source.ts',
      'parts-hint': 'src/cli/parts-hint.ts',
    },
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
    supported: { 'dynamic-import': false },
    plugins: [...node.plugins, elsewhere],
  },
  {
    ...node,
    entryPoints: { serve: 'src/analysis/serve.ts' },
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
    supported: { 'dynamic-import': false },
    plugins: [...node.plugins, elsewhere],
    // the engine's own errors are told with their place in it
    minify: false,
    minifyWhitespace: !dev,
    minifySyntax: !dev,
  },
  {
    ...node,
    entryPoints: { cli: 'src/cli/cli.ts' },
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
    supported: { 'dynamic-import': false },
    plugins: [...node.plugins, elsewhere],
    banner: { js: '#!/usr/bin/env node' },
  },
  {
    ...node,
    entryPoints: { headers: 'src/analysis/headers.ts', reference: 'src/reference/index.ts' },
    outExtension: { '.js': '.cjs' },
    outdir: 'dist',
  },
  // what `bpf-context kernel add` runs, in a process of its own
  { ...node, entryPoints: { 'kernel-add': 'scripts/kernel/generate.ts' }, outExtension: { '.js': '.cjs' }, outdir: 'dist' },
  { ...common, ...webviewBundle, splitting: true, chunkNames: 'webview-[hash]', outdir: 'dist' },
  {
    ...common,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    entryPoints: { 'loads-on': 'webview/loads-on/main.ts' },
    outdir: 'dist',
    loader: { '.css': 'css' },
  },
];

const only = values.only?.split(',');
await rm('dist', { recursive: true, force: true });
const contexts = await Promise.all(
  builds.filter((b) => !only || Object.keys(b.entryPoints).some((k) => only.includes(k))).map((b) => context(b)),
);
if (watch) await Promise.all(contexts.map((c) => c.watch()));
else {
  const results = await Promise.all(contexts.map((c) => c.rebuild()));
  const root = process.cwd();
  await writeFile(
    'dist/THIRD-PARTY-NOTICES.txt',
    noticesText(
      bundledPackages(
        root,
        results.map((r) => r.metafile),
      ),
    ),
  );
  await Promise.all(contexts.map((c) => c.dispose()));
  if (!only || only.includes('cli')) await chmod('dist/cli.cjs', 0o755);
}
