// SPDX-License-Identifier: GPL-2.0-only
/** From a file of the editor to the object that is verified: read as it is, or compiled. */
import * as vscode from 'vscode';
import { MAX_OBJECT_BYTES } from '../analysis/limits';
import { contentOf, type FileContent, isBpfElf, type ObjectForm, whatElse } from '../analysis/wrapped';
import { compileMessage, shownDiagnostics } from '../compiler/message';
import type { FileError } from '../protocol/model';
import { basename } from './files';
import type { Compiling } from './compiling';
import { settingId } from '../contributions/settings';

/** Where an object that was not compiled here comes from. */
export interface ObjectOrigin {
  /** What it was taken out of, in words; null for nothing. */
  readonly wrapping: string | null;
  /** Its name in an archive, '' for a file of its own; and all objects of that archive. */
  readonly member: string;
  readonly members: readonly string[];
  /** What it was: LLVM's code is made an object by clang. */
  readonly form: ObjectForm;
  readonly bigEndian: boolean;
  /** What else the file holds or cannot be read of it, in words. */
  readonly left: readonly string[];
}

export type ObjectResult =
  /** `through`: the source that was compiled, for a file that is a part of it and compiles only there. */
  | { readonly kind: 'ok'; readonly object: Uint8Array; readonly through: vscode.Uri | null; readonly origin: ObjectOrigin | null }
  /** `origin`: of an archive, so that another member can be chosen. */
  | { readonly kind: 'failed'; readonly error: FileError; readonly origin?: ObjectOrigin }
  | { readonly kind: 'cancelled' };

function failed(
  kind: FileError['kind'],
  title: string,
  message: string,
  diagnostics: FileError['diagnostics'] = [],
): ObjectResult & { kind: 'failed' } {
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
      return { kind: 'ok', object: result.object, through: how?.through == null ? null : vscode.Uri.file(how.through), origin: null };
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

/** The bytes of a file. */
async function bytesOf(uri: vscode.Uri): Promise<Uint8Array | ObjectResult> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > MAX_OBJECT_BYTES)
      return failed('unreadable', `${basename(uri)} is too much to read`, `it is larger than ${MAX_OBJECT_BYTES >> 20} MiB`);
    return await shareable(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    return failed('unreadable', `${basename(uri)} cannot be read`, error instanceof Error ? error.message : String(error));
  }
}

/** Reads an object, whatever it is in; one that is none says what its first bytes are. `wanted`: a member of an archive, '' for its first. */
export async function readObject(uri: vscode.Uri, wanted: string, signal: AbortSignal, compiling: Compiling): Promise<ObjectResult> {
  const bytes = await bytesOf(uri);
  if ('kind' in bytes) return bytes;
  let content: FileContent;
  try {
    content = contentOf(bytes);
  } catch (error) {
    return failed('unreadable', `${basename(uri)} cannot be opened`, error instanceof Error ? error.message : String(error));
  }
  const { objects, wrapping, left } = content;
  const chosen = objects.find(({ member }) => member === wanted) ?? objects[0]!;
  const { member, form } = chosen;
  const origin = { wrapping, left, member, members: objects.map((o) => o.member), form, bigEndian: false };
  if (form === 'object') {
    if (isBpfElf(chosen.bytes))
      return { kind: 'ok', object: chosen.bytes, through: null, origin: { ...origin, bigEndian: chosen.bytes[5] === 2 } };
    return failed('unreadable', `${basename(uri)} is no BPF object`, capital(whatElse(chosen.bytes)));
  }
  const error = untrusted(uri);
  if (error !== null) return { kind: 'failed', error, origin };
  const made = await compiling.compileIr(uri, chosen.bytes, signal);
  switch (made.kind) {
    case 'ok':
      return { kind: 'ok', object: made.object, through: null, origin: { ...origin, bigEndian: made.object[5] === 2 } };
    case 'cancelled':
      return made;
    case 'missing':
      return failed(
        'compiler-missing',
        'clang was not found',
        `${basename(uri)} is LLVM code, which clang makes an object of. Install it, or set "${settingId('clang.path')}".`,
      );
    case 'failed':
      return { ...failed('unreadable', `No object can be made of ${member === '' ? basename(uri) : member}`, made.reason), origin };
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
