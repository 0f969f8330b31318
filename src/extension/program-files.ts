// SPDX-License-Identifier: GPL-2.0-only
/** Which files are one program: chosen in a load file, named by a build, or found by what each defines and needs. */
import * as vscode from 'vscode';
import { type FoundParts, findParts, partSymbols, type PartSymbols } from '../analysis/parts';
import { LOAD_FILE_SUFFIX, loadFileName, partNames, readLoadFile } from '../analysis/load-file';
import { findLinkLines, stemOf } from '../compiler/link-lines';
import { projectRoot } from '../compiler/project';
import { basename, kindByName, textOf } from './files';

/** Files of a folder that are looked at, and sources that are compiled for what they define. */
const MOST_NAMES = 2000;
const MOST_LOOKED_AT = 200;
const MOST_COMPILED = 12;
/** Files that use a part, and in turn are used. */
const MOST_STEPS = 8;
const MAX_TEXT = 1 << 20;

/** The files of a program. */
export interface FoundProgram {
  /** The first; its load file says what is decided. */
  readonly main: vscode.Uri;
  /** In the order in which they are linked, `main` first. */
  readonly files: readonly vscode.Uri[];
  readonly how: 'alone' | 'chosen' | 'build' | 'symbols';
  /** Where a load file or a build says so. */
  readonly place: { readonly uri: vscode.Uri; readonly line: number } | null;
  /** What no file that was looked at defines, or several do. */
  readonly missing: readonly string[];
  /** Other programs of the folder that use this file, when there are several: with which of them it is meant is not known. */
  readonly users: readonly vscode.Uri[];
}

/** Gives the object of another file; null for one that cannot be had. */
export type ObjectOf = (uri: vscode.Uri) => Promise<Uint8Array | null>;

export function loadFileOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(uri, '..', loadFileName(basename(uri)));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

/** The file that a name in a load file means. */
async function partAt(main: vscode.Uri, name: string): Promise<vscode.Uri> {
  const candidates = partNames(basename(main), name).map((candidate) => vscode.Uri.joinPath(main, '..', candidate));
  for (const uri of candidates) if (await exists(uri)) return uri;
  return candidates.at(-1)!;
}

/** Names of the files beside one. */
async function siblings(uri: vscode.Uri): Promise<string[]> {
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(uri, '..')).then(
    (all) => all,
    () => [],
  );
  return entries
    .filter(([, type]) => (type & vscode.FileType.Directory) === 0)
    .map(([name]) => name)
    .sort()
    .slice(0, MOST_NAMES);
}

/** What a load file names; null if there is none, or it says nothing. */
async function namedIn(loadFile: vscode.Uri): Promise<readonly string[] | null> {
  const text = await textOf(loadFile, MAX_TEXT).catch(() => null);
  return text === null ? null : (readLoadFile(text).choices?.files ?? null);
}

async function chosen(uri: vscode.Uri, names: readonly string[]): Promise<FoundProgram | null> {
  const own = await namedIn(loadFileOf(uri));
  const found = async (main: vscode.Uri, files: readonly string[]): Promise<FoundProgram> => ({
    main,
    files: [main, ...(await Promise.all(files.map((name) => partAt(main, name))))],
    how: files.length === 0 ? 'alone' : 'chosen',
    place: { uri: loadFileOf(main), line: 1 },
    missing: [],
    users: [],
  });
  if (own !== null) return found(uri, own);
  const ending = basename(uri).slice(stemOf(basename(uri)).length);
  for (const name of names.filter((candidate) => candidate.endsWith(LOAD_FILE_SUFFIX))) {
    const main = vscode.Uri.joinPath(uri, '..', `${name.slice(0, -LOAD_FILE_SUFFIX.length)}${ending}`);
    const files = (await namedIn(vscode.Uri.joinPath(uri, '..', name))) ?? [];
    if (files.every((file) => stemOf(file) !== stemOf(basename(uri))) || !(await exists(main))) continue;
    const program = await found(main, files);
    if (program.files.some((file) => file.toString() === uri.toString())) return program;
  }
  return null;
}

async function built(uri: vscode.Uri, names: readonly string[]): Promise<FoundProgram | null> {
  if (uri.scheme !== 'file') return null;
  const workspace = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null;
  const kind = kindByName(uri);
  for (const { file, line, stems } of findLinkLines(uri.fsPath, projectRoot(uri.fsPath, workspace).root)) {
    if (!stems.includes(stemOf(basename(uri)))) continue;
    const files = stems.flatMap((stem) => {
      const name = names.find((candidate) => stemOf(candidate) === stem && kindByName(uri.with({ path: `/${candidate}` })) === kind);
      return name === undefined ? [] : [vscode.Uri.joinPath(uri, '..', name)];
    });
    // a part that lies elsewhere is not guessed at
    if (files.length < stems.length) continue;
    return { main: files[0]!, files, how: 'build', place: { uri: vscode.Uri.file(file), line }, missing: [], users: [] };
  }
  return null;
}

/** Looks at the other files of one folder for what they define and need. Remembers nothing. */
class Neighbours {
  private compiled = 0;
  private readonly known = new Map<string, PartSymbols | null>();

  constructor(
    private readonly uri: vscode.Uri,
    private readonly names: readonly string[],
    private readonly objectOf: ObjectOf,
  ) {}

  uriOf(name: string): vscode.Uri {
    return vscode.Uri.joinPath(this.uri, '..', name);
  }

  async symbols(name: string): Promise<PartSymbols | null> {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const isSource = kindByName(this.uriOf(name)) === 'source';
    if (isSource && ++this.compiled > MOST_COMPILED) return null;
    const bytes = await this.objectOf(this.uriOf(name));
    const symbols = bytes === null ? null : partSymbols(name, bytes);
    this.known.set(name, symbols);
    return symbols;
  }

  /** Files of the same kind that could have to do with one of these symbols: sources whose text has it as a word, and all objects. */
  async mention(symbols: ReadonlySet<string>, not: string): Promise<string[]> {
    if (symbols.size === 0) return [];
    const kind = kindByName(this.uri);
    const same = this.names.filter((name) => name !== not && kindByName(this.uriOf(name)) === kind).slice(0, MOST_LOOKED_AT);
    if (kind === 'object') return same;
    const word = new RegExp(`\\b(${[...symbols].map((s) => s.replace(/[^\w]/g, '')).join('|')})\\b`);
    const texts = await Promise.all(same.map((name) => textOf(this.uriOf(name), MAX_TEXT).catch(() => '')));
    return same.filter((_, index) => word.test(texts[index]!));
  }

  /** The parts that a file needs, and those that these need. */
  async parts(own: PartSymbols): Promise<FoundParts> {
    const candidates = new Map<string, PartSymbols>();
    const queue: PartSymbols[] = [own];
    const asked = new Set<string>();
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      const fresh = new Set([...part.needs].filter((symbol) => !asked.has(symbol)));
      for (const symbol of fresh) asked.add(symbol);
      for (const name of await this.mention(fresh, own.name)) {
        const symbols = candidates.has(name) ? null : await this.symbols(name);
        if (symbols === null) continue;
        candidates.set(name, symbols);
        if ([...fresh].some((symbol) => symbols.defines.has(symbol))) queue.push(symbols);
      }
    }
    return findParts(own, [...candidates.values()]);
  }

  /** Files that need a function of this one and have it from nowhere else. */
  async users(own: PartSymbols): Promise<PartSymbols[]> {
    const found: PartSymbols[] = [];
    for (const name of await this.mention(own.functions, own.name)) {
      const symbols = await this.symbols(name);
      if (symbols !== null && [...symbols.needs].some((symbol) => own.functions.has(symbol))) found.push(symbols);
    }
    return found;
  }
}

async function bySymbols(uri: vscode.Uri, object: Uint8Array, names: readonly string[], objectOf: ObjectOf): Promise<FoundProgram> {
  const alone: FoundProgram = { main: uri, files: [uri], how: 'alone', place: null, missing: [], users: [] };
  const own = partSymbols(basename(uri), object);
  if (own === null) return alone;
  let main: PartSymbols = own;
  const near = new Neighbours(uri, names, objectOf);
  const used = new Set([own.name]);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const users: PartSymbols[] = (await near.users(main)).filter((user) => !used.has(user.name));
    if (users.length > 1 && main === own) return { ...alone, missing: [...own.needs], users: users.map((user) => near.uriOf(user.name)) };
    if (users.length !== 1) break;
    main = users[0]!;
    used.add(main.name);
  }
  const { parts, missing, ambiguous } = await near.parts(main);
  const lacking = [...missing, ...ambiguous.map(({ symbol }) => symbol)];
  // what does not lead back here is another program
  if (!parts.includes(own.name)) return { ...alone, missing: [...own.needs] };
  return {
    main: near.uriOf(main.name),
    files: parts.map((name) => near.uriOf(name)),
    how: parts.length > 1 ? 'symbols' : 'alone',
    place: null,
    missing: lacking,
    users: [],
  };
}

/** The program that a file belongs to. `object`: that of the file itself. */
export async function findProgram(uri: vscode.Uri, object: Uint8Array, objectOf: ObjectOf): Promise<FoundProgram> {
  const names = await siblings(uri);
  return (await chosen(uri, names)) ?? (await built(uri, names)) ?? (await bySymbols(uri, object, names, objectOf));
}
