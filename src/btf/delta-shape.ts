// SPDX-License-Identifier: GPL-2.0-only
/** Records of BTF as words with a meaning, for telling one BTF by another (`delta.ts`). Facts: `include/uapi/linux/btf.h`. */
import { BtfError } from './error';
import { Kind } from './types';

/** A name, a reference to a type, or a number. */
export type Field = 'S' | 'R' | 'N';
export type Words = Uint32Array;

/** After name and info: what the third word is, what else stands once, and what stands for each of the elements. */
export interface Shape {
  readonly second: 'R' | 'N';
  readonly fixed: readonly Field[];
  readonly item: readonly Field[];
}

export const isRef = (field: Field): boolean => field === 'R';

const PLAIN: Shape = { second: 'N', fixed: [], item: [] };
const REFERENCE: Shape = { second: 'R', fixed: [], item: [] };
const MEMBERS: Shape = { second: 'N', fixed: [], item: ['S', 'R', 'N'] };
const SHAPES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [Kind.INT, { second: 'N', fixed: ['N'], item: [] }],
  [Kind.PTR, REFERENCE],
  [Kind.ARRAY, { second: 'N', fixed: ['R', 'R', 'N'], item: [] }],
  [Kind.STRUCT, MEMBERS],
  [Kind.UNION, MEMBERS],
  [Kind.ENUM, { second: 'N', fixed: [], item: ['S', 'N'] }],
  [Kind.FWD, PLAIN],
  [Kind.TYPEDEF, REFERENCE],
  [Kind.VOLATILE, REFERENCE],
  [Kind.CONST, REFERENCE],
  [Kind.RESTRICT, REFERENCE],
  [Kind.FUNC, REFERENCE],
  [Kind.FUNC_PROTO, { second: 'R', fixed: [], item: ['S', 'R'] }],
  [Kind.VAR, { second: 'R', fixed: ['N'], item: [] }],
  [Kind.DATASEC, { second: 'N', fixed: [], item: ['R', 'N', 'N'] }],
  [Kind.FLOAT, PLAIN],
  [Kind.DECL_TAG, { second: 'R', fixed: ['N'], item: [] }],
  [Kind.TYPE_TAG, REFERENCE],
  [Kind.ENUM64, { second: 'N', fixed: [], item: ['S', 'N', 'N'] }],
]);

/** Shape of a record by its `info`. Throws {@link BtfError} for a kind that there is not. */
export function shapeOf(info: number): Shape {
  const kind = (info >>> 24) & 0x1f;
  const shape = SHAPES.get(kind);
  if (shape === undefined) throw new BtfError(`kind ${kind}`, 'vmlinux', -1, -1);
  return shape;
}

/** Where the sections are: throws {@link BtfError} for any layout but header, types, strings. */
function layout(bytes: Uint8Array): { readonly header: number; readonly types: number; readonly strings: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const plain = bytes.length >= 24 && view.getUint16(0, true) === 0xeb9f;
  const header = plain ? view.getUint32(4, true) : 0;
  const [typesAt, types, stringsAt, strings] = plain ? [8, 12, 16, 20].map((at) => view.getUint32(at, true)) : [0, 0, 0, 0];
  if (!plain || typesAt !== 0 || stringsAt !== types || header + types! + strings! !== bytes.length || types! % 4 !== 0)
    throw new BtfError('sections are not in their usual order', 'vmlinux', -1, 0);
  return { header, types: types!, strings: strings! };
}

/** All types as words (a copy), and where each begins, by id; the last entry is the end. */
export function typesOf(bytes: Uint8Array): { readonly header: number; readonly words: Words; readonly starts: readonly number[] } {
  const { header, types } = layout(bytes);
  const words = new Uint32Array(Uint8Array.from(bytes.subarray(header, header + types)).buffer);
  const starts = [0];
  let at = 0;
  while (at < words.length) {
    starts.push(at);
    const shape = shapeOf(words[at + 1] ?? 0);
    at += 3 + shape.fixed.length + shape.item.length * (words[at + 1]! & 0xffff);
  }
  if (at !== words.length) throw new BtfError('the last type is cut off', 'vmlinux', -1, -1);
  starts.push(at);
  return { header, words, starts };
}

/** All strings in order, and the index of each by its offset. */
export function stringsOf(bytes: Uint8Array): { readonly texts: readonly string[]; readonly indices: ReadonlyMap<number, number> } {
  const { header, types, strings } = layout(bytes);
  const section = bytes.subarray(header + types, header + types + strings);
  if (section.at(-1) !== 0) throw new BtfError('strings do not end', 'vmlinux', -1, -1);
  const texts = new TextDecoder('utf-8', { fatal: true }).decode(section.subarray(0, -1)).split('\0');
  const indices = new Map<number, number>();
  let at = 0;
  for (const [index, text] of texts.entries()) {
    indices.set(at, index);
    // names are ASCII but for the odd one
    at += /^[\x20-\x7e]*$/.test(text) ? text.length + 1 : new TextEncoder().encode(text).length + 1;
  }
  return { texts, indices };
}
