// SPDX-License-Identifier: GPL-2.0-only
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { CompilerDiagnostic } from '../protocol/model';
import { parseClangOutput, splitHeaderList, STDIN } from './diagnostics';
import { type GuestResult, runGuest } from './guest';
import { languageOf } from './language';

/** Names tried on the PATH, best first. */
const NAMES = ['clang', 'clang-21', 'clang-20', 'clang-19', 'clang-18', 'clang-17', 'clang-16', 'clang-15', 'clang-14'];
/** Bytes of the largest object that is taken. */
const MAX_OBJECT = 64 << 20;
/** Bytes of clang's messages that are read. */
const MAX_MESSAGES = 1 << 20;

export interface CompileRequest {
  /** clang's path, or '' to look on the PATH. */
  readonly clang: string;
  /** Absolute path of the source file; its name says the language. Names in messages and line records. */
  readonly file: string;
  /** Contents, possibly not saved. */
  readonly text: string;
  /** Further arguments, as given by the user. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Arguments that let the compiler read one file where another is included: it takes them apart at the `;`. */
export function insteadOf(file: string, other: string): string[] {
  return ['-Xclang', '-remap-file', '-Xclang', `${file};${other}`];
}

export type CompileResult =
  /** `headers` are the files that were included, each once, if the arguments had `-H`. */
  | {
      readonly kind: 'ok';
      readonly object: Uint8Array;
      readonly diagnostics: readonly CompilerDiagnostic[];
      readonly headers: readonly string[];
    }
  | { readonly kind: 'missing'; readonly tried: readonly string[] }
  /** `output` is what the compiler said, `reason` one line that is never empty. */
  | { readonly kind: 'failed'; readonly diagnostics: readonly CompilerDiagnostic[]; readonly output: string; readonly reason: string }
  | { readonly kind: 'cancelled' };

async function executable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first program of these names on the PATH; null if there is none. */
export async function findOnPath(names: readonly string[], pathVariable = process.env['PATH'] ?? ''): Promise<string | null> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const name of names) {
    for (const dir of pathVariable.split(path.delimiter)) {
      if (dir === '') continue;
      const file = path.join(dir, name + suffix);
      if (await executable(file)) return file;
    }
  }
  return null;
}

/** Finds clang: the given path or name, else the usual names on the PATH. Null if there is none. */
export async function findClang(given: string, pathVariable?: string): Promise<string | null> {
  if (given !== '' && path.isAbsolute(given)) return (await executable(given)) ? given : null;
  return findOnPath(given === '' ? NAMES : [given], pathVariable);
}

/**
 * Arguments that every compilation gets. Debug information is what BTF is made from: it names the file, and its source lines are those of
 * the text at hand since the source is embedded (LLVM's `BTFDebug::populateFileContent`); else LLVM would read what is on disk.
 * Structs of a kernel that is built with `-fms-extensions` may have members without a name, so programs are built with it too. Assembly
 * goes through the preprocessor whatever its name, so that `#define` can name helpers; its lines are found in DWARF.
 */
export function clangArguments(file: string, extra: readonly string[]): string[] {
  const debug = ['-g', '-gdwarf-5', `-fdebug-prefix-map=${STDIN}=${file}`];
  const c = ['-gembed-source', '-O2', '-Wno-unknown-attributes', '-fms-extensions', '-Wno-microsoft'];
  const isC = languageOf(file) === 'c';
  return [
    ...debug,
    ...(isC ? c : []),
    '-target',
    'bpf',
    '-mcpu=v3',
    '-D__TARGET_ARCH_x86',
    '-I',
    path.dirname(file),
    ...extra,
    '-fno-color-diagnostics',
    '-x',
    isC ? 'c' : 'assembler-with-cpp',
    '-c',
    '-o',
    '-',
    '-',
  ];
}

/** Why clang made no object, in one line that is never empty, before its own messages. */
function whyNot(result: Exclude<GuestResult, { kind: 'cancelled' }>, request: CompileRequest): string {
  switch (result.kind) {
    case 'not-started':
      return `clang could not be started: ${result.reason}`;
    case 'timeout':
      return `clang did not finish within ${request.timeoutMs / 1000} s`;
    case 'too-much':
      return `the object is larger than ${MAX_OBJECT >> 20} MiB`;
    case 'ended': {
      const said = result.messages.trim() === '' ? ' and said nothing' : '';
      if (result.signal !== null) return `clang was ended by signal ${result.signal}${said}`;
      return result.code === 0
        ? `clang exited with status 0 but wrote no object`
        : `clang exited with status ${result.code ?? 'unknown'}${said}`;
    }
  }
}

/**
 * Compiles one source file for BPF, without a shell; the source goes in and the object comes out through pipes. Limit and cancel end the
 * compiler with everything that it started.
 */
export async function compile(request: CompileRequest): Promise<CompileResult> {
  const clang = await findClang(request.clang);
  if (clang === null) return { kind: 'missing', tried: request.clang === '' ? NAMES : [request.clang] };
  const result = await runGuest({
    command: clang,
    args: clangArguments(request.file, request.args),
    cwd: path.dirname(request.file),
    input: request.text,
    timeoutMs: request.timeoutMs,
    maxOutput: MAX_OBJECT,
    maxMessages: MAX_MESSAGES,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  if (result.kind === 'cancelled') return result;
  const messages = result.kind === 'ended' || result.kind === 'timeout' ? result.messages : '';
  const diagnostics = parseClangOutput(messages, request.file);
  const { headers, rest } = splitHeaderList(messages);
  if (result.kind === 'ended' && result.code === 0 && result.output.length > 0)
    return { kind: 'ok', object: result.output, diagnostics, headers };
  return { kind: 'failed', diagnostics, output: rest, reason: whyNot(result, request) };
}
