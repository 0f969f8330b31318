// SPDX-License-Identifier: GPL-2.0-only
/** What build files other than Makefiles say of a BPF source: read as text, nothing is run. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { keepFlags, splitWords, targetsBpf, UNKNOWN } from './flags';
import type { BuildFlags, BuildKind } from './setup';

const MAX_DATABASE = 64 << 20;

/** Folders of a project in which a build leaves what it made, its compilation database among it. */
export const BUILD_FOLDERS = /^(build.*|out|_build|builddir|cmake-build-.*|target|\.vscode|debug|release)$/i;

/** One command that compiles one file, as a compilation database has it. */
export interface CompileCommand {
  /** Folder that it runs in. */
  readonly directory: string;
  /** Absolute path of the source. */
  readonly file: string;
  /** The compiler and its arguments. */
  readonly words: readonly string[];
}

/** Entries of a compilation database in `folder`. Throws for what is no list; entries that are none are left out. */
export function compileCommands(entries: unknown, folder: string): CompileCommand[] {
  if (!Array.isArray(entries)) throw new Error('it is no list');
  return (entries as (Record<string, unknown> | null)[]).flatMap((entry): CompileCommand[] => {
    const directory = typeof entry?.['directory'] === 'string' ? path.resolve(folder, entry['directory']) : folder;
    if (typeof entry?.['file'] !== 'string') return [];
    const given = entry['arguments'];
    const words = Array.isArray(given)
      ? given.filter((w): w is string => typeof w === 'string')
      : typeof entry['command'] === 'string'
        ? splitWords(entry['command'])
        : [];
    return [{ directory, file: path.resolve(directory, entry['file']), words }];
  });
}

/** The command for a file, and why none fits. */
export function commandFlags(
  file: string,
  commands: readonly CompileCommand[],
  from: { readonly kind: BuildKind; readonly file: string },
): { readonly flags: BuildFlags | null; readonly why: string } {
  const own = commands.filter((c) => c.file === file);
  if (own.length === 0) return { flags: null, why: `none of its ${commands.length} entries is for this file` };
  // another compiler's, or one for the machine, is no way to a BPF object
  const bpf = own.find((c) => targetsBpf(c.words));
  if (bpf === undefined) return { flags: null, why: 'its entry for this file does not compile for BPF' };
  return { flags: { ...from, line: 0, args: keepFlags(bpf.words.slice(1), bpf.directory), exact: true }, why: '' };
}

/** An entry of a compilation database for this file, and why none fits. */
export function databaseFlags(file: string, database: string): { readonly flags: BuildFlags | null; readonly why: string } {
  const text = readFileSync(database, 'utf8');
  if (text.length > MAX_DATABASE) return { flags: null, why: 'it is too large' };
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch {
    return { flags: null, why: 'it is no JSON' };
  }
  if (!Array.isArray(entries)) return { flags: null, why: 'it is no list' };
  return commandFlags(file, compileCommands(entries, path.dirname(database)), { kind: 'compile_commands', file: database });
}

/** `compile_flags.txt`: one argument a line. */
export function flagsFile(file: string): BuildFlags {
  const words = readFileSync(file, 'utf8')
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l !== '');
  return { kind: 'compile_flags', file, line: 0, args: keepFlags(words, path.dirname(file)), exact: false };
}

/** `.clangd`: the list behind `Add:`, on one line or on several. */
export function clangdFlags(file: string): BuildFlags {
  const text = readFileSync(file, 'utf8');
  const inline = [...text.matchAll(/^\s*Add:\s*\[([^\]]*)\]/gm)].flatMap((m) => m[1]!.split(','));
  const listed = [...text.matchAll(/^(\s*)Add:\s*\n((?:\s*-\s.*\n?)+)/gm)].flatMap((m) =>
    m[2]!.split('\n').map((l) => l.replace(/^\s*-\s+/, '')),
  );
  const words = [...inline, ...listed].map((w) => w.trim().replace(/^(["'])(.*)\1$/, '$2')).filter((w) => w !== '');
  return { kind: 'clangd', file, line: 0, args: keepFlags(words, path.dirname(file)), exact: false };
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/**
 * Arguments that stand as words of their own in a build file: `-Ix`, `-DY`. `place` puts in what the language calls its folders, and
 * makes the rest unknown.
 */
function literalFlags(kind: BuildKind, file: string, text: string, place: (word: string) => string, folder: string): BuildFlags | null {
  const found = [
    ...text.matchAll(
      /["'`\s([,=](-(?:I|D|isystem|include|idirafter|std=|mcpu=|f)[^"'`\s)\],;]*)(?:["'`]\s*,?\s*["'`]?\s*([^-"'`\s),\]][^"'`\s)\],]*))?/g,
    ),
  ];
  const words = found.flatMap((m) => {
    const word = place(m[1]!);
    // the value of an option may be the next string
    return /^-(I|D|isystem|include|idirafter)$/.test(word) ? (m[2] === undefined ? [] : [word, place(m[2])]) : [word];
  });
  const args = keepFlags(words, folder);
  const first = found[0];
  return args.length === 0 || first === undefined ? null : { kind, file, line: lineOf(text, first.index + 1), args, exact: false };
}

/** Parts of a text that have to do with BPF: a few lines around each mention. */
function aboutBpf(text: string): string {
  const lines = text.split('\n');
  const near = new Set<number>();
  lines.forEach((l, i) => {
    if (/bpf/i.test(l)) for (let j = i - 3; j <= i + 12; j++) near.add(j);
  });
  return lines.map((l, i) => (near.has(i) ? l : '')).join('\n');
}

export function mesonFlags(file: string, root: string): BuildFlags | null {
  const folder = path.dirname(file);
  const text = aboutBpf(readFileSync(file, 'utf8'))
    .replace(/meson\.(current_source_dir|current_build_dir)\(\)/g, `'${folder}'`)
    .replace(/meson\.(project_source_root|source_root|project_build_root|build_root)\(\)/g, `'${root}'`)
    .replace(/'(-I|-isystem)'\s*\+\s*/g, "'$1' ")
    .replace(/'(-I[^']*)@0@([^']*)'\.format\(\s*'([^']*)'\s*\)/g, "'$1$3$2'")
    .replace(
      /'(-I)' '([^']*)'(?:\s*[+/]\s*'([^']*)')?/g,
      (_all, option: string, a: string, b?: string) => `'${option}${b === undefined ? a : path.posix.join(a, b)}'`,
    )
    .replace(/'(-I[^']*)'\s*\/\s*'([^']*)'/g, "'$1/$2'");
  const folders = [...text.matchAll(/include_directories\(([^)]*)\)/g)].flatMap((m) =>
    [...m[1]!.matchAll(/'([^']+)'/g)].map((x) => `'-I${x[1]!}'`),
  );
  return literalFlags('meson', file, `${text} ${folders.join(' ')}`, (w) => (/@\w*@|\$\{/.test(w) ? UNKNOWN : w), folder);
}

export function cmakeFlags(file: string, root: string): BuildFlags | null {
  const folder = path.dirname(file);
  const raw = readFileSync(file, 'utf8').replace(/(^|\s)#.*$/gm, '');
  const variables = new Map<string, string>();
  for (const name of ['CMAKE_SOURCE_DIR', 'PROJECT_SOURCE_DIR', 'CMAKE_BINARY_DIR', 'PROJECT_BINARY_DIR']) variables.set(name, root);
  for (const name of ['CMAKE_CURRENT_SOURCE_DIR', 'CMAKE_CURRENT_LIST_DIR', 'CMAKE_CURRENT_BINARY_DIR']) variables.set(name, folder);
  const put = (text: string): string => {
    let out = text;
    for (let i = 0; i < 8 && /\$\{\w+\}/.test(out); i++)
      out = out.replace(/\$\{(\w+)\}/g, (_a, name: string) => variables.get(name) ?? UNKNOWN).slice(0, MAX_VALUE);
    return /\$[{<]/.test(out) ? out.replace(/\$[{<][^\s"]*/g, UNKNOWN) : out;
  };
  for (const m of raw.matchAll(/\bset\s*\(\s*(\w+)\s+([^)]*)\)/gi)) variables.set(m[1]!, put(m[2]!.trim().replace(/^"(.*)"$/s, '$1')));
  for (const m of raw.matchAll(/\blist\s*\(\s*APPEND\s+(\w+)\s+([^)]*)\)/gi))
    variables.set(m[1]!, `${variables.get(m[1]!) ?? ''} ${put(m[2]!)}`.slice(0, MAX_VALUE));
  const text = put(aboutBpf(raw)).replace(/;/g, ' ');
  const folders = [...text.matchAll(/include_directories\s*\(([^)]*)\)/gi)].flatMap((m) =>
    splitWords(m[1]!)
      .filter((w) => !/^(PRIVATE|PUBLIC|INTERFACE|SYSTEM|BEFORE|AFTER)$/.test(w) && /[/.]/.test(w))
      .map((w) => ` -I${w}`),
  );
  return literalFlags('cmake', file, `${text}${folders.join('')}`, (w) => w, folder);
}

const MAX_VALUE = 1 << 16;

export function cargoFlags(file: string): BuildFlags | null {
  const text = readFileSync(file, 'utf8').replace(/\/\/.*$/gm, '');
  // format!("-I{}", …) says nothing without running it
  return literalFlags('cargo', file, text, (w) => (/[{}]/.test(w) ? UNKNOWN : w), path.dirname(file));
}

/** What `go generate` itself sets for its commands, with the machine that programs are verified for; other variables are the caller's. */
function goVariable(name: string, goFile: string, text: string): string {
  if (name === 'GOARCH') return 'amd64';
  if (name === 'GOOS') return 'linux';
  if (name === 'GOFILE') return path.basename(goFile);
  if (name === 'GOPACKAGE') return /^package\s+(\w+)/m.exec(text)?.[1] ?? UNKNOWN;
  return name === 'PWD' ? path.dirname(goFile) : UNKNOWN;
}

/** `//go:generate … bpf2go … NAME file.c -- flags` for this source; the command may stand in a variable (`$BPF2GO`). */
export function bpf2goFlags(file: string, goFile: string): BuildFlags | null {
  const folder = path.dirname(goFile);
  const text = readFileSync(goFile, 'utf8');
  const lines = text.split('\n');
  for (const [i, line] of lines.entries()) {
    if (!/^\s*\/\/go:generate\b.*bpf2go\b/i.test(line)) continue;
    const words = splitWords(line.replace(/\$(?:(\w+)|\{(\w+)\})/g, (_all, a?: string, b?: string) => goVariable(a ?? b!, goFile, text)));
    const at = words.findIndex((w) => path.resolve(folder, w) === file);
    if (at < 0) continue;
    const flags = words.flatMap((w, j) =>
      w === '-cflags' || w === '--cflags'
        ? splitWords(words[j + 1] ?? '')
        : /^--?cflags=/.test(w)
          ? splitWords(w.slice(w.indexOf('=') + 1))
          : [],
    );
    const rest = words.slice(at + 1).filter((w) => w !== '--');
    return { kind: 'bpf2go', file: goFile, line: i + 1, args: keepFlags([...flags, ...rest], folder), exact: true };
  }
  return null;
}
