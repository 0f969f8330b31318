// SPDX-License-Identifier: GPL-2.0-only
/** Objects inside other files: compressed (`.gz`), and in the skeleton that `bpftool gen skeleton` writes. Told by content, not by name. */
import { gunzipSync } from 'node:zlib';
import { sizeText } from './read-file';

/** Bytes of the largest object that is taken out. */
const MAX_OBJECT = 64 << 20;
/** Bytes of a text before the object in it, at most. */
const LOOKED_AT = 1 << 20;
const SKELETON = Buffer.from('\\x7f\\x45\\x4c\\x46');
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** The object in a file, or the file itself if it is none of these. Throws an `Error` with the reason for one that cannot be taken out. */
export function unwrapObject(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      return gunzipSync(bytes, { maxOutputLength: MAX_OBJECT });
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      throw new Error(tooLarge ? `what it holds is larger than ${sizeText(MAX_OBJECT)}` : 'it is compressed with gzip, and damaged', {
        cause: error,
      });
    }
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = text.subarray(0, LOOKED_AT).indexOf(SKELETON);
  return at < 0 ? bytes : fromSkeleton(text, at);
}

/** The bytes of a C string with `\xNN`, `\0` and continued lines, from a place to its closing quote. */
function fromSkeleton(text: Buffer, from: number): Uint8Array {
  const out = new Uint8Array(text.length - from);
  let size = 0;
  for (let at = from; at < text.length; at++) {
    const c = text[at]!;
    if (c === QUOTE) return out.slice(0, size);
    if (c !== BACKSLASH) out[size++] = c;
    else {
      const next = String.fromCharCode(text[++at] ?? 0);
      if (next === 'x') {
        const digits = text.toString('latin1', at + 1, at + 3);
        if (!/^[\da-fA-F]{2}$/.test(digits)) break;
        out[size++] = parseInt(digits, 16);
        at += 2;
      } else if (next === '0') out[size++] = 0;
      else if (next !== '\n') break;
    }
  }
  throw new Error('it is a skeleton, and the object in it is cut off');
}
