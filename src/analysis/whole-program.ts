// SPDX-License-Identifier: GPL-2.0-only
/** Which files are one program: chosen in a load file, named by a build, or found by what each defines and needs. */
import { LOAD_FILE_SUFFIX, loadFileName, partNames, readLoadFile } from './load-file';
import { type FoundParts, findParts, partSymbols, type PartSymbols } from './parts';

/** Files of a folder that are looked at, and sources that are compiled for what they define. */
const MOST_NAMES = 2000;
const MOST_LOOKED_AT = 200;
const MOST_COMPILED = 12;
/** Files that use a part, and in turn are used. */
const MOST_STEPS = 8;

/** Files as the search sees them. All names are paths from the folder of the file at hand, with `/`. */
export interface ProgramFolder {
  /** The file at hand. */
  readonly name: string;
  /** Names of all files beside it. */
  readonly names: readonly string[];
  exists(name: string): Promise<boolean>;
  /** Text of a file, '' for one that cannot be read. */
  text(name: string): Promise<string>;
  /** The object of another file; null for one that cannot be had. */
  objectOf(name: string): Promise<Uint8Array | null>;
  /** Whether a name is a source's or an object's, null for another. */
  kindOf(name: string): 'source' | 'object' | null;
  /** The program that a build links of this file and others, and where it says so; null if none is known. */
  linked(): Promise<{ readonly names: readonly string[]; readonly place: ProgramPlace } | null>;
}

/** Where a load file or a build says which files are one program: a path as {@link ProgramFolder} has it, or an absolute one. */
export interface ProgramPlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

/** The files of a program, by name. */
export interface FoundNames {
  /** The first; its load file says what is decided. */
  readonly main: string;
  /** In the order in which they are linked, `main` first. */
  readonly files: readonly string[];
  readonly how: 'alone' | 'chosen' | 'build' | 'symbols';
  readonly place: ProgramPlace | null;
  /** What no file that was looked at defines, or several do. */
  readonly missing: readonly string[];
  /** Other programs of the folder that use this file, when there are several: with which of them it is meant is not known. */
  readonly users: readonly string[];
}

/** Path of a file's load file. */
function loadFileBeside(name: string): string {
  const at = name.lastIndexOf('/') + 1;
  return name.slice(0, at) + loadFileName(name.slice(at));
}

/** Name of a file without folder and ending. */
function stemOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(/(\.bpf)?\.[^.]+$/, '');
}

/** The file that a name in a load file means. */
async function partAt(folder: ProgramFolder, main: string, part: string): Promise<string> {
  const at = main.slice(0, main.lastIndexOf('/') + 1);
  const candidates = partNames(main.slice(at.length), part).map((candidate) => at + candidate);
  for (const name of candidates) if (await folder.exists(name)) return name;
  return candidates.at(-1)!;
}

/** What a load file names; null if there is none, or it says nothing. */
async function namedIn(folder: ProgramFolder, loadFile: string): Promise<readonly string[] | null> {
  const text = await folder.text(loadFile);
  return text === '' ? null : (readLoadFile(text).choices?.files ?? null);
}

async function chosen(folder: ProgramFolder): Promise<FoundNames | null> {
  const { name, names } = folder;
  const found = async (main: string, files: readonly string[]): Promise<FoundNames> => ({
    main,
    files: [main, ...(await Promise.all(files.map((file) => partAt(folder, main, file))))],
    how: files.length === 0 ? 'alone' : 'chosen',
    place: { file: loadFileBeside(main), line: 1 },
    missing: [],
    users: [],
  });
  const own = await namedIn(folder, loadFileBeside(name));
  if (own !== null) return found(name, own);
  const ending = name.slice(stemOf(name).length);
  for (const other of names.filter((candidate) => candidate.endsWith(LOAD_FILE_SUFFIX))) {
    const main = `${other.slice(0, -LOAD_FILE_SUFFIX.length)}${ending}`;
    const files = (await namedIn(folder, other)) ?? [];
    if (files.every((file) => stemOf(file) !== stemOf(name)) || !(await folder.exists(main))) continue;
    const program = await found(main, files);
    if (program.files.includes(name)) return program;
  }
  return null;
}

async function built(folder: ProgramFolder): Promise<FoundNames | null> {
  const line = await folder.linked();
  if (line === null) return null;
  return { main: line.names[0]!, files: line.names, how: 'build', place: line.place, missing: [], users: [] };
}

/** Looks at the other files of one folder for what they define and need. Remembers nothing. */
class Neighbours {
  private compiled = 0;
  private readonly known = new Map<string, PartSymbols | null>();

  constructor(private readonly folder: ProgramFolder) {}

  async symbols(name: string): Promise<PartSymbols | null> {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    if (this.folder.kindOf(name) === 'source' && ++this.compiled > MOST_COMPILED) return null;
    const bytes = await this.folder.objectOf(name);
    const symbols = bytes === null ? null : partSymbols(name, bytes);
    this.known.set(name, symbols);
    return symbols;
  }

  /** Files of the same kind that could have to do with one of these symbols: sources whose text has it as a word, and all objects. */
  async mention(symbols: ReadonlySet<string>, not: string): Promise<string[]> {
    if (symbols.size === 0) return [];
    const { folder } = this;
    const kind = folder.kindOf(folder.name);
    const same = folder.names.filter((name) => name !== not && folder.kindOf(name) === kind).slice(0, MOST_LOOKED_AT);
    if (kind === 'object') return same;
    const word = new RegExp(`\\b(${[...symbols].map((s) => s.replace(/[^\w]/g, '')).join('|')})\\b`);
    const texts = await Promise.all(same.map((name) => folder.text(name)));
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

async function bySymbols(folder: ProgramFolder, object: Uint8Array): Promise<FoundNames> {
  const { name } = folder;
  const alone: FoundNames = { main: name, files: [name], how: 'alone', place: null, missing: [], users: [] };
  const own = partSymbols(name, object);
  if (own === null) return alone;
  let main: PartSymbols = own;
  const near = new Neighbours(folder);
  const used = new Set([own.name]);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const users: PartSymbols[] = (await near.users(main)).filter((user) => !used.has(user.name));
    if (users.length > 1 && main === own) return { ...alone, missing: [...own.needs], users: users.map((user) => user.name) };
    if (users.length !== 1) break;
    main = users[0]!;
    used.add(main.name);
  }
  const { parts, missing, ambiguous } = await near.parts(main);
  // what does not lead back here is another program
  if (!parts.includes(own.name)) return { ...alone, missing: [...own.needs] };
  return {
    main: main.name,
    files: parts,
    how: parts.length > 1 ? 'symbols' : 'alone',
    place: null,
    missing: [...missing, ...ambiguous.map(({ symbol }) => symbol)],
    users: [],
  };
}

/** The program that a file belongs to. `object`: that of the file itself. */
export async function wholeProgram(folder: ProgramFolder, object: Uint8Array): Promise<FoundNames> {
  const bounded = { ...folder, names: folder.names.slice(0, MOST_NAMES) };
  return (await chosen(bounded)) ?? (await built(bounded)) ?? (await bySymbols(bounded, object));
}
