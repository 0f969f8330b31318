// SPDX-License-Identifier: GPL-2.0-only
// What bundles for Node load only when it is used: Node's own modules, and the kernel's tables. Sources import them as ever.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** Those that every process has loaded by itself. */
const ALWAYS = new Set(['node:fs', 'node:path', 'node:module', 'node:util']);

/**
 * Node's modules are loaded when one of their members is first used. A third of what the command line takes to start would go into modules that
 * most runs never call (`node:crypto`, `node:zlib`, `node:child_process` …).
 */
export const lazyNodeModules = {
  name: 'lazy-node-modules',
  setup: (build) => {
    build.onResolve({ filter: /^node:/ }, ({ path: name, namespace }) =>
      ALWAYS.has(name) || namespace === 'lazy-node' ? { path: name, external: true } : { path: name, namespace: 'lazy-node' },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy-node' }, ({ path: name }) => {
      const members = Object.keys(require(name)).map((member) => `get ${JSON.stringify(member)}() { return of().${member}; }`);
      const contents = `let module_; const of = () => (module_ ??= require(${JSON.stringify(name)}));\nmodule.exports = { ${members.join(', ')} };`;
      return { contents, loader: 'js' };
    });
  },
};

/**
 * A kernel's tables (`src/kernel/data`) are kept as text and read table by table when they are first looked at: as parts of the code they would
 * all be made at every start. Members are named as the file's index names them, in camel case of their files.
 */
export const lazyTables = {
  name: 'lazy-tables',
  setup: (build) =>
    build.onLoad({ filter: /[\\/]src[\\/]kernel[\\/]data[\\/][^\\/]+[\\/]index\.ts$/ }, async ({ path: index }) => {
      const folder = path.dirname(index);
      const files = (await readdir(folder)).filter((file) => file.endsWith('.json'));
      const tables = await Promise.all(
        files.map(async (file) => {
          const name = path.basename(file, '.json').replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
          const text = JSON.stringify(JSON.parse(await readFile(path.join(folder, file), 'utf8')));
          return `get ${name}() { return (known.${name} ??= JSON.parse(${JSON.stringify(text)})); }`;
        }),
      );
      return {
        contents: `const known = {};\nexport const KERNEL_TABLES = { ${tables.join(',\n')} };`,
        loader: 'js',
        watchFiles: files.map((file) => path.join(folder, file)),
      };
    }),
};
