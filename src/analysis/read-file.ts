// SPDX-License-Identifier: GPL-2.0-only
/** Reads files that somebody named: regular ones, up to a size, and says plainly what is wrong with any other. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** Largest file that is read, bytes. */
export const MAX_FILE = 64 << 20;

/** A file that cannot be read, or is not: `message` says why, without its name. */
export class UnreadableFile extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableFile';
  }
}

/** Bytes in the unit that people compare files in. */
export function sizeText(bytes: number): string {
  if (bytes < 1 << 10) return `${bytes} bytes`;
  const [unit, size] = bytes < 1 << 20 ? ['KiB', bytes / 1024] : bytes < 1 << 30 ? ['MiB', bytes / (1 << 20)] : ['GiB', bytes / (1 << 30)];
  return `${size % 1 === 0 ? size : size.toFixed(1)} ${unit}`;
}

/** A system error's code in words, null for one that has none. */
export function systemErrorText(error: unknown): string | null {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case undefined:
      return null;
    case 'ENOENT':
      return 'there is no such file';
    case 'ENOTDIR':
      return 'a part of its path is no folder';
    case 'EISDIR':
      return 'it is a folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ELOOP':
      return 'its symbolic links lead in a circle';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EFBIG':
      return 'it would be larger than a file may be here';
    case 'EDQUOT':
      return 'the quota of the disk is used up';
    case 'EROFS':
      return 'the disk is read-only';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    case 'ENXIO':
      return 'it is no regular file, but a socket or a device';
    default:
      return `${code}`;
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Reads a regular file of at most `limit` bytes. Throws {@link UnreadableFile}. Never waits for the other end of a pipe. */
export function readRegularFile(file: string | Buffer, limit = MAX_FILE): Buffer {
  let fd: number | null = null;
  try {
    fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new UnreadableFile(`it is ${kindOf(stats)}, not a regular file`);
    const tooLarge = (size: string): UnreadableFile =>
      new UnreadableFile(`it is larger than ${sizeText(limit)}${size === '' ? '' : ` (${size})`}, which is the most that is read`);
    if (stats.size > limit) throw tooLarge(sizeText(stats.size));
    // files of /proc and /sys say 0, and a file may grow
    const chunks: Buffer[] = [];
    let size = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.max(1 << 16, Math.min(stats.size - size + 1, limit)));
      const n = readSync(fd, chunk, 0, chunk.length, null);
      if (n === 0) return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      size += n;
      if (size > limit) throw tooLarge('');
      chunks.push(chunk.subarray(0, n));
    }
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    const text = systemErrorText(error);
    if (text === null) throw error;
    throw new UnreadableFile(text);
  } finally {
    if (fd !== null) closeSync(fd);
  }
}
