// SPDX-License-Identifier: GPL-2.0-only
/** Files with what a loader would decide, beside a source or an object: JSON with comments, read with places and changed in place. */
import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import {
  AS_COMPILED,
  type ChoiceProblem,
  choiceProblemText,
  LOAD_FILE_SUFFIX,
  loadFileName,
  mergeChoices,
  partNames,
  readChoices,
  type LoadChoices,
  type ValueChoice,
} from '../object/choices';
import { valueProblem } from '../object/values';

export {
  AS_COMPILED,
  type ChoiceProblem,
  LOAD_FILE_SUFFIX,
  loadFileName,
  mergeChoices,
  partNames,
  type LoadChoices,
  type ValueChoice,
  valueProblem,
};

/** Characters of a file that is read, and its deepest nesting: a file that nests deeper is none of ours. */
const MAX_LENGTH = 256 << 10;
const MAX_DEPTH = 200;

/** Something wrong in the text of a file with choices. */
export interface LoadFileProblem {
  readonly message: string;
  /** Characters from the beginning of the text. */
  readonly offset: number;
  readonly length: number;
  /** `syntax`: it is no JSON, which editors say by themselves. */
  readonly kind: 'syntax' | 'choice';
  /** `values.limit`, '' for the whole. */
  readonly path: string;
}

/** The text of a file with choices, read. */
export interface LoadFileText {
  /** Null if anything is wrong. */
  readonly choices: LoadChoices | null;
  readonly problems: readonly LoadFileProblem[];
}

/** Words for what the parser calls `PropertyNameExpected`. */
function syntaxWords(code: number): string {
  const words = printParseErrorCode(code)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return `not JSON: ${words}`;
}

/** Whether brackets, wherever they stand, nest deeper than in a file of ours; the parser calls itself for each. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '{' || bracket === '[' ? 1 : -1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** The tree of a text; null if it is too large or too deep to be looked at. */
function treeOf(text: string, errors: ParseError[]): Node | null {
  if (text.length > MAX_LENGTH || tooDeep(text)) return null;
  return parseTree(text, errors, { allowTrailingComma: true }) ?? null;
}

/** Where a step of a path stands: the value, or its name; the nearest step that is there. */
function nodeAt(tree: Node, path: readonly string[], name: boolean): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node !== undefined) return (name && length === path.length ? node.parent?.children?.[0] : undefined) ?? node;
  }
  return tree;
}

function placed(tree: Node, problem: ChoiceProblem): LoadFileProblem {
  const { offset, length, type } = nodeAt(tree, problem.path, problem.name === true);
  // of a block its first bracket: a squiggle over many lines says nothing
  return {
    message: problem.message,
    offset,
    length: type === 'object' || type === 'array' ? 1 : length,
    kind: 'choice',
    path: problem.path.join('.'),
  };
}

/** Reads the text of a file with choices. Comments may stand in it. */
export function readLoadFile(text: string): LoadFileText {
  const errors: ParseError[] = [];
  const tree = treeOf(text, errors);
  const syntax = errors.map(({ error, offset, length }): LoadFileProblem => ({
    message: syntaxWords(error),
    offset,
    length: Math.max(1, length),
    kind: 'syntax',
    path: '',
  }));
  if (syntax.length > 0) return { choices: null, problems: syntax };
  if (tree === null) {
    const message =
      text.length > MAX_LENGTH ? `more than ${MAX_LENGTH >> 10} thousand characters` : `nested deeper than ${MAX_DEPTH} levels`;
    return { choices: null, problems: [{ message, offset: 0, length: 1, kind: 'choice', path: '' }] };
  }
  const read = readChoices(getNodeValue(tree));
  return Array.isArray(read)
    ? { choices: null, problems: read.map((problem: ChoiceProblem) => placed(tree, problem)) }
    : { choices: read as LoadChoices, problems: [] };
}

/** Where choices that turned out wrong stand in the text that they were read from. */
export function placeProblems(text: string, problems: readonly ChoiceProblem[]): LoadFileProblem[] {
  const tree = treeOf(text, []);
  return tree === null ? [] : problems.map((problem) => placed(tree, problem));
}

/** Reads the text of such a file; a text that says what is wrong, with lines, instead. */
export function parseLoadFile(text: string): LoadChoices | string {
  const { choices, problems } = readLoadFile(text);
  if (choices !== null) return choices;
  return problems
    .map(({ message, offset, path }) => {
      const before = text.slice(0, offset).split('\n');
      return `${before.length}:${before.at(-1)!.length + 1}: ${choiceProblemText({ path: path === '' ? [] : [path], message })}`;
    })
    .join('\n');
}

/** Where a choice stands in a text, in characters; null if it is not there. */
export function findChoice(text: string, path: readonly string[]): { readonly offset: number; readonly length: number } | null {
  const tree = treeOf(text, []);
  const node = tree === null ? undefined : findNodeAtLocation(tree, [...path]);
  return node === undefined ? null : { offset: node.offset, length: node.length };
}

/** The text with one choice made or, with undefined, taken back; everything else, comments too, stays as it is. `text`: '' for a new file. */
export function withChoice(text: string, path: readonly string[], value: ValueChoice | readonly string[] | undefined): string {
  if (value === undefined && findChoice(text, path) === null) return text;
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 4 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  const base = text.trim() === '' ? '{}\n' : text;
  const changed = applyEdits(base, modify(base, [...path], value, { formattingOptions }));
  // a block that the choice leaves empty goes with it, what stands beside it stays
  const parent = path.slice(0, -1);
  const rest = value === undefined && parent.length > 0 ? treeOf(changed, []) : null;
  const left = rest === null ? undefined : findNodeAtLocation(rest, parent);
  return left?.type === 'object' && left.children?.length === 0 && !/\/[/*]/.test(changed.slice(left.offset, left.offset + left.length))
    ? withChoice(changed, parent, undefined)
    : changed;
}
