// SPDX-License-Identifier: GPL-2.0-only
// What bundles for Node load only when it is used: Node's own modules, and the kernel's tables. Sources import them as ever.
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** Those that every process has loaded by itself. */
const ALWAYS = new Set(['node:fs', 'node:path', 'node:module', 'node:util']);

/** Members of a module of Node's that a source uses; undefined where that cannot be read off its imports. */
function membersUsed(source, name) {
  const used = [];
  for (const [, clause] of source.matchAll(new RegExp(`^import ([^;]*?) from '${name}'`, 'gm'))) {
    const list = /^\{([^}]*)\}$/.exec(clause)?.[1];
    const all = /^(?:\* as )?(\w+)$/.exec(clause)?.[1];
    if (list !== undefined) used.push(...list.split(',').map((part) => part.trim().split(' as ')[0]));
    else if (all !== undefined) used.push(...[...source.matchAll(new RegExp(`\\b${all}\\.(\\w+)`, 'g'))].map(([, member]) => member));
    else if (!clause.startsWith('type ')) return undefined;
  }
  return used.length === 0 ? undefined : [...new Set(used.filter((member) => /^\w+$/.test(member)))];
}

/**
 * Node's modules are loaded when one of their members is first used. A third of what the command line takes to start would go into modules that
 * most runs never call (`node:crypto`, `node:zlib`, `node:child_process` …). Each source has the members that it uses: with all of them in each bundle, the
 * objects that stand for modules would be a good part of a start.
 */
export const lazyNodeModules = {
  name: 'lazy-node-modules',
  setup: (build) => {
    build.onResolve({ filter: /^node:/ }, async ({ path: name, namespace, importer }) => {
      if (namespace === 'lazy-node' || namespace === 'whole-node') return { path: name, external: true };
      if (!ALWAYS.has(name)) return { path: name, namespace: 'lazy-node', suffix: `?${importer}` };
      const isWhole = new RegExp(`^import \\w+ from '${name}'`, 'm').test(importer === '' ? '' : await readFile(importer, 'utf8'));
      return isWhole ? { path: name, namespace: 'whole-node' } : { path: name, external: true };
    });
    // what is imported as a whole is the module itself: esbuild would copy all of its members for each source
    build.onLoad({ filter: /.*/, namespace: 'whole-node' }, ({ path: name }) => ({
      contents: `export default require(${JSON.stringify(name)});`,
      loader: 'js',
    }));
    build.onLoad({ filter: /.*/, namespace: 'lazy-node' }, async ({ path: name, suffix }) => {
      const importer = suffix.slice(1);
      const isOurs = importer.endsWith('.ts') && !importer.includes('node_modules');
      const used = isOurs ? membersUsed(await readFile(importer, 'utf8'), name) : undefined;
      const members = (used ?? Object.keys(require(name))).map((member) => `get ${JSON.stringify(member)}() { return of().${member}; }`);
      const contents = `let module_; const of = () => (module_ ??= require(${JSON.stringify(name)}));\nmodule.exports = { ${members.join(', ')} };`;
      return { contents, loader: 'js', ...(isOurs ? { watchFiles: [importer] } : {}) };
    });
  },
};

/** Tables of many rows of which a program asks for few: a row is read when it is asked for. */
const BY_ROW = new Set(['protos', 'choices', 'lists']);

/** A table as lines of a name, a tab and JSON, which has neither tabs nor line ends of its own. */
const textOfRows = (table) =>
  `\n${Object.entries(table)
    .map(([name, row]) => `${name}\t${JSON.stringify(row)}\n`)
    .join('')}`;

/** The table that such a text stands for. Part of bundles, as it is written here. */
export function tableOfRows(text) {
  const rowOf = (read, name) => {
    if (typeof name !== 'string' || Object.hasOwn(read, name)) return read[name];
    const at = text.indexOf(`\n${name}\t`);
    if (at < 0) return undefined;
    const from = at + name.length + 2;
    return (read[name] = JSON.parse(text.slice(from, text.indexOf('\n', from))));
  };
  return new Proxy(Object.create(null), {
    get: rowOf,
    has: (read, name) => rowOf(read, name) !== undefined,
    ownKeys: () => [...text.matchAll(/\n([^\t]+)\t/g)].map(([, name]) => name),
    getOwnPropertyDescriptor: (read, name) => {
      const value = rowOf(read, name);
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
    },
  });
}

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
          const table = JSON.parse(await readFile(path.join(folder, file), 'utf8'));
          const [read, text] = BY_ROW.has(name) ? ['tableOfRows', textOfRows(table)] : ['JSON.parse', JSON.stringify(table)];
          return `get ${name}() { return (known.${name} ??= ${read}(${JSON.stringify(text)})); }`;
        }),
      );
      return {
        contents: `const known = {};\n${tableOfRows}\nexport const KERNEL_TABLES = { ${tables.join(',\n')} };`,
        loader: 'js',
        watchFiles: files.map((file) => path.join(folder, file)),
      };
    }),
};
