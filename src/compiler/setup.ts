// SPDX-License-Identifier: GPL-2.0-only
/** What a source file is compiled with, as a value that a search can change, and the compiler's arguments that it stands for. */
import path from 'node:path';
import type { SuppliedHeaders } from './header-store';

/** Where a file's arguments were found. */
export type BuildKind = 'compile_commands' | 'make' | 'meson' | 'cmake' | 'cargo' | 'bpf2go' | 'clangd' | 'compile_flags';

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
  /** Macros and files included first that the search found to be missing. */
  readonly extra: readonly string[];
  /** Folder of the project's `vmlinux.h`, null for the supplied one. */
  readonly vmlinux: string | null;
  /** The supplied headers of the kernel's interface before this machine's: where the program needs newer ones than the system has. */
  readonly newest: boolean;
}

/** Nothing found yet. */
export const EMPTY: Setup = { build: null, folders: [], extra: [], vmlinux: null, newest: false };

/** What does not change from one try to the next. */
export interface Surroundings {
  /** Folders that this machine's compiler searches for a program of its own, in its order. */
  readonly host: readonly string[];
  readonly supplied: SuppliedHeaders;
  /** Arguments of the settings; they come last and so win. */
  readonly settings: readonly string[];
}

const after = (folder: string): string[] => ['-idirafter', folder];

/** Arguments of a setup. The program's own come first, the supplied headers last. */
export function setupArguments(setup: Setup, around: Surroundings): string[] {
  const own = (name: string): string => path.join(around.supplied.folder, name);
  const host = around.host.flatMap(after);
  const kernel = after(own('uapi'));
  const [ours, theirs] = [true, false].map((supplied) =>
    setup.folders.filter((f) => f.startsWith(around.supplied.folder + path.sep) === supplied).flatMap((f) => ['-I', f]),
  );
  return [
    // a supplied folder is there because what the build names has another header of the name
    ...ours!,
    ...(setup.build?.args ?? []),
    ...theirs!,
    ...setup.extra,
    ...around.settings,
    ...(setup.vmlinux === null ? [] : after(setup.vmlinux)),
    ...(setup.newest ? [...kernel, ...host] : host),
    ...after(own('vmlinux')),
    ...after(own('libbpf')),
    ...after(own('libbpf/bpf')),
    ...(setup.newest ? [] : kernel),
    ...after(own('libc')),
  ];
}

/** Text that two equal setups share. */
export function setupKey(setup: Setup): string {
  return JSON.stringify([
    setup.build === null ? null : [setup.build.file, setup.build.line],
    setup.folders,
    setup.extra,
    setup.vmlinux,
    setup.newest,
  ]);
}
