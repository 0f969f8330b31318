// SPDX-License-Identifier: GPL-2.0-only
/**
 * A file that is read piece by piece: of a kernel's image a small verification asks for a tenth. Files are replaced by renaming only, so that an
 * open one keeps its content; what happens to it all the same is met by having its bytes from elsewhere, as a whole.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { Need } from '../btf/pieces';

/** Bytes of a piece, as a power of two: a few pages of memory. */
const SHIFT = 14;
const PIECE = 1 << SHIFT;

/** Bytes, and what is to be called before some of them are looked at. */
export interface Pieces {
  readonly bytes: Uint8Array;
  readonly need: Need;
  /** Where none of them is wanted. */
  readonly close: () => void;
}

function timesOf(fd: number): string {
  const { size, mtimeMs } = fstatSync(fd);
  return `${size} ${mtimeMs}`;
}

/**
 * Opens a file, which stays open until all of it was read. Throws where it cannot be opened.
 * @param again has all bytes where the file cannot be read to its end any more; what it throws, {@link Pieces.need} does
 */
export function openPieces(file: string, again: (begun: Uint8Array) => Uint8Array): Pieces {
  let fd = openSync(file, 'r');
  const times = timesOf(fd);
  const bytes = new Uint8Array(fstatSync(fd).size);
  const there = new Uint8Array(Math.ceil(bytes.length / PIECE));
  let left = there.length;
  const close = (): void => {
    const closed = fd;
    fd = -1;
    try {
      closeSync(closed);
    } catch {
      // nothing is read from it any more
    }
  };
  const read = (index: number): boolean => {
    const to = Math.min((index + 1) << SHIFT, bytes.length);
    try {
      for (let at = index << SHIFT; at < to;) {
        const done = readSync(fd, bytes, at, to - at, at);
        if (done === 0) return false;
        at += done;
      }
      return timesOf(fd) === times;
    } catch {
      return false;
    }
  };
  const need: Need = (at, length) => {
    for (let index = at >>> SHIFT; index << SHIFT < at + length; index += 1) {
      if (there[index] !== 0) continue;
      if (!read(index)) {
        bytes.set(again(bytes));
        there.fill(1);
        close();
        return;
      }
      there[index] = 1;
      left -= 1;
      if (left === 0) close();
    }
  };
  return { bytes, need, close };
}
