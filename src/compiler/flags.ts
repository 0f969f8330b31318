// SPDX-License-Identifier: GPL-2.0-only
/** Compiler arguments as build files write them: split like a shell, and only what matters for a BPF object kept. */
import os from 'node:os';
import path from 'node:path';

/** Stands in a text for something that only the build itself could say; an argument with it is left out. */
export const UNKNOWN = '\u0000';

/** Longest command line that is read, characters. */
const MAX_LINE = 1 << 16;

/** Words of a command line as a POSIX shell splits them; nothing is expanded. */
export function splitWords(line: string): string[] {
  const out: string[] = [];
  let word = '';
  let any = false;
  let quote = '';
  const text = line.slice(0, MAX_LINE);
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== '') {
      if (c === quote) quote = '';
      else if (c === '\\' && quote === '"' && /["\\$`]/.test(text[i + 1] ?? '')) word += text[++i]!;
      else word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      any = true;
    } else if (c === '\\') {
      if (i + 1 < text.length && text[i + 1] !== '\n') {
        word += text[i + 1]!;
        any = true;
      }
      i++;
    } else if (/\s/.test(c)) {
      if (any || word !== '') out.push(word);
      word = '';
      any = false;
    } else word += c;
  }
  if (any || word !== '') out.push(word);
  return out;
}

/** Commands of a shell line, without what pipes and redirections put around them; operators in quotes are text. */
export function shellCommands(line: string): string[] {
  const out = [''];
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '\\' && quote !== "'") out[out.length - 1] += c + (line[++i] ?? '');
    else if (quote === '' && /[;&|\n]/.test(c)) out.push('');
    else {
      if (quote === '' && (c === '"' || c === "'")) quote = c;
      else if (c === quote) quote = '';
      out[out.length - 1] += c;
    }
  }
  return out.map((c) => c.trim()).filter((c) => c !== '');
}

/** Options that name a folder or a file; the path stands behind them or is the next word. */
const PATH_OPTIONS = ['-isystem', '-iquote', '-idirafter', '-include', '-imacros', '-I'];
const KEPT = [
  /^-D./,
  /^-U./,
  /^-std=/,
  /^-W(?!l,|p,|a,|error)/,
  /^-O[0-3s]$/,
  /^-mcpu=/,
  /^-mattr=/,
  /^-f(no-)?(builtin|strict-aliasing|unroll-loops|inline-functions|vectorize|jump-tables|short-enums|ms-extensions|stack-protector|debug-types-section|unsigned-char|signed-char)$/,
];
/** Which machine the program is for is said by the kernel that it is verified against. */
const TARGET_DEFINE = /^-D(__TARGET_ARCH_|bpf_target_)\w+/;
/** Options whose value is the next word and means nothing here. */
const WITH_VALUE = new Set([
  '-target',
  '--target',
  '-o',
  '-MF',
  '-MT',
  '-MQ',
  '-Xclang',
  '-mllvm',
  '-x',
  '-Xlinker',
  '-arch',
  '-isysroot',
  '--sysroot',
  '-fdebug-prefix-map',
]);

/** Whether a command compiles for BPF. */
export function targetsBpf(words: readonly string[]): boolean {
  return words.some(
    (w, i) =>
      /^--?target=bpf(el|eb)?\b/.test(w) ||
      ((w === '-target' || w === '--target') && /^bpf/.test(words[i + 1] ?? '')) ||
      /(^|\/)bpf(-unknown-none)?-gcc$/.test(w) ||
      /^-?-?march=bpf/.test(w),
  );
}

/**
 * The arguments of a command that decide what the compiler makes of the text, with paths made absolute. Output, warnings as errors,
 * plug-ins, dependencies, target and everything unknown are left out: what remains can do nothing but compile.
 */
export function keepFlags(words: readonly string[], folder: string): string[] {
  const out: string[] = [];
  const absolute = (p: string): string => path.resolve(folder, p.startsWith('=') ? p.slice(1) : p);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (WITH_VALUE.has(word)) {
      i++;
      continue;
    }
    const option = PATH_OPTIONS.find((o) => word === o || (word.startsWith(o) && (o === '-I' || o !== '-include')));
    if (option !== undefined) {
      const value = word === option ? (words[++i] ?? '') : word.slice(option.length).replace(/^=/, '');
      if (value !== '' && !value.includes(UNKNOWN)) out.push(option, absolute(value));
      continue;
    }
    if (word === '-D' || word === '-U') {
      const value = words[++i] ?? '';
      if (value !== '' && !value.includes(UNKNOWN) && !TARGET_DEFINE.test(`${word}${value}`)) out.push(`${word}${value}`);
      continue;
    }
    if (!word.includes(UNKNOWN) && !TARGET_DEFINE.test(word) && KEPT.some((k) => k.test(word))) out.push(word);
  }
  return out;
}

/** Folders that arguments name for headers, in the order of search. */
export function includeFolders(args: readonly string[]): string[] {
  return args.flatMap((a, i) =>
    ['-I', '-isystem', '-iquote', '-idirafter'].includes(args[i - 1] ?? '') ? [a] : a.startsWith('-I') && a.length > 2 ? [a.slice(2)] : [],
  );
}

/** What the variables of a setting stand for. */
export interface SettingPlace {
  /** Folder of the workspace, null for a file outside of any. */
  readonly workspace: string | null;
  readonly file: string;
}

/** Arguments of a setting with VS Code's variables put in, and relative paths taken from the workspace's folder, else from the file's. */
export function expandArguments(args: readonly string[], { workspace, file }: SettingPlace): string[] {
  const folder = workspace ?? path.dirname(file);
  const value = (name: string): string | undefined => {
    if (name === 'workspaceFolder' || name === 'workspaceRoot') return folder;
    if (name === 'workspaceFolderBasename') return path.basename(folder);
    if (name === 'fileDirname') return path.dirname(file);
    if (name === 'file') return file;
    if (name === 'userHome') return os.homedir();
    return name.startsWith('env:') ? (process.env[name.slice(4)] ?? '') : undefined;
  };
  const expanded = args.map((a) => a.replace(/\$\{([^}]+)\}/g, (all, name: string) => value(name) ?? all));
  return expanded.map((a, i) => {
    if (PATH_OPTIONS.includes(expanded[i - 1] ?? '')) return path.resolve(folder, a);
    const option = PATH_OPTIONS.find((o) => a.startsWith(o) && a.length > o.length && (o !== '-include' || !a.startsWith('-include-')));
    return option === undefined ? a : `${option}${path.resolve(folder, a.slice(option.length))}`;
  });
}
