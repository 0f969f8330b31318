// SPDX-License-Identifier: GPL-2.0-only
/** Files that the command line writes, one a program: names that every system takes, and never one twice in a run. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WrittenLog } from '../analysis/log-file';
import { systemErrorText } from '../analysis/read-file';
import { oneLine } from '../protocol/escape';
import { InputTrouble } from './options';

/** Longest part of a name that comes from an object or a program, characters; file systems take 255 bytes in all. */
const MAX_PART = 80;

function part(text: string): string {
  const safe = text.replace(/[^\w.+-]/g, '_');
  if (safe.length <= MAX_PART) return safe;
  return `${safe.slice(0, MAX_PART - 9)}~${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** Why a system call failed, in words. */
function why(error: unknown): string {
  return systemErrorText(error) ?? (error instanceof Error ? error.message : String(error));
}

/** Makes a folder and those above it. Node's own recursion never ends where the system says that what is there is not there (`/proc`). */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = path.dirname(at)) missing.unshift(at);
  for (const at of missing) mkdirSync(at);
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
}

export class OutputFolder {
  private readonly used = new Set<string>();

  /** Makes the folder if need be. Throws {@link InputTrouble} when it cannot be written to. */
  constructor(
    option: string,
    readonly folder: string,
  ) {
    try {
      makeFolder(path.resolve(folder));
      accessSync(folder, constants.W_OK);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new InputTrouble(
        `--${option} ${oneLine(folder)}: ${code === 'EEXIST' || code === 'ENOTDIR' ? 'there is a file of that name, or on the way to it' : why(error)}`,
      );
    }
  }

  /** Writes `OBJECT.PROGRAM.EXTENSION`, with a number where this run has written one of that name. Returns why it could not, null if it did. */
  write(object: string, program: string, extension: string, content: Uint8Array): string | null {
    const file = this.nameOf(object, program, extension);
    try {
      writeFileSync(file, content);
      return null;
    } catch (error) {
      // half of it would pass for the whole
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') rmSync(file, { force: true });
      return unwritten(file, why(error));
    }
  }

  /** Gives a log that is in the folder already the name that {@link write} would. Returns why there is none, null if there is. */
  adopt(object: string, program: string, extension: string, log: WrittenLog): string | null {
    const file = this.nameOf(object, program, extension);
    if (log.problem !== null) return unwritten(file, log.problem);
    try {
      renameSync(log.file, file);
      return null;
    } catch (error) {
      rmSync(log.file, { force: true });
      return unwritten(file, why(error));
    }
  }

  private nameOf(object: string, program: string, extension: string): string {
    const base = `${part(object)}.${part(program)}`;
    let name = `${base}.${extension}`;
    for (let n = 2; this.used.has(name.toLowerCase()); n++) name = `${base}-${n}.${extension}`;
    this.used.add(name.toLowerCase());
    return path.join(this.folder, name);
  }
}

function unwritten(file: string, reason: string): string {
  return `${oneLine(file)} cannot be written: ${reason}`;
}
