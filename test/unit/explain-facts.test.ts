// SPDX-License-Identifier: GPL-2.0-only
/** Explanations are made from data: no text of our own, no message and no function's name is taken apart to find out what it means. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const DIR = path.join(import.meta.dirname, '../../src/explain');
/** Reads lines of C, which are text and nothing else. */
const READS_SOURCE = 'words.ts';
const TAKES_APART: ReadonlySet<string> = new Set(['match', 'matchAll', 'test', 'exec', 'search', 'replace', 'replaceAll', 'split']);
const COMPARES: ReadonlySet<string> = new Set(['includes', 'startsWith', 'endsWith', 'indexOf']);

/** Regular expressions, and calls of string methods with a literal, as `line: text`. */
function textMatching(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const isCall = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression);
    const method = isCall ? (node.expression as ts.PropertyAccessExpression).name.text : '';
    const argument = isCall ? node.arguments[0] : undefined;
    const literal = argument !== undefined && (ts.isStringLiteralLike(argument) || ts.isTemplateExpression(argument));
    if (ts.isRegularExpressionLiteral(node) || TAKES_APART.has(method) || (COMPARES.has(method) && literal))
      found.push(`${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${node.getText().slice(0, 80)}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function parsed(name: string, text: string): ts.SourceFile {
  return ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
}

describe('text in src/explain', () => {
  it.each(readdirSync(DIR).filter((f) => f !== READS_SOURCE))('%s matches none', (file) => {
    expect(textMatching(parsed(file, readFileSync(path.join(DIR, file), 'utf8')))).toEqual([]);
  });

  it('is found where it is matched', () => {
    const text = "const a = name.includes('timer');\nconst b = /x/.test(message);\nconst c = kinds.includes(kind);\n";
    expect(textMatching(parsed('a.ts', text)).map((f) => f.slice(0, 1))).toEqual(['1', '2', '2']);
  });
});
