// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { CompilerDiagnostic } from '../protocol/model';
import { parseClangOutput, STDIN } from './diagnostics';
import { languageOf } from './language';

/** Names tried on the PATH, best first. */
const NAMES = ['clang', 'clang-21', 'clang-20', 'clang-19', 'clang-18', 'clang-17', 'clang-16', 'clang-15', 'clang-14'];
const MAX_OBJECT = 64 << 20;
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

export type CompileResult =
  | { readonly kind: 'ok'; readonly object: Uint8Array; readonly diagnostics: readonly CompilerDiagnostic[] }
  | { readonly kind: 'missing'; readonly tried: readonly string[] }
  | { readonly kind: 'failed'; readonly diagnostics: readonly CompilerDiagnostic[]; readonly output: string }
  | { readonly kind: 'cancelled' };

async function executable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Finds clang: the given path or name, else the usual names on the PATH. Null if there is none. */
export async function findClang(given: string, pathVariable = process.env['PATH'] ?? ''): Promise<string | null> {
  if (given !== '' && path.isAbsolute(given)) return (await executable(given)) ? given : null;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const name of given === '' ? NAMES : [given]) {
    for (const dir of pathVariable.split(path.delimiter)) {
      if (dir === '') continue;
      const file = path.join(dir, name + suffix);
      if (await executable(file)) return file;
    }
  }
  return null;
}

/**
 * Arguments that every compilation gets. Debug information is what BTF is made from: it names the file, and its source lines are those of
 * the text at hand since the source is embedded (LLVM's `BTFDebug::populateFileContent`); else LLVM would read what is on disk. Assembly
 * goes through the preprocessor whatever its name, so that `#define` can name helpers; its lines are found in DWARF.
 */
export function clangArguments(file: string, extra: readonly string[]): string[] {
  const debug = ['-g', '-gdwarf-5', `-fdebug-prefix-map=${STDIN}=${file}`];
  const c = ['-gembed-source', '-O2', '-Wno-unknown-attributes'];
  const isC = languageOf(file) === 'c';
  return [...debug, ...(isC ? c : []), '-target', 'bpf', '-mcpu=v3', '-D__TARGET_ARCH_x86', '-I', path.dirname(file), ...extra, '-fno-color-diagnostics', '-x', isC ? 'c' : 'assembler-with-cpp', '-c', '-o', '-', '-'];
}

/** Compiles one source file for BPF, without a shell; the source goes in and the object comes out through pipes. */
export async function compile(request: CompileRequest): Promise<CompileResult> {
  const clang = await findClang(request.clang);
  if (clang === null) return { kind: 'missing', tried: request.clang === '' ? NAMES : [request.clang] };
  return new Promise((resolve) => {
    const child = spawn(clang, clangArguments(request.file, request.args), {
      cwd: path.dirname(request.file),
      stdio: ['pipe', 'pipe', 'pipe'],
      shell: false,
      windowsHide: true,
    });
    const object: Buffer[] = [];
    let size = 0;
    let messages = '';
    let ended: CompileResult | null = null;
    const stop = (result: CompileResult): void => {
      ended ??= result;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(
      () => stop({ kind: 'failed', diagnostics: [], output: `clang did not finish within ${Math.round(request.timeoutMs / 1000)} s` }),
      request.timeoutMs,
    );
    const onAbort = (): void => stop({ kind: 'cancelled' });
    request.signal?.addEventListener('abort', onAbort, { once: true });
    if (request.signal?.aborted === true) onAbort();
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OBJECT) stop({ kind: 'failed', diagnostics: [], output: `the object is larger than ${MAX_OBJECT >> 20} MiB` });
      else object.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (messages.length < MAX_MESSAGES) messages += chunk.toString('utf8');
    });
    const finish = (result: CompileResult): void => {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', onAbort);
      resolve(ended ?? result);
    };
    child.on('error', (error) => finish({ kind: 'failed', diagnostics: [], output: error.message }));
    child.on('close', (code) => {
      const diagnostics = parseClangOutput(messages, request.file);
      finish(code === 0 ? { kind: 'ok', object: Buffer.concat(object), diagnostics } : { kind: 'failed', diagnostics, output: messages });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(request.text);
  });
}
