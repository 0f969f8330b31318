// SPDX-License-Identifier: GPL-2.0-only
/** What lies around a source file: where its project begins, and which headers it has. */
import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Entries of folders that are looked at for one project. */
const MAX_ENTRIES = 300_000;
const MAX_DEPTH = 16;
/** Levels below a file's folder when nothing says that it is a project. */
const LOOSE_DEPTH = 4;
/** Levels above a file where its project may begin. */
const MAX_UP = 12;
const SKIPPED = new Set(['node_modules', '.git', '.hg', '.svn', '.cache', '.vscode-test', '__pycache__', '.venv']);
const INDEXED = /\.(h|hpp|hh|inc|def|c|bpf|cfg|go|h\.in)$/;
/** Files that say where a project, or a part of it, begins. */
const MARKERS = [
  'Makefile',
  'makefile',
  'GNUmakefile',
  'meson.build',
  'CMakeLists.txt',
  'Cargo.toml',
  'go.mod',
  'configure.ac',
  'BUILD.bazel',
  'Kbuild',
  'package.json',
  'build.rs',
  'compile_commands.json',
];
const TOPMOST = ['.git', '.hg', '.svn', 'MODULE.bazel', 'WORKSPACE'];

/** Folders from a file's own up to its project's first. */
export function foldersUp(file: string, root: string): string[] {
  const out: string[] = [];
  let at = path.dirname(file);
  for (let i = 0; i < MAX_UP + 4; i++) {
    out.push(at);
    if (at === root || path.dirname(at) === at) break;
    at = path.dirname(at);
  }
  return out;
}

function isNoProject(folder: string): boolean {
  return (
    path.dirname(folder) === folder || folder === os.homedir() || folder === os.tmpdir() || path.dirname(folder) === path.parse(folder).root
  );
}

/** A project: its first folder, and how many levels below it are looked at. */
export interface ProjectPlace {
  readonly root: string;
  readonly depth: number;
}

/**
 * The first folder of a file's project: the workspace folder or the repository that it lies in, else the highest one in a row that has a
 * build file, else its own.
 */
export function projectRoot(file: string, workspace: string | null): ProjectPlace {
  const own = path.dirname(file);
  const whole = (root: string): ProjectPlace => ({ root, depth: MAX_DEPTH });
  let marked: string | null = null;
  let at = own;
  for (let i = 0; i < MAX_UP; i++) {
    if (at === workspace || TOPMOST.some((m) => existsSync(path.join(at, m)))) return whole(at);
    if (isNoProject(at)) break;
    if (MARKERS.some((m) => existsSync(path.join(at, m)))) marked = at;
    at = path.dirname(at);
  }
  return marked === null ? { root: own, depth: isNoProject(own) ? 1 : LOOSE_DEPTH } : whole(marked);
}

/** All headers and sources below a folder, by their last name. */
export interface ProjectFiles {
  readonly root: string;
  readonly byName: ReadonlyMap<string, readonly string[]>;
  /** True when the folder has more than is looked at. */
  readonly truncated: boolean;
}

/** Reads the names below a folder. Links to folders are followed once, and only inside the folder. */
export async function listProject(root: string, maxDepth = MAX_DEPTH): Promise<ProjectFiles> {
  const byName = new Map<string, string[]>();
  const seen = new Set<string>();
  let left = MAX_ENTRIES;
  let level = [root];
  const top = await realpath(root).catch(() => root);
  for (let depth = 0; depth < maxDepth && level.length > 0 && left > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (left <= 0) break;
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      left -= entries.length;
      for (const e of entries) {
        const at = path.join(folder, e.name);
        if (e.isDirectory()) {
          if (!SKIPPED.has(e.name)) next.push(at);
        } else if (e.isFile() && INDEXED.test(e.name)) add(byName, e.name, at);
        else if (e.isSymbolicLink()) {
          const target = await realpath(at).catch(() => null);
          const kind = target === null ? null : await stat(target).catch(() => null);
          if (kind?.isFile() === true && INDEXED.test(e.name)) add(byName, e.name, at);
          if (kind?.isDirectory() === true && target!.startsWith(top + path.sep) && !seen.has(target!)) {
            seen.add(target!);
            next.push(at);
          }
        }
      }
    }
    level = next;
  }
  return { root, byName, truncated: left <= 0 || level.length > 0 };
}

function add(map: Map<string, string[]>, name: string, file: string): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [file]);
  else list.push(file);
}

/** Names in a path that say which machine a folder is for. */
const OTHER_MACHINE =
  /(^|[/_.-])(arm|arm64|aarch64|mips|mips64|s390|s390x|riscv|riscv64|powerpc|ppc|ppc64|ppc64le|loongarch|loongarch64|sparc|alpha|arc|parisc|sh|xtensa|m68k|openrisc|hexagon|csky|nios2|microblaze|um)(?=[/_.-]|$)/;
const OWN_MACHINE = /(^|[/_.-])(x86|x86_64|amd64|x64)(?=[/_.-]|$)/;

/** How far a folder is from another: steps up and down, with the folders of other machines last and those of x86 first. */
function distance(from: string, folder: string, root: string): number {
  const relative = path.relative(from, folder);
  const inside = path.relative(root, folder);
  return (
    (relative === '' ? 0 : relative.split(path.sep).length) + (OTHER_MACHINE.test(inside) ? 50 : 0) - (OWN_MACHINE.test(inside) ? 5 : 0)
  );
}

/** A place where a header could come from. */
export interface HeaderPlace {
  /** The header. */
  readonly file: string;
  /** The folder from which its name is found. */
  readonly folder: string;
}

/** Headers of the project that an include may mean, nearest first: those from whose folders most of `also` are found too come before others as far. */
export function findHeader(files: ProjectFiles, name: string, from: string, also: readonly string[] = []): HeaderPlace[] {
  const clean = path.posix.normalize(name.replaceAll('\\', '/')).replace(/^(\.\.\/)+/, '');
  const all = files.byName.get(path.posix.basename(clean)) ?? [];
  const tail = `${path.sep}${clean.split('/').join(path.sep)}`;
  const found = all.filter((f) => f.endsWith(tail)).map((file) => ({ file, folder: file.slice(0, -tail.length) }));
  const score = (p: HeaderPlace): number => {
    const matches = also.filter((other) => existsSync(path.join(p.folder, other))).length;
    return distance(path.dirname(from), p.folder, files.root) - Math.min(2, matches / 2);
  };
  return found
    .map((place) => ({ place, score: score(place) }))
    .sort((a, b) => a.score - b.score || (a.place.file < b.place.file ? -1 : 1))
    .map((s) => s.place);
}

const INCLUDE = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm;

/** Names that a text includes, in order. */
export function includesOf(text: string): string[] {
  return [...text.matchAll(INCLUDE)].map((m) => m[1]!);
}

/** Levels of headers between a part and the source that it is a part of. */
const MAX_LEVELS = 3;

/** Sources that this file is a part of: they include it, or a header that does. */
export async function wholesOf(files: ProjectFiles, file: string, limit: number): Promise<string[]> {
  const found: string[] = [];
  let level = [file];
  for (let i = 0; i < MAX_LEVELS && found.length === 0 && level.length > 0; i++) {
    const all: string[] = [];
    for (const at of level.slice(0, limit)) all.push(...(await includersOf(files, at, limit)));
    found.push(...all.filter((f) => f.endsWith('.c')));
    level = all.filter((f) => !f.endsWith('.c'));
  }
  return [...new Set(found)].slice(0, limit);
}

/** Sources and headers of the project that include this file. */
async function includersOf(files: ProjectFiles, file: string, limit: number): Promise<string[]> {
  const name = path.basename(file);
  const out: string[] = [];
  let read = 0;
  const near = [...files.byName.values()].flat().filter((f) => f !== file && /\.(c|h)$/.test(f));
  near.sort(
    (a, b) => distance(path.dirname(file), path.dirname(a), files.root) - distance(path.dirname(file), path.dirname(b), files.root),
  );
  for (const other of near) {
    if (out.length >= limit || ++read > 400) break;
    const text = await readFile(other, 'utf8').catch(() => '');
    const means = (i: string): boolean => path.resolve(path.dirname(other), i) === file || file.endsWith(`${path.sep}${path.normalize(i)}`);
    if (text.includes(name) && includesOf(text).some((i) => path.posix.basename(i) === name && means(i))) out.push(other);
  }
  return out;
}
