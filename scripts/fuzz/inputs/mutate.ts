// SPDX-License-Identifier: GPL-2.0-only
/** Changes of bytes and texts, made of a seed: the same seed makes the same input. */
import { type Random } from '../random';

/** One change: so many bytes at a place become others. Places count in the input as it was. */
export interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly bytes: Uint8Array;
}

const WORDS = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const encoder = new TextEncoder();
/** Pieces of JSON, logs and assembly that hurt. */
const PIECES = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  'null',
  '1e999',
  '-1',
  '"__proto__"',
  '\\u0000',
  '\n',
  '\r\n',
  '\u001b[2J',
  '😀',
  '9'.repeat(40),
  '['.repeat(2000),
  'a'.repeat(5000),
  '0: (85) call unknown#195896080\n',
  'invalid func unknown#200100\n',
  'Suggestion:\n',
  'Verification failed: ',
  '.section ',
  '.quad 0x',
  'r10',
  'goto +1',
  '"forbids":',
  '"token":',
].map((piece) => encoder.encode(piece));

function word(value: number, bytes: number): Uint8Array {
  const out = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index += 1) {
    out[index] = (value >>> (8 * index)) & 0xff;
  }
  return out;
}

function edit(input: Uint8Array, from: number, to: number, random: Random, text: boolean): Edit {
  const span = Math.max(1, to - from);
  const any = from + random.below(span);
  const aligned = Math.min(to - 1, from + (random.below(span) & ~3));
  switch (random.below(text ? 4 : 7)) {
    case 0:
      return { at: any, removed: 1, bytes: word(random.below(256), 1) };
    case 1:
      return { at: any, removed: 1, bytes: word(input[any]! ^ (1 << random.below(8)), 1) };
    case 2: {
      const source = from + random.below(span);
      return { at: any, removed: text ? random.below(20) : 8, bytes: input.slice(source, source + (text ? random.below(60) : 8)) };
    }
    case 3:
      return text
        ? { at: any, removed: random.below(4), bytes: PIECES[random.below(PIECES.length)]! }
        : { at: aligned, removed: 4, bytes: word(WORDS[random.below(WORDS.length)]!, 4) };
    case 4:
      return { at: aligned, removed: 4, bytes: word(random.below(4096), 4) };
    case 5:
      return {
        at: aligned,
        removed: 4,
        bytes: word(
          (new DataView(input.buffer, input.byteOffset + Math.min(aligned, input.length - 4)).getUint32(0, true) +
            random.below(33) -
            16) >>>
            0,
          4,
        ),
      };
    default:
      return { at: aligned, removed: 8, bytes: word(random.below(2) === 0 ? 0 : 0xffffffff, 8) };
  }
}

/** Up to eight changes between two places, not over each other. */
export function edits(input: Uint8Array, random: Random, text: boolean, from = 0, to = input.length): Edit[] {
  const made = Array.from({ length: 1 + random.below(8) }, () => edit(input, from, to, random, text)).sort((a, b) => a.at - b.at);
  return made.filter(
    (one, index) => one.at + one.removed <= to && (index === 0 || made[index - 1]!.at + made[index - 1]!.removed <= one.at),
  );
}

/** The input with changes. */
export function apply(input: Uint8Array, changes: readonly Edit[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const change of changes) {
    if (change.at >= at) {
      parts.push(input.subarray(at, change.at), change.bytes);
      at = change.at + change.removed;
    }
  }
  parts.push(input.subarray(at));
  return new Uint8Array(Buffer.concat(parts));
}
