// SPDX-License-Identifier: GPL-2.0-only
/** The arrows between files: lint rules hold those between rooms, this holds that no code goes round in a circle. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error -- plain JavaScript, as ESLint's configuration is
import { FLOORS } from '../../eslint.floors.mjs';

const ROOT = path.join(import.meta.dirname, '../..');

/** An import or export from a file of the project, as Prettier writes it: what is taken, and from where. */
const ARROW = /^(?:import|export) (?:([^;']*?) from )?'(\.[^']*)';$/gm;
/** Types alone: all of them, or each by itself. */
const TYPES = /^type |^\{(\s*type [\w$]+( as [\w$]+)?,?)+\s*\}$/;

/** Files whose code a file needs; imports of types alone do not count. */
function importsOf(file: string, text = readFileSync(file, 'utf8')): string[] {
  return [...text.matchAll(ARROW)].flatMap(([, taken = '', from = '']) => {
    if (TYPES.test(taken)) return [];
    const target = path.join(path.dirname(file), from);
    return [`${target}.ts`, path.join(target, 'index.ts')].find((f) => existsSync(f)) ?? [];
  });
}

/** A circle of files, null if there is none. */
function circleIn(arrows: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): string[] | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    way.push(file);
    for (const next of arrows.get(file) ?? []) {
      const circle = visit(next);
      if (circle !== null) return circle;
    }
    way.pop();
    done.add(file);
    return null;
  };
  for (const file of arrows.keys()) {
    const circle = visit(file);
    if (circle !== null) return circle;
  }
  return null;
}

it('finds a circle where there is one', () => {
  expect(
    circleIn(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b', 'c', 'b']);
});

it('sees imports and exports of code, whatever their shape, and none of types', () => {
  const text = [
    "import { a, type B } from './env';",
    "import type { C } from './check';",
    "import { type D, type E as F } from './index';",
    "import {\n  type G,\n  type H,\n} from './watch';",
    "import {\n  type I,\n  j,\n} from './regs';",
    "export * from './contexts';",
    "export type { K } from './topo';",
    "import './errors';",
    "import { readFileSync } from 'node:fs';",
  ].join('\n');
  const found = importsOf(path.join(ROOT, 'src/verifier/none.ts'), text).map((f) => path.basename(f));
  expect(found).toEqual(['env.ts', 'regs.ts', 'contexts.ts', 'errors.ts']);
});

it('has a floor for each file and folder of the verifier; its environment is known everywhere, as a type', () => {
  const there = readdirSync(path.join(ROOT, 'src/verifier')).map((name) => name.replace(/\.ts$/, ''));
  const floors = (FLOORS as readonly (readonly string[])[]).flat().filter((name) => !name.includes('/'));
  expect([...floors, 'env'].sort()).toEqual(there.sort());
});

it('has no circle of imports in src and webview', () => {
  const files = ['src', 'webview'].flatMap((dir) =>
    readdirSync(path.join(ROOT, dir), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.ts'))
      .map((f) => path.join(ROOT, dir, f)),
  );
  expect(files.length).toBeGreaterThan(700);
  const arrows = new Map(files.map((f) => [f, importsOf(f)]));
  expect([...arrows.values()].flat().length).toBeGreaterThan(3000);
  expect(circleIn(arrows)?.map((f) => path.relative(ROOT, f)) ?? null).toBeNull();
});
