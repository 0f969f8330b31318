// SPDX-License-Identifier: GPL-2.0-only
/** The arrows between files: lint rules hold those between rooms, this holds that no code goes round in a circle. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');

/** Files whose code a file needs; imports of types alone do not count. */
function importsOf(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const out: string[] = [];
  for (const s of source.statements) {
    if (!ts.isImportDeclaration(s) && !ts.isExportDeclaration(s)) continue;
    if (s.moduleSpecifier === undefined || !ts.isStringLiteral(s.moduleSpecifier) || !s.moduleSpecifier.text.startsWith('.')) continue;
    if (ts.isImportDeclaration(s)) {
      const clause = s.importClause;
      if (
        clause !== undefined &&
        (clause.phaseModifier === ts.SyntaxKind.TypeKeyword ||
          (clause.name === undefined &&
            clause.namedBindings !== undefined &&
            ts.isNamedImports(clause.namedBindings) &&
            clause.namedBindings.elements.every((e) => e.isTypeOnly)))
      )
        continue;
    } else if (s.isTypeOnly) continue;
    const target = path.join(path.dirname(file), s.moduleSpecifier.text);
    const found = [`${target}.ts`, path.join(target, 'index.ts')].find((f) => existsSync(f));
    if (found !== undefined) out.push(found);
  }
  return out;
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

it('has no circle of imports in src and webview', () => {
  const files = ['src', 'webview'].flatMap((d) => ts.sys.readDirectory(path.join(ROOT, d), ['.ts']));
  expect(files.length).toBeGreaterThan(300);
  const circle = circleIn(new Map(files.map((f) => [path.normalize(f), importsOf(f)])));
  expect(circle?.map((f) => path.relative(ROOT, f)) ?? null).toBeNull();
});
