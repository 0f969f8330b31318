// SPDX-License-Identifier: GPL-2.0-only
/** How a file is compiled, for people: what was looked at, what was chosen, which headers were used, what is missing. */
import path from 'node:path';
import { HEADER_FOLDERS } from '../headers/folders';
import { TEMPLATES } from './header-store';
import type { MissingHeader } from './repair';
import type { BuildChoice } from './remembered';
import { type BuildFlags, type BuildKind, foundFolders, type Setup, type Surroundings } from './setup';

/** One place where arguments were looked for. */
export interface Considered {
  readonly kind: BuildKind;
  readonly file: string;
  readonly line: number;
  readonly used: boolean;
  /** Why it is not used, '' if it is. */
  readonly why: string;
}

/** What a header that nothing has is, as far as its name and the project say. */
export interface MissingAdvice extends MissingHeader {
  /** File of the build that names it, and its line, if one does. */
  readonly madeBy: { readonly file: string; readonly line: number; readonly target: string } | null;
}

export interface HowCompiled {
  readonly clang: string;
  /** All arguments, as they were given. */
  readonly args: readonly string[];
  readonly root: string;
  readonly setup: Setup;
  readonly around: Surroundings;
  readonly considered: readonly Considered[];
  /** Number of times that the compiler was asked. */
  readonly tries: number;
  /** Files that were included; empty if it did not compile. */
  readonly headers: readonly string[];
  readonly missing: MissingAdvice | null;
  /** Sources that include this file: it may be no program by itself. */
  readonly partOf: readonly string[];
  /** The source that was compiled in its place, since this file is a part of it and compiles only there; null for the file itself. */
  readonly through: string | null;
  /** What was chosen for the file, null if it was found. */
  readonly choice: BuildChoice | null;
  /** Whether what was chosen is not there any more. */
  readonly choiceGone: boolean;
}

/** Supplied headers that were used, by their name in the folder of all of them. */
export function suppliedUsed(how: HowCompiled): string[] {
  const top = how.around.supplied.folder + path.sep;
  return how.headers.filter((h) => h.startsWith(top)).map((h) => h.slice(top.length));
}

/** The `vmlinux.h` that was used; null if none was. */
export function vmlinuxUsed(how: HowCompiled): { readonly file: string; readonly supplied: boolean } | null {
  const file = how.headers.find((h) => /(^|[\\/])vmlinux(_?\d+)?\.h$/.test(h));
  return file === undefined ? null : { file, supplied: file.startsWith(how.around.supplied.folder + path.sep) };
}

const KIND_WORDS: Readonly<Record<BuildKind, string>> = {
  typed: 'Arguments given by hand',
  'asked-make': 'make -n',
  'asked-ninja': 'ninja -t compdb',
  compile_commands: 'compile_commands.json',
  make: 'Makefile',
  meson: 'Meson',
  cmake: 'CMake',
  cargo: 'Cargo',
  bpf2go: 'bpf2go',
  clangd: '.clangd',
  compile_flags: 'compile_flags.txt',
};

export function kindWords(kind: BuildKind): string {
  return KIND_WORDS[kind];
}

/** `bpf/Makefile:32`, from the project's first folder. */
export function placeWords(how: Pick<HowCompiled, 'root'>, place: { readonly file: string; readonly line: number }): string {
  const relative = path.relative(how.root, place.file);
  return `${relative.startsWith('..') ? place.file : relative}${place.line > 0 ? `:${place.line}` : ''}`;
}

/** A way to compile, by where it comes from. */
export function buildWords(how: Pick<HowCompiled, 'root'>, build: BuildFlags): string {
  if (build.kind === 'typed') return 'arguments given by hand';
  const asked = build.kind === 'asked-make' || build.kind === 'asked-ninja' ? `, as ${kindWords(build.kind)} says` : '';
  return `${placeWords(how, build)}${asked}${build.exact ? '' : ' (of another BPF source)'}`;
}

/** One sentence: where the arguments come from. */
export function sourceWords(how: HowCompiled): string {
  const { build } = how.setup;
  if (how.through !== null)
    return `${sourceWords({ ...how, through: null })}, as a part of ${placeWords(how, { file: how.through, line: 0 })}`;
  const found = foundFolders(how.setup).length === 0 ? 'our own arguments' : 'our own arguments and folders of this project';
  const words = build === null ? found : buildWords(how, build);
  if (how.choiceGone) return `${words}; what was chosen is not there any more`;
  return how.choice === null || build?.kind === 'typed' ? words : `${words}, as chosen`;
}

/** One sentence: which headers are ours. */
export function suppliedWords(how: HowCompiled): string {
  const used = suppliedUsed(how);
  const vmlinux = vmlinuxUsed(how);
  const groups = HEADER_FOLDERS.filter((f) => f !== 'vmlinux' && used.some((u) => u.startsWith(`${f}${path.sep}`)));
  const words = { vmlinux: '', libbpf: 'libbpf’s interface', uapi: 'the kernel’s interface', libc: 'the C library’s' };
  const store = path.dirname(path.dirname(how.around.supplied.folder));
  const filled = how.headers.filter((h) => h.startsWith(path.join(store, TEMPLATES) + path.sep)).map((h) => path.basename(h));
  const templates = filled.length === 0 ? '' : `${filled.join(', ')} of the project’s template with 0 for what the build would fill in`;
  const parts = [
    templates,
    how.setup.zero.length === 0 ? '' : `${how.setup.zero.join(', ')} taken as 0, which only the build knows`,
    how.setup.kernel ? 'all types of the kernel in place of its own headers' : '',
    vmlinux?.supplied === true ? `vmlinux.h of ${how.around.supplied.version}` : '',
    ...groups.map((g) => words[g]),
  ].filter((s) => s !== '');
  return parts.length === 0 ? 'all headers are of the project and this machine' : `supplied: ${parts.join(', ')}`;
}

/** What settings can keep of what the search found: `clang.args`, and whether the kernel's types stand in for its headers. */
export interface Keepable {
  readonly folders: readonly (readonly [option: '-iquote' | '-I', folder: string])[];
  readonly macros: readonly string[];
  readonly kernelHeaders: boolean;
}

export function keepable({ setup, around }: Pick<HowCompiled, 'setup' | 'around'>): Keepable {
  const store = path.dirname(path.dirname(around.supplied.folder)) + path.sep;
  return {
    // what lies in our own store is found again
    folders: foundFolders(setup).filter(([, folder]) => !folder.startsWith(store)),
    macros: [...setup.extra.filter((e) => !e.includes(store)), ...setup.zero.map((name) => `-D${name}=0`)],
    kernelHeaders: setup.kernel,
  };
}

/** Folder as an argument would name it, from the project's first folder. */
export function folderWords(how: Pick<HowCompiled, 'root'>, folder: string): string {
  const relative = path.relative(how.root, folder);
  return relative === '' ? '.' : relative.startsWith('..') ? folder : relative;
}

/** The first candidates of a build that were not used, with the reason. */
export function consideredOf(
  all: readonly BuildFlags[],
  used: BuildFlags | null,
  others: readonly Considered[],
  chosen: boolean,
): Considered[] {
  // what a whole Makefile says is no place of its own beside a rule in it
  const places = all.filter((b) => b === used || b.line > 0 || !all.some((o) => o.exact && o.kind === b.kind && o.file === b.file));
  const own = places.map((b): Considered => ({
    kind: b.kind,
    file: b.file,
    line: b.line,
    used: b === used,
    why:
      b === used
        ? ''
        : chosen
          ? 'another way was chosen'
          : used === null
            ? 'did not compile with it'
            : b.exact
              ? 'another place comes first'
              : 'no rule for this file',
  }));
  return [...own, ...others];
}
