// SPDX-License-Identifier: GPL-2.0-only
/** What the command line names, read: objects, sources to compile, policies, overlays. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { checkBtf, kernelFolder } from '../analysis/kernel-folder';
import { readRegularFile } from '../analysis/read-file';
import { contentOf, isArchive } from '../analysis/wrapped';
import type { LoadChoices } from '../analysis/load-file';
import type { ObjectPart, OverlayText, SourceText } from '../analysis/requests';
import type { FileError } from '../protocol/model';
import { oneLine } from '../protocol/escape';
import { type CommonOptions, InputTrouble } from './options';

/** A policy or overlay file may be as large, bytes. */
const MAX_RULES = 1 << 20;

/** A file as the user named it. */
export interface InputFile {
  /** As given; bytes that are no UTF-8 as `\xff`. */
  readonly shown: string;
  /** What the system is asked for. */
  readonly path: string | Buffer;
  /** What it is in an archive; absent for a file itself. */
  readonly in?: { readonly archive: string; readonly member: string };
}

/** An object's bytes, and the source that they were compiled from, if any. */
export interface ObjectInput {
  readonly bytes: Uint8Array;
  readonly source: SourceText | null;
}

/** A program: an object, the parts that are linked behind it, and what is decided for it. */
export interface ProgramInput extends ObjectInput {
  readonly parts: readonly ObjectPart[];
  readonly choices: LoadChoices;
}

/** Arguments as bytes, by what Node made of them; only those that are no UTF-8. */
function rawArguments(): Map<string, Buffer[]> {
  const found = new Map<string, Buffer[]>();
  let line: Buffer;
  try {
    line = readFileSync('/proc/self/cmdline');
  } catch {
    return found;
  }
  for (let at = 0; at < line.length;) {
    const end = line.indexOf(0, at);
    const raw = line.subarray(at, end < 0 ? line.length : end);
    at += raw.length + 1;
    const text = raw.toString('utf8');
    if (text.includes('\ufffd') && !Buffer.from(text).equals(raw)) found.set(text, [...(found.get(text) ?? []), raw]);
  }
  return found;
}

function bytesShown(raw: Buffer): string {
  const text = raw.toString('utf8');
  if (Buffer.from(text).equals(raw)) return text;
  return [...raw].map((b) => (b < 0x80 ? String.fromCharCode(b) : `\\x${b.toString(16)}`)).join('');
}

/** The files of the command line. Node cannot hand over a name that is no UTF-8; on Linux its bytes are looked up. */
export function inputFiles(names: readonly string[]): InputFile[] {
  if (!names.some((n) => n.includes('\ufffd'))) return names.map((n) => ({ shown: n, path: n }));
  const raw = rawArguments();
  return names.map((name) => {
    const bytes = raw.get(name)?.shift();
    return bytes === undefined ? { shown: name, path: name } : { shown: bytesShown(bytes), path: bytes };
  });
}

/** Whether a file begins as an archive does; one that cannot be read is told of later. */
function beginsAsArchive(path: InputFile['path']): boolean {
  let fd: number;
  try {
    if (!statSync(path).isFile()) return false;
    fd = openSync(path, 'r');
  } catch {
    return false;
  }
  try {
    const head = new Uint8Array(8);
    return readSync(fd, head, 0, head.length, 0) === head.length && isArchive(head);
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}

/** The objects of an archive, each as a file of its own; any other file, and one that cannot be read, as it is. */
export function withMembers(file: InputFile): InputFile[] {
  if (!beginsAsArchive(file.path)) return [file];
  try {
    const { objects } = contentOf(readRegularFile(file.path));
    return objects.map(({ member }) => ({ shown: `${file.shown}(${member})`, path: file.path, in: { archive: file.shown, member } }));
  } catch {
    return [file];
  }
}

/** The error of a file that cannot be read. */
export function unreadable(shown: string, message: string): { readonly error: FileError } {
  return { error: { kind: 'unreadable', title: `${shown} cannot be read`, message, details: [], diagnostics: [] } };
}

/** Reads a policy or overlay that an option names. Throws {@link InputTrouble}. */
export function readRules(option: string, name: string): OverlayText {
  try {
    return { name, json: new TextDecoder().decode(readRegularFile(name, MAX_RULES)) };
  } catch (error) {
    throw new InputTrouble(`--${option} ${oneLine(name)}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Folder of the kernel that `--kernel` names, once it and `--kernel-btf` are there. Throws {@link InputTrouble}. */
export function kernelOf(root: string, { kernel, kernelBtf }: Pick<CommonOptions, 'kernel' | 'kernelBtf'>): string {
  const trouble = (option: string, name: string, error: unknown): InputTrouble =>
    new InputTrouble(`--${option} ${oneLine(name)}: ${oneLine(error instanceof Error ? error.message : String(error))}`);
  let folder: string;
  try {
    folder = kernelFolder(root, kernel);
  } catch (error) {
    throw trouble('kernel', kernel, error);
  }
  try {
    checkBtf(kernelBtf);
  } catch (error) {
    throw trouble('kernel-btf', kernelBtf, error);
  }
  return folder;
}
