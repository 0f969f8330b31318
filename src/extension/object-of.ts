// SPDX-License-Identifier: GPL-2.0-only
/** From a file of the editor to the object that is verified: read as it is, or compiled. */
import * as vscode from 'vscode';
import { MAX_OBJECT_BYTES } from '../analysis/limits';
import { compileMessage, shownDiagnostics } from '../compiler/message';
import type { FileError } from '../protocol/model';
import { basename, isBpfElf } from './files';
import type { Compiling } from './compiling';
import { settingId } from '../contributions/settings';

export type ObjectResult =
  /** `through`: the source that was compiled, for a file that is a part of it and compiles only there. */
  | { readonly kind: 'ok'; readonly object: Uint8Array; readonly through: vscode.Uri | null }
  | { readonly kind: 'failed'; readonly error: FileError }
  | { readonly kind: 'cancelled' };

function failed(kind: FileError['kind'], title: string, message: string, diagnostics: FileError['diagnostics'] = []): ObjectResult {
  return { kind: 'failed', error: { kind, title, message, details: [], diagnostics } };
}

/** Why a source file is not compiled here, null if it may be. */
export function untrusted(uri: vscode.Uri): FileError | null {
  if (vscode.workspace.isTrusted) return null;
  return {
    kind: 'untrusted',
    title: 'This workspace is not trusted',
    message: `${basename(uri)} would be compiled with clang, which runs only in a trusted workspace. Objects (.bpf.o) are analysed in any workspace.`,
    details: [],
    diagnostics: [],
  };
}

/**
 * Compiles the text of a source file as its project and the settings say. `isBpf`: it looks like a BPF program, so that an error in it is worth
 * a place.
 */
export async function compileText(
  uri: vscode.Uri,
  text: string,
  isBpf: boolean,
  signal: AbortSignal,
  compiling: Compiling,
): Promise<ObjectResult> {
  const { result, how } = await compiling.compile(uri, text, signal);
  switch (result.kind) {
    case 'ok':
      return { kind: 'ok', object: result.object, through: how?.through == null ? null : vscode.Uri.file(how.through) };
    case 'cancelled':
      return result;
    case 'missing': {
      const where = result.tried.length === 1 && /[\\/]/.test(result.tried[0]!) ? '' : ' on the PATH';
      return failed(
        'compiler-missing',
        'clang was not found',
        `${basename(uri)} is compiled with clang; looked for ${result.tried.join(', ')}${where}. Install it, or set "${settingId('clang.path')}".`,
      );
    }
    case 'failed': {
      const message = compileMessage(uri.fsPath, result, how);
      if (isBpf) return failed('compile-error', `${basename(uri)} does not compile`, message.text, shownDiagnostics(result, message));
      return failed(
        'no-programs',
        `${basename(uri)} is no BPF program`,
        `Nothing in it stands in a SEC("…"). Compiled for BPF all the same: ${message.text}`,
      );
    }
  }
}

/** Bytes that are copied at once: some milliseconds. */
const AT_ONCE = 8 << 20;

/** The bytes of a large file in memory that the worker can share, copied in pieces: handing it over would copy all of it at once. */
async function shareable(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length <= AT_ONCE) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  for (let at = 0; at < bytes.length; at += AT_ONCE) {
    shared.set(bytes.subarray(at, at + AT_ONCE), at);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return shared;
}

/** Reads an object; one that is none says what its first bytes are. */
export async function readObject(uri: vscode.Uri): Promise<ObjectResult> {
  let bytes: Uint8Array;
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > MAX_OBJECT_BYTES)
      return failed('unreadable', `${basename(uri)} is too much to read`, `it is larger than ${MAX_OBJECT_BYTES >> 20} MiB`);
    bytes = await shareable(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    return failed('unreadable', `${basename(uri)} cannot be read`, error instanceof Error ? error.message : String(error));
  }
  if (isBpfElf(bytes)) return { kind: 'ok', object: bytes, through: null };
  const what =
    bytes.length < 20
      ? `It is ${bytes.length} bytes long; an ELF header alone has 64.`
      : bytes[0] === 0x7f
        ? `Its machine is ${bytes[18]! | (bytes[19]! << 8)}, not 247 (BPF).`
        : 'It does not begin with the ELF magic 7f 45 4c 46.';
  return failed('unreadable', `${basename(uri)} is no BPF object`, what);
}
