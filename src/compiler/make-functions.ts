// SPDX-License-Identifier: GPL-2.0-only
/** Functions of make that only move text, and the few answers of a shell that projects ask for. Facts: the GNU make manual, "Functions". */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { UNKNOWN } from './flags';

/** The words of a text, as make takes it apart. */
export const words = (text: string): string[] => text.split(/\s+/).filter((w) => w !== '');

/** What `%` of a pattern stands for in a word, '' without one; null if the word does not match. */
export function stemOf(pattern: string, word: string): string | null {
  const at = pattern.indexOf('%');
  if (at < 0) return pattern === word ? '' : null;
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + 1)];
  return word.length >= before.length + after.length && word.startsWith(before) && word.endsWith(after)
    ? word.slice(before.length, word.length - after.length)
    : null;
}

/** Answers of shell commands that projects ask about the machine; anything else is unknown. */
function shell(command: string, folder: string): string {
  if (/^\s*pwd\s*(-\w)?\s*$/.test(command)) return folder;
  if (/\buname\s+-m\b|\barch\b/.test(command)) return /\bsed\b|\bawk\b/.test(command) ? 'x86' : 'x86_64';
  if (/\buname(\s+-s)?\s*$/.test(command)) return 'Linux';
  if (/^\s*git\s+rev-parse\s+--show-toplevel/.test(command)) return folder;
  return UNKNOWN;
}

/** Entries of one folder that a pattern is compared with. */
const MOST_ENTRIES = 5000;

/** Whether a name matches a pattern in which `*` stands for any text and `?` for one character; linear but for the last star. */
function matchesGlob(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0];
  while (n < name.length) {
    if (p < pattern.length && pattern[p] !== '*' && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (pattern[p] === '*') {
      star = p++;
      mark = n;
    } else if (star >= 0) {
      p = star + 1;
      n = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Names that match a pattern with `*` or `?` in its last part, as `wildcard` gives them; unknown where a folder's name is a pattern. */
function wildcard(pattern: string, folder: string): string {
  if (pattern.includes(UNKNOWN)) return UNKNOWN;
  if (!/[*?[]/.test(pattern)) return existsSync(path.resolve(folder, pattern)) ? pattern : '';
  const at = pattern.lastIndexOf('/') + 1;
  const [front, last] = [pattern.slice(0, at), pattern.slice(at)];
  if (/[*?[]/.test(front) || last.includes('[')) return UNKNOWN;
  try {
    const names = readdirSync(path.resolve(folder, front)).slice(0, MOST_ENTRIES);
    return names
      .filter((n) => matchesGlob(last, n) && (last.startsWith('.') || !n.startsWith('.')))
      .sort()
      .map((n) => front + n)
      .join(' ');
  } catch {
    return '';
  }
}

/** A function's arguments: at its own commas. */
export function splitArguments(text: string): string[] {
  const out: string[] = [''];
  let depth = 0;
  for (const c of text) {
    if (c === '(' || c === '{') depth++;
    else if (c === ')' || c === '}') depth--;
    if (c === ',' && depth === 0) out.push('');
    else out[out.length - 1] += c;
  }
  return out;
}

/** A text with the words that match `from` put into `to`, the stem in the place of `%`. */
export function substitute(from: string, to: string, text: string): string {
  return words(text)
    .map((w) => {
      const stem = stemOf(from, w);
      return stem === null ? w : to.replace('%', stem);
    })
    .join(' ');
}

/** Arguments not yet expanded; what expands them; the Makefile's folder; what expands a body with one more variable. */
type MakeFunction = (
  args: string[],
  expand: (text: string) => string,
  folder: string,
  within: (name: string, value: string, body: string) => string,
) => string;
const each =
  (f: (word: string, folder: string) => string): MakeFunction =>
  (args, expand, folder) =>
    words(expand(args.join(',')))
      .map((w) => f(w, folder))
      .join(' ');
const matches = (patterns: string, word: string): boolean => words(patterns).some((p) => stemOf(p, word) !== null);
/** The functions of make by name. Those that only report, define, or could not be followed give nothing or {@link UNKNOWN}. */
export const FUNCTIONS: Readonly<Record<string, MakeFunction>> = {
  abspath: each((w, folder) => (w.includes(UNKNOWN) ? w : path.resolve(folder, w))),
  realpath: each((w, folder) => (w.includes(UNKNOWN) ? w : path.resolve(folder, w))),
  dir: each((w) => (w.includes('/') ? w.slice(0, w.lastIndexOf('/') + 1) : './')),
  notdir: each((w) => path.posix.basename(w)),
  basename: each((w) => w.replace(/\.[^./]*$/, '')),
  suffix: each((w) => /\.[^./]*$/.exec(w)?.[0] ?? ''),
  strip: each((w) => w),
  wildcard: each((w, folder) => wildcard(w, folder)),
  sort: each((w) => w),
  shell: (args, expand, folder) => shell(expand(args.join(',')), folder),
  subst: ([from = '', to = '', text = ''], expand) => expand(text).split(expand(from)).join(expand(to)),
  patsubst: ([from = '', to = '', text = ''], expand) => substitute(expand(from).trim(), expand(to).trim(), expand(text)),
  addprefix: ([prefix = '', text = ''], expand) =>
    words(expand(text))
      .map((w) => expand(prefix) + w)
      .join(' '),
  addsuffix: ([suffix = '', text = ''], expand) =>
    words(expand(text))
      .map((w) => w + expand(suffix))
      .join(' '),
  filter: ([patterns = '', text = ''], expand) =>
    words(expand(text))
      .filter((w) => matches(expand(patterns), w))
      .join(' '),
  'filter-out': ([patterns = '', text = ''], expand) =>
    words(expand(text))
      .filter((w) => !matches(expand(patterns), w))
      .join(' '),
  firstword: (args, expand) => words(expand(args.join(',')))[0] ?? '',
  lastword: (args, expand) => words(expand(args.join(','))).at(-1) ?? '',
  word: ([n = '', text = ''], expand) => words(expand(text))[Number(expand(n)) - 1] ?? '',
  if: ([condition = '', yes = '', no = ''], expand) => (expand(condition).trim() === '' ? expand(no) : expand(yes)),
  or: (args, expand) => args.map(expand).find((a) => a.trim() !== '') ?? '',
  and: (args, expand) => (args.every((a) => expand(a).trim() !== '') ? expand(args.at(-1) ?? '') : ''),
  findstring: ([find = '', text = ''], expand) => (expand(text).includes(expand(find)) ? expand(find) : ''),
  foreach: ([name = '', list = '', body = ''], expand, _folder, within) =>
    words(expand(list))
      .slice(0, 200)
      .map((w) => within(name.trim(), w, body))
      .join(' '),
  ...Object.fromEntries(
    ['info', 'warning', 'error', 'eval', 'origin', 'flavor', 'call', 'value', 'join', 'words', 'wordlist', 'file'].map(
      (name): [string, MakeFunction] => [name, () => (name === 'value' ? UNKNOWN : '')],
    ),
  ),
};
