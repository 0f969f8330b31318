// SPDX-License-Identifier: GPL-2.0-only
/** What a source file is compiled with, as a value that a search can change, and the compiler's arguments that it stands for. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { KERNEL } from '../headers/folders';
import type { SuppliedHeaders } from './header-store';

/** Where a file's arguments were found. */
export type BuildKind =
  | 'typed'
  | 'asked-make'
  | 'asked-ninja'
  | 'compile_commands'
  | 'make'
  | 'meson'
  | 'cmake'
  | 'cargo'
  | 'bpf2go'
  | 'clangd'
  | 'compile_flags';

/** Arguments that the project itself compiles a file with. */
export interface BuildFlags {
  readonly kind: BuildKind;
  /** File that they were read from, and the line, 1-based; 0 if the whole file says it. */
  readonly file: string;
  readonly line: number;
  readonly args: readonly string[];
  /** True if they are of a rule for this very file, false if they are of another BPF source near it. */
  readonly exact: boolean;
}

/** One way to compile a file. Everything in it is tried before it is kept. */
export interface Setup {
  /** What the build says, null to do without. */
  readonly build: BuildFlags | null;
  /** Folders that the search found headers in, in the order of search. */
  readonly folders: readonly string[];
  /** Folders that the search found for includes in quotes: they shadow nothing that is included in angle brackets. */
  readonly quoted: readonly string[];
  /** Macros and files included first that the search found to be missing. */
  readonly extra: readonly string[];
  /** Macros whose value only the build knows, taken as 0. */
  readonly zero: readonly string[];
  /** Folder of the project's `vmlinux.h`, null for the supplied one. */
  readonly vmlinux: string | null;
  /** The supplied headers of the kernel's interface before this machine's: where the program needs newer ones than the system has. */
  readonly newest: boolean;
  /** All types of `vmlinux.h` first, and nothing of this machine's kernel headers: for a program that wants the kernel's own headers. */
  readonly kernel: boolean;
  /**
   * Names that the program defines itself and `vmlinux.h` too: `file`, which is included first, gives those of `vmlinux.h` another name, with
   * a suffix that CO-RE does not see. Null if there are none.
   */
  readonly own: { readonly names: readonly string[]; readonly file: string } | null;
}

/** Nothing found yet. */
export const EMPTY: Setup = {
  build: null,
  folders: [],
  quoted: [],
  extra: [],
  zero: [],
  vmlinux: null,
  newest: false,
  kernel: false,
  own: null,
};

/** What does not change from one try to the next. */
export interface Surroundings {
  /** Folders that this machine's compiler searches for a program of its own, in its order. */
  readonly host: readonly string[];
  readonly supplied: SuppliedHeaders;
  /** Arguments of the settings; they come last and so win. */
  readonly settings: readonly string[];
}

/** A folder that has headers of a kernel; beside all types of another they only clash. */
function hasKernelHeaders(folder: string): boolean {
  return ['linux/types.h', 'linux/bpf.h', 'linux/kernel.h', 'asm/ptrace.h'].some((h) => existsSync(path.join(folder, h)));
}

/** Arguments without the folders that are not to be searched. */
function withoutFolders(args: readonly string[], drop: (folder: string) => boolean): string[] {
  const out: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (/^-(I|isystem|iquote|idirafter)$/.test(args[i]!) && drop(args[i + 1] ?? '')) i++;
    else out.push(args[i]!);
  }
  return out;
}

/** Arguments of a setup. The program's own come first, the supplied headers last. */
export function setupArguments(setup: Setup, around: Surroundings): string[] {
  const own = (name: string): string => path.join(around.supplied.folder, name);
  // a folder that stands twice is searched only where it stands as a folder of the system, which is last
  const after = (folder: string): string[] => (setup.folders.includes(folder) ? [] : ['-idirafter', folder]);
  // the compiler's own folders of the system come before every -idirafter
  const first = (folder: string): string[] => ['-isystem', folder];
  const host = around.host.flatMap(after);
  const drop = (folder: string): boolean => setup.kernel && !folder.startsWith(around.supplied.folder) && hasKernelHeaders(folder);
  const folders = setup.folders.filter((f) => !drop(f));
  const [ours, theirs] = [true, false].map((supplied) =>
    folders.filter((f) => f.startsWith(around.supplied.folder + path.sep) === supplied).flatMap((f) => ['-I', f]),
  );
  return [
    ...(setup.own === null ? [] : ['-include', setup.own.file]),
    ...(setup.kernel ? ['-include', own(KERNEL)] : []),
    // a supplied folder is there because what the build names has another header of the name
    ...ours!,
    ...withoutFolders(setup.build?.args ?? [], drop),
    ...setup.quoted.flatMap((f) => ['-iquote', f]),
    ...theirs!,
    ...setup.extra,
    ...setup.zero.map((name) => `-D${name}=0`),
    ...around.settings,
    ...(setup.vmlinux === null ? [] : after(setup.vmlinux)),
    ...(setup.newest || setup.kernel ? first(own('uapi')) : []),
    ...(setup.kernel ? first(own('libc')) : []),
    ...host,
    ...after(own('vmlinux')),
    ...after(own('libbpf')),
    ...after(own('libbpf/bpf')),
    ...(setup.newest || setup.kernel ? [] : after(own('uapi'))),
    ...(setup.kernel ? [] : after(own('libc'))),
  ];
}

/** Folders that the search found, each with the option that names it to the compiler. */
export function foundFolders(setup: Setup): [option: '-iquote' | '-I', folder: string][] {
  return [...setup.quoted.map((f): ['-iquote', string] => ['-iquote', f]), ...setup.folders.map((f): ['-I', string] => ['-I', f])];
}

/** Text that two equal setups share. */
export function setupKey(setup: Setup): string {
  return JSON.stringify([
    setup.build === null ? null : [setup.build.file, setup.build.line],
    setup.folders,
    setup.quoted,
    setup.extra,
    setup.zero,
    setup.vmlinux,
    setup.newest,
    setup.kernel,
    setup.own?.names ?? [],
  ]);
}
