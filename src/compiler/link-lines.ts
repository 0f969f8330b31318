// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which BPF objects a build links into one (`bpftool gen object OUT IN…`), read from Makefiles, meson.build and build.rs without running
 * anything.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { splitWords, UNKNOWN } from './flags';
import { Makefile, type Rule } from './makefile';
import { findHeader, foldersUp, type ProjectFiles } from './project';

/** An object that a build links. */
export interface LinkPart {
  /** Name of its source without `.bpf.c` or `.bpf.o`. */
  readonly stem: string;
  /** Path of its source as the build writes it, from the build's folder; null where only the object is named. */
  readonly source: string | null;
}

/** Objects that a build links into one. */
export interface LinkLine {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** In the order in which they are linked. */
  readonly parts: readonly LinkPart[];
}

const MAX_SIZE = 1 << 20;
const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile', 'Kbuild', 'Makefile.bpf'];

/** Name of an object or source without folder and ending. */
export function stemOf(file: string): string {
  return path.posix.basename(file.replaceAll('\\', '/')).replace(/(\.bpf)?\.[^.]+$/, '');
}

function small(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && stats.isFile() && stats.size <= MAX_SIZE;
}

/** Link lines of the builds from a file's folder up to the project's first, nearest first. */
export function findLinkLines(file: string, root: string): LinkLine[] {
  const found: LinkLine[] = [];
  for (const folder of foldersUp(file, root)) {
    for (const name of MAKEFILES) {
      const at = path.join(folder, name);
      if (small(at)) found.push(...makeLinkLines(at, root));
    }
    const meson = path.join(folder, 'meson.build');
    if (small(meson)) found.push(...mesonLinkLines(meson));
    const cargo = path.join(folder, 'build.rs');
    if (small(cargo)) found.push(...cargoLinkLines(cargo));
  }
  return found;
}

/**
 * The sources of a link line, if this source is one of them and all can be found: where the build says, beside the source, or by their name
 * in the project, nearest first. Absolute paths.
 */
export function linkedSources(line: LinkLine, file: string, files: ProjectFiles): string[] | null {
  const folder = path.dirname(file);
  const ending = path.basename(file).slice(stemOf(file).length);
  const places = line.parts.map(({ stem, source }) => {
    const named = source === null ? null : path.resolve(path.dirname(line.file), source);
    if (named !== null && existsSync(named)) return named;
    const name = source === null ? `${stem}${ending}` : path.posix.basename(source);
    const beside = path.join(folder, name);
    return existsSync(beside) ? beside : (findHeader(files, name, line.file)[0]?.file ?? null);
  });
  return places.every((place) => place !== null) && places.includes(file) ? places : null;
}

/** The objects of a link line, if this object is one of them and all lie beside it. `names`: those of its folder. */
export function linkedObjects(line: LinkLine, file: string, names: readonly string[]): string[] | null {
  const found = line.parts.map(({ stem }) => names.find((name) => isObject(name) && stemOf(name) === stem));
  const places = found.flatMap((name) => (name === undefined ? [] : [path.join(path.dirname(file), name)]));
  // a part that lies elsewhere is not guessed at
  return places.length === line.parts.length && places.includes(file) ? places : null;
}

/** Link lines of a Makefile with all that it includes. */
export function makeLinkLines(makefile: string, root: string): LinkLine[] {
  const make = new Makefile(path.dirname(makefile), root);
  make.read(makefile);
  return make.rules.flatMap((rule) => linesOfRule(make, rule));
}

function linesOfRule(make: Makefile, rule: Rule): LinkLine[] {
  if (!rule.recipe.some((line) => /\bgen\s+object\b/.test(line))) return [];
  const needed = make.expand(rule.prerequisites).split('|')[0]!.split(/\s+/).filter(isObject);
  // a pattern links each of many; which ones, only a build knows
  if (rule.targets.includes('%') && needed.some((name) => name.includes('%'))) return [];
  const automatic = new Map([
    ['@', make.expand(rule.targets).trim()],
    ['<', needed[0] ?? ''],
    ['^', needed.join(' ')],
    ['+', needed.join(' ')],
    ['?', needed.join(' ')],
    ['*', ''],
  ]);
  return rule.recipe.flatMap((line): LinkLine[] => {
    const words = splitWords(make.expand(line, automatic));
    const at = words.findIndex((word, index) => word === 'gen' && words[index + 1] === 'object');
    if (at < 0) return [];
    const stems = words
      .slice(at + 3)
      .filter(isObject)
      .map(stemOf);
    return stems.length < 2 ? [] : [{ file: rule.file, line: rule.line, parts: stems.map((stem) => ({ stem, source: null })) }];
  });
}

function isObject(word: string): boolean {
  return /\.o$/.test(word) && !word.includes(UNKNOWN);
}

/** The text of a call's parentheses, from the first on. */
function argumentsAt(text: string, open: number): string {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1;
    else if (text[index] === ')' && --depth === 0) return text.slice(open + 1, index);
  }
  return text.slice(open + 1);
}

/** Link lines of a meson.build: `custom_target(…)` whose command is `… gen object …`, with the targets that it names. */
export function mesonLinkLines(file: string): LinkLine[] {
  const text = readFileSync(file, 'utf8').replace(/#.*$/gm, '');
  const targets = [...text.matchAll(/(?:^|\n)[ \t]*(?:(\w+)[ \t]*=[ \t]*)?custom_target\s*\(/g)].map((match) => {
    const body = argumentsAt(text, match.index + match[0].length - 1);
    const input = /\binput\s*:\s*(\[[^\]]*\]|[^,\n)]+)/.exec(body)?.[1] ?? '';
    const start = match.index + match[0].search(/\S/);
    return { name: match[1] ?? '', body, input, line: text.slice(0, start).split('\n').length };
  });
  const stemsOf = (input: string, depth: number): string[] =>
    [...input.matchAll(/'([^']+)'|(\w+)/g)].flatMap(([, literal, name]): string[] => {
      if (literal !== undefined) return /\.(bpf\.c|c|o)$/.test(literal) ? [stemOf(literal)] : [];
      const target = targets.find((candidate) => candidate.name !== '' && candidate.name === name);
      return target === undefined || depth > 3 ? [] : stemsOf(target.input, depth + 1);
    });
  return targets
    .filter(({ body }) => /'gen'\s*,\s*'object'/.test(body))
    .map(({ line, input }) => ({ file, line, parts: stemsOf(input, 0).map((stem) => ({ stem, source: null })) }))
    .filter(({ parts }) => parts.length >= 2);
}

/**
 * Link lines of a build.rs: a builder that is told several sources, one call each, and then links them (`BpfBuilder` of the sched_ext crates:
 * `enable_skel`, `add_source`, `compile_link_gen`).
 */
export function cargoLinkLines(file: string): LinkLine[] {
  const text = readFileSync(file, 'utf8').replace(/\/\/.*$/gm, '');
  const out: LinkLine[] = [];
  let from = 0;
  for (const end of text.matchAll(/\.\s*\w*link\w*\s*\(/g)) {
    const named = [...text.slice(from, end.index).matchAll(/"([^"\n]+\.bpf\.c)"/g)];
    const sources = [...new Set(named.map((match) => match[1]!))];
    if (sources.length >= 2)
      out.push({
        file,
        line: text.slice(0, from + named[0]!.index).split('\n').length,
        parts: sources.map((source) => ({ stem: stemOf(source), source })),
      });
    from = end.index + end[0].length;
  }
  return out;
}
