// SPDX-License-Identifier: GPL-2.0-only
// How the panel's page is bundled: Cytoscape is a file of its own, and only what the page uses of it.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CYTOSCAPE = path.join(ROOT, 'node_modules/cytoscape');
const SOURCES = path.join(CYTOSCAPE, 'src');

/** Modules of Cytoscape in place of which others stand: layouts, algorithms, WebGL and export, which the page asks for nowhere; and a loop that sleeps. */
const INSTEAD = new Map([
  // `components()` asks for these
  ['collection/algorithms/index.mjs', `export { default } from './bfs-dfs.mjs';`],
  ['extensions/layout/index.mjs', `import impl from './preset.mjs'; export default [{ name: 'preset', impl }];`],
  ['extensions/renderer/canvas/webgl/drawing-redraw-webgl.mjs', 'export default {};'],
  ['extensions/renderer/canvas/export-image.mjs', 'export default {};'],
  [
    'extensions/renderer/base/redraw.mjs',
    `export { default } from ${JSON.stringify(path.join(ROOT, 'webview/drawing/cytoscape-loop.ts'))};`,
  ],
]);

/** Cytoscape from its published sources: its own bundle is one file, of which nothing can be left out. */
const lean = {
  name: 'lean-cytoscape',
  setup(build) {
    const missing = new Set(INSTEAD.keys());
    build.onResolve({ filter: /^(heap|lodash\/(debounce|get|set|toPath)\.js)$/ }, ({ importer, path: name }) =>
      importer.startsWith(SOURCES) ? { path: /\w+(?=(\.js)?$)/.exec(name)[0], namespace: 'needs' } : null,
    );
    build.onLoad({ filter: /.*/, namespace: 'needs' }, ({ path: name }) => ({
      contents: `export { ${name === 'heap' ? 'Heap' : name} as default } from './webview/drawing/cytoscape-needs';`,
      resolveDir: ROOT,
      loader: 'js',
    }));
    build.onResolve({ filter: /^cytoscape$/ }, () => ({ path: path.join(SOURCES, 'index.mjs') }));
    build.onLoad({ filter: /cytoscape[/\\]src[/\\].*\.mjs$/ }, ({ path: file }) => {
      const name = path.relative(SOURCES, file).replaceAll('\\', '/');
      if (name === 'version.mjs') {
        const { version } = JSON.parse(readFileSync(path.join(CYTOSCAPE, 'package.json'), 'utf8'));
        return { contents: `export default ${JSON.stringify(version)};`, loader: 'js' };
      }
      const contents = INSTEAD.get(name);
      missing.delete(name);
      return contents === undefined ? null : { contents, loader: 'js' };
    });
    // another release of Cytoscape may have these elsewhere
    build.onEnd(() => (missing.size === 0 ? null : { errors: [{ text: `Cytoscape has no ${[...missing].join(', ')}` }] }));
  },
};

/** The page as esbuild is told of it; where it goes to, and whether in several files, is the caller's. */
export const webviewBundle = {
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  entryPoints: { webview: path.join(ROOT, 'webview/main.ts') },
  loader: { '.css': 'css' },
  plugins: [lean],
};
