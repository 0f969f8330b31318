// SPDX-License-Identifier: GPL-2.0-only
/**
 * The recipes of CONTRIBUTING.md, followed backwards: of something that is there already, the files written by hand that know it by its name are
 * those that the recipe names, and no more than it promises.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const GENERATED = /^src\/kernel\/data\//;

const sources = ['src', 'webview']
  .flatMap((folder) => readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((f) => `${folder}/${f}`))
  .map((f) => f.replaceAll('\\', '/'))
  .filter((f) => f.endsWith('.ts') && !GENERATED.test(f))
  .map((file) => ({ file, code: readFileSync(path.join(ROOT, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '') }));

/** Files whose code spells a name. */
const knowing = (name: RegExp): string[] => sources.filter(({ code }) => name.test(code)).map(({ file }) => file);

const recipes = readFileSync(path.join(ROOT, 'CONTRIBUTING.md'), 'utf8');

interface Recipe {
  readonly what: string;
  /** What there is already of this kind. */
  readonly like: RegExp;
  readonly most: number;
  /** Files that the recipe names; others are the thing's own. */
  readonly names: readonly string[];
}

const RECIPES: readonly Recipe[] = [
  {
    what: 'a lens',
    like: /\bheatLens\b|\bheat: '|'heat'/,
    most: 4,
    names: ['src/contributions/lenses.ts', 'webview/lens/index.ts'],
  },
  {
    what: 'a command of the graph',
    like: /\bactualSize\b/,
    most: 4,
    names: ['src/contributions/graph-commands.ts', 'webview/actions.ts'],
  },
  {
    what: 'a command of the editor',
    like: /\bgoToError\b/,
    most: 4,
    names: ['src/contributions/commands.ts'],
  },
  { what: 'a policy', like: /context-classes|\bCONTEXT_CLASSES\b/, most: 2, names: ['src/policy/index.ts'] },
  { what: 'a format of check', like: /\bdot: \{\s*help|--graph=dot/, most: 1, names: ['src/cli/formats.ts'] },
  { what: 'a kfunc flag', like: /\bKf\.PERFMON\b/, most: 3, names: ['src/kernel/flags.ts', 'src/reference/effects.ts'] },
  { what: 'a setting', like: /\binlayHints\b/, most: 3, names: ['src/contributions/settings.ts', 'src/extension/settings.ts'] },
];

describe('recipes', () => {
  it.each(RECIPES)('$what is known to at most $most files, those of the recipe', ({ like, most, names }) => {
    const files = knowing(like);
    expect(files).toEqual(expect.arrayContaining([...names]));
    expect(files.length, files.join(', ')).toBeLessThanOrEqual(most);
    for (const name of names) expect(recipes).toContain(`\`${name}\``);
  });
});
