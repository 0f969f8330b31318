// SPDX-License-Identifier: GPL-2.0-only
/** What the project's own build says about a source file, read without running anything. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type AskedBuild, askedWords } from './ask-build';
import {
  bpf2goFlags,
  BUILD_FOLDERS,
  cargoFlags,
  clangdFlags,
  cmakeFlags,
  commandFlags,
  databaseFlags,
  flagsFile,
  mesonFlags,
} from './build-readers';
import type { Considered } from './how';
import { makeFlags } from './makefile';
import { foldersUp, type ProjectFiles } from './project';
import type { BuildFlags, BuildKind } from './setup';

export interface FoundBuilds {
  /** Best first: rules for this file, then those of other BPF sources near it. */
  readonly builds: readonly BuildFlags[];
  /** What was looked at and says nothing about this file. */
  readonly considered: readonly Considered[];
}

/** Go files that are read for one source. */
const MAX_GO = 60;
const MAX_SIZE = 1 << 20;
/** Ways that are told at most. */
const MAX_BUILDS = 20;

function small(file: string): boolean {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats !== undefined && stats.isFile() && stats.size <= MAX_SIZE;
}

function databases(folder: string): string[] {
  const name = 'compile_commands.json';
  const below = readdirSync(folder, { withFileTypes: true })
    .filter((e) => e.isDirectory() && BUILD_FOLDERS.test(e.name))
    .map((e) => path.join(folder, e.name, name));
  return [path.join(folder, name), ...below].filter((f) => existsSync(f));
}

/** Readers by the file's name; what one cannot read says nothing. */
const READERS: readonly (readonly [
  name: RegExp,
  kind: BuildKind,
  read: (file: string, build: string, root: string) => readonly (BuildFlags | null)[],
])[] = [
  [/^(GNUmakefile|[Mm]akefile(\.bpf)?|Kbuild)$/, 'make', (file, build, root) => makeFlags(file, build, root)],
  [/^meson\.build$/, 'meson', (_file, build, root) => [mesonFlags(build, root)]],
  [/^CMakeLists\.txt$/, 'cmake', (_file, build, root) => [cmakeFlags(build, root)]],
  [/^build\.rs$/, 'cargo', (_file, build) => [cargoFlags(build)]],
  [/^compile_flags\.txt$/, 'compile_flags', (_file, build) => [flagsFile(build)]],
  [/^\.clangd$/, 'clangd', (_file, build) => [clangdFlags(build)]],
];

/** Go files near the source, those in its own folder first. */
function goFiles(file: string, files: ProjectFiles): string[] {
  const all = [...files.byName].filter(([name]) => name.endsWith('.go') && !name.endsWith('_test.go')).flatMap(([, list]) => list);
  const steps = (f: string): number => path.relative(path.dirname(file), path.dirname(f)).split(path.sep).length;
  return all
    .map((f) => ({ f, n: steps(f) }))
    .sort((a, b) => a.n - b.n)
    .slice(0, MAX_GO)
    .map(({ f }) => f);
}

/** Reads every build file from the source's folder up to the project's first. `asked`: what builds said when they were asked. */
export function findBuilds(file: string, root: string, files: ProjectFiles, asked: readonly AskedBuild[]): FoundBuilds {
  const found: BuildFlags[] = [];
  const considered: Considered[] = [];
  const nothing = (kind: BuildKind, at: string, why: string): void => void considered.push({ kind, file: at, line: 0, used: false, why });
  const read = (kind: BuildKind, at: string, ask: () => readonly (BuildFlags | null)[]): void => {
    try {
      const flags = ask().filter((b) => b !== null);
      if (flags.length === 0) nothing(kind, at, 'it says nothing about BPF that can be read');
      found.push(...flags);
    } catch (error) {
      nothing(kind, at, error instanceof Error ? error.message : String(error));
    }
  };
  for (const { tool, file: at, commands } of asked) {
    const kind = `asked-${tool}` as const;
    const { flags } = commandFlags(file, commands, { kind, file: at });
    if (flags !== null) found.push(flags);
    else if (!path.relative(root, at).startsWith('..'))
      nothing(kind, at, `none of the ${commands.length} BPF commands that ${askedWords(tool)} named is for this file`);
  }
  for (const folder of foldersUp(file, root)) {
    let names: string[];
    try {
      names = readdirSync(folder);
      for (const database of databases(folder)) {
        const { flags, why } = databaseFlags(file, database);
        if (flags === null) nothing('compile_commands', database, why);
        else found.push(flags);
      }
    } catch {
      continue;
    }
    for (const name of names) {
      const reader = READERS.find(([pattern]) => pattern.test(name));
      const at = path.join(folder, name);
      if (reader !== undefined && small(at)) read(reader[1], at, () => reader[2](file, at, root));
    }
  }
  for (const go of goFiles(file, files)) {
    if (small(go)) {
      const flags = bpf2goFlags(file, go);
      if (flags !== null) found.push(flags);
    }
  }
  const rank = (b: BuildFlags): number => (b.kind.startsWith('asked-') ? -1 : b.kind === 'compile_commands' ? 0 : b.exact ? 1 : 2);
  const useful = found.filter((b) => b.exact || b.args.length > 0).sort((a, b) => rank(a) - rank(b));
  return { builds: useful.slice(0, MAX_BUILDS), considered };
}
