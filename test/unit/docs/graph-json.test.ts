// SPDX-License-Identifier: GPL-2.0-only
/** `docs/graph-json.md` has each member of the types that it describes, no other, and all values of those that are lists of words. */
import { parse } from 'jsonc-parser';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as typescript from 'typescript';
import { describe, expect, it } from 'vitest';

// imported as an ES module its nine megabytes are read once more, for their names
const ts = createRequire(import.meta.url)('typescript') as typeof typescript;

const ROOT = path.join(import.meta.dirname, '../../..');
const page = readFileSync(path.join(ROOT, 'docs/graph-json.md'), 'utf8');
const block = /```jsonc\n([\s\S]*?)```/.exec(page)![1]!;

interface Member {
  readonly name: string;
  /** Literals that it may be, [] if its type is no list of words. */
  readonly words: readonly string[];
}

/** Interfaces and named unions of a file. */
function typesOf(file: string): ReadonlyMap<string, typescript.InterfaceDeclaration | typescript.TypeAliasDeclaration> {
  const source = ts.createSourceFile(file, readFileSync(path.join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found = source.statements.filter((s) => ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s));
  return new Map(found.map((s) => [s.name.text, s]));
}

const types = new Map(['src/protocol/words.ts', 'src/isa/operation.ts', 'src/protocol/graph.ts'].flatMap((file) => [...typesOf(file)]));

/** Literals in a type, seen through the names of unions. Names of operations are too many for a page; it says where they are. */
function wordsIn(type: typescript.Node): string[] {
  if (ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)) return [type.literal.text];
  if (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)) {
    const named = types.get(type.typeName.text);
    return named !== undefined && ts.isTypeAliasDeclaration(named) && type.typeName.text !== 'OperationName' ? wordsIn(named.type) : [];
  }
  const words: string[] = [];
  type.forEachChild((child) => void words.push(...wordsIn(child)));
  return words;
}

/** Members of an interface, inherited ones too. */
function membersOf(name: string): Member[] {
  const found = types.get(name);
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`no interface ${name}`);
  const bases = (found.heritageClauses ?? []).flatMap((clause) => clause.types.map((t) => t.expression.getText()));
  const own = found.members
    .filter(ts.isPropertySignature)
    .map((m) => ({ name: m.name.getText(), words: m.type === undefined ? [] : wordsIn(m.type) }));
  return [...bases.flatMap(membersOf), ...own];
}

type Path = readonly (string | number)[];
const DESCRIBED: readonly (readonly [string, Path])[] = [
  ['ContextGraph', []],
  ['GraphFunction', ['functions', 0]],
  ['GraphNode', ['nodes', 0]],
  ['GraphInsn', ['nodes', 0, 'instructions', 0]],
  ['Operation', ['nodes', 0, 'instructions', 0, 'operation']],
  ['SourcePlace', ['nodes', 0, 'instructions', 0, 'source']],
  ['Because', ['nodes', 0, 'instructions', 0, 'because', 0]],
  ['HeldResource', ['nodes', 0, 'instructions', 0, 'held', 0]],
  ['Effect', ['nodes', 0, 'instructions', 0, 'effects', 0]],
  ['GraphEdge', ['edges', 0]],
];

describe('the page of the graph as JSON', () => {
  const example: unknown = parse(block);

  it.each(DESCRIBED)('has the members of %s', (name, at) => {
    const value = at.reduce<unknown>((v, key) => (v as Record<string | number, unknown>)[key], example);
    expect(Object.keys(value as object).sort()).toEqual(
      membersOf(name)
        .map((m) => m.name)
        .sort(),
    );
  });

  it.each(DESCRIBED)('has the words of %s', (name) => {
    for (const { name: member, words } of membersOf(name)) {
      // the line of the member says them; members of one line share it
      const lines = block.split('\n').filter((line) => line.includes(`"${member}":`));
      const missing = words.filter((word) => !lines.some((line) => new RegExp(`\\b${word}\\b`).test(line)));
      expect(missing, `${name}.${member}`).toEqual([]);
    }
  });
});
