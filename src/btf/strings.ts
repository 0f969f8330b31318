// SPDX-License-Identifier: GPL-2.0-only
import { TooMuch } from './budget';
import { ALL_THERE, type Need } from './pieces';

const decoder = new TextDecoder('utf-8');
/** Bytes that the strings of one table may take together once they are read: many may be ends of one long string. */
const MAX_READ = 64 << 20;

/** A table of zero-terminated strings addressed by byte offset; the strings of a split BTF continue those of its base. */
export interface StringTable {
  /** First offset that this table itself holds. */
  readonly start: number;
  /** One past the last offset. */
  readonly end: number;
  /** The string at an offset, or undefined when there is none. */
  at(offset: number): string | undefined;
  /** FNV-1a hash of the string at an offset (an offset in range). */
  hashAt(offset: number): number;
  /** True if the string at an offset (in range) consists of exactly these bytes. */
  equalsAt(offset: number, bytes: Uint8Array): boolean;
  /** True if these bytes occur in the string at an offset; false out of range. */
  containsAt(offset: number, bytes: Uint8Array): boolean;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a hash of bytes, unsigned 32 bits. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = FNV_BASIS;
  for (const byte of bytes) {
    hash = Math.imul(hash ^ byte, FNV_PRIME);
  }
  return hash >>> 0;
}

/** Decodes the zero-terminated string that starts at `at`; `bytes` must hold a terminator after it. */
export function decodeCString(bytes: Uint8Array, at: number): string {
  let end = at;
  let ascii = true;
  while (bytes[end] !== 0 && end < bytes.length) {
    ascii &&= bytes[end]! < 0x80;
    end += 1;
  }
  if (ascii && end - at < 256) {
    return String.fromCharCode(...bytes.subarray(at, end));
  }
  return decoder.decode(bytes.subarray(at, end));
}

/** Bytes that are had at once to find the end of a string. */
const STRETCH = 64;

/**
 * Makes a table over `bytes`, whose last byte must be 0 (or which must be empty).
 * @param need for bytes that come piece by piece
 */
export function stringTable(bytes: Uint8Array, base: StringTable | null, need: Need = ALL_THERE): StringTable {
  const start = base === null ? 0 : base.end;
  const end = start + bytes.length;
  const cache = new Map<number, string>();
  let read = 0;
  /** Has the bytes from a place on there, to the end of the string. */
  const needString = (at: number): void => {
    for (let from = at; from < bytes.length; from += STRETCH) {
      const to = Math.min(from + STRETCH, bytes.length);
      need(bytes.byteOffset + from, to - from);
      if (bytes.subarray(from, to).includes(0)) return;
    }
  };
  return {
    start,
    end,
    at(offset) {
      if (offset < start) {
        return base?.at(offset);
      }
      if (offset >= end) {
        return undefined;
      }
      let text = cache.get(offset);
      if (text === undefined) {
        if (need !== ALL_THERE) needString(offset - start);
        text = decodeCString(bytes, offset - start);
        read += text.length;
        if (read > MAX_READ) {
          throw new TooMuch(`its strings take more than ${MAX_READ >> 20} MiB`);
        }
        cache.set(offset, text);
      }
      return text;
    },
    hashAt(offset) {
      if (offset < start) {
        return base!.hashAt(offset);
      }
      if (need !== ALL_THERE) needString(offset - start);
      let hash = FNV_BASIS;
      for (let at = offset - start; at < bytes.length && bytes[at] !== 0; at += 1) {
        hash = Math.imul(hash ^ bytes[at]!, FNV_PRIME);
      }
      return hash >>> 0;
    },
    equalsAt(offset, wanted) {
      if (offset < start) {
        return base!.equalsAt(offset, wanted);
      }
      const at = offset - start;
      need(bytes.byteOffset + at, Math.min(wanted.length + 1, bytes.length - at));
      for (let index = 0; index < wanted.length; index += 1) {
        if (bytes[at + index] !== wanted[index]) {
          return false;
        }
      }
      return bytes[at + wanted.length] === 0;
    },
    containsAt(offset, wanted) {
      if (offset < start) {
        return base?.containsAt(offset, wanted) ?? false;
      }
      if (need !== ALL_THERE) needString(offset - start);
      for (let at = offset - start; at < bytes.length && bytes[at] !== 0; at += 1) {
        let index = 0;
        while (index < wanted.length && bytes[at + index] === wanted[index]) {
          index += 1;
        }
        if (index === wanted.length) {
          return true;
        }
      }
      return false;
    },
  };
}
