// SPDX-License-Identifier: GPL-2.0-only
/** `l10n/bundle.l10n.json`: the sentences of `vscode.l10n.t` in `src/extension`, for translators. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = 'src/extension';

/** A sentence of the bundle; with what translators should know of it, its key has that too. */
type Entry = readonly [key: string, value: string | { readonly message: string; readonly comment: readonly string[] }];

/** The text of a literal. Throws for anything else: what is put together cannot be translated. */
function literal(node: ts.Node | undefined, where: string): string {
  if (node !== undefined && ts.isStringLiteralLike(node)) return node.text;
  throw new Error(`${where}: what l10n.t says is a literal, with {0} … for what is put in`);
}

function member(of: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const found = of.properties.find((p): p is ts.PropertyAssignment => ts.isPropertyAssignment(p) && p.name.getText() === name);
  return found?.initializer;
}

/** Whether the places of a message are those of its arguments: {0} to the last. */
function fits(message: string, args: readonly ts.Node[]): boolean {
  const places = new Set([...message.matchAll(/\{(\d+)\}/g)].map(([, n]) => Number(n)));
  return !args.some(ts.isSpreadElement) && places.size === args.length && args.every((_, n) => places.has(n));
}

function entryOf({ arguments: [first, ...rest] }: ts.CallExpression, where: string): Entry {
  const isTold = first !== undefined && ts.isObjectLiteralExpression(first);
  const list = (name: string): readonly ts.Expression[] => {
    const found = isTold ? member(first, name) : undefined;
    return found !== undefined && ts.isArrayLiteralExpression(found) ? found.elements : [];
  };
  const message = literal(isTold ? member(first, 'message') : first, where);
  const comment = list('comment').map((c) => literal(c, where));
  if (!fits(message, isTold ? list('args') : rest)) throw new Error(`${where}: places and arguments of "${message}" do not fit`);
  return comment.length === 0 ? [message, message] : [`${message}/${comment.join('')}`, { message, comment }];
}

/** What a source says by `l10n.t`. */
export function saidIn(file: string, text: string): Entry[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Entry[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText()))
      found.push(entryOf(node, `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The bundle, in the order of its keys. */
export function l10nBundle(): string {
  const files = readdirSync(path.join(ROOT, FOLDER), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const sources = files.map((name) => ({ name: `${FOLDER}/${name}`, text: readFileSync(path.join(ROOT, FOLDER, name), 'utf8') }));
  const entries = sources.filter(({ text }) => text.includes('l10n.t')).flatMap(({ name, text }) => saidIn(name, text));
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}
