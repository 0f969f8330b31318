// SPDX-License-Identifier: GPL-2.0-only
/** Which types, members and names of one BTF are which of another or of those before, for `delta.ts`. A bad guess costs bytes, never the result. */
import { type Shape, shapeOf, type Words } from './delta-shape';

/** Types as words with names as indices into `texts`. */
export interface Side {
  readonly words: Words;
  readonly texts: readonly string[];
}

/** A key for each type: kind and name; of a nameless one its kind and what it is made of, not deeper than this. */
const DEPTH = 6;

function keysOf({ words, texts }: Side): string[] {
  const starts = [0];
  for (let at = 0; at < words.length;) {
    starts.push(at);
    const shape = shapeOf(words[at + 1]!);
    at += 3 + shape.fixed.length + shape.item.length * (words[at + 1]! & 0xffff);
  }
  const known = new Map<number, string>();
  const keyOf = (id: number, depth: number): string => {
    if (id === 0) return 'void';
    const found = known.get(id);
    if (found !== undefined) return found;
    const at = starts[id]!;
    const info = words[at + 1]!;
    const shape = shapeOf(info);
    const name = texts[words[at]!]!;
    let key = `${info >>> 24} ${name}`;
    if (name === '' || shape.second === 'R') {
      if (depth === 0) return key;
      if (shape.second === 'R') key += ` > ${keyOf(words[at + 2]!, depth - 1)}`;
      shape.fixed.forEach((field, k) => (key += field === 'R' ? ` > ${keyOf(words[at + 3 + k]!, depth - 1)}` : ` ${words[at + 3 + k]!}`));
      const first = at + 3 + shape.fixed.length;
      const count = info & 0xffff;
      for (let i = 0; i < count && shape.item.length > 0; i++) {
        shape.item.forEach((field, k) => {
          const word = words[first + i * shape.item.length + k]!;
          if (field === 'S') key += `,${texts[word]!}`;
          // members of nameless structs are told by their names alone
          else if (field === 'R' && shape.second === 'R') key += `:${keyOf(word, depth - 1)}`;
        });
      }
      if (key.length > 300) key = `${key.slice(0, 200)}#${key.length}${key.slice(-80)}`;
    }
    if (depth === DEPTH) known.set(id, key);
    return key;
  };
  return starts.map((_, id) => keyOf(id, DEPTH));
}

/** For each type of `target` its like in `base`, 0 for none; each is the like of one at most. */
export function correspondence(base: Side, target: Side): Int32Array {
  const places = new Map<string, number[]>();
  keysOf(base).forEach((key, id) => {
    if (id === 0) return;
    const ids = places.get(key);
    if (ids === undefined) places.set(key, [id]);
    else ids.push(id);
  });
  const used = new Map<string, number>();
  const keys = keysOf(target);
  const out = new Int32Array(keys.length);
  for (let id = 1; id < keys.length; id++) {
    const nth = used.get(keys[id]!) ?? 0;
    const like = places.get(keys[id]!)?.[nth];
    if (like === undefined) continue;
    used.set(keys[id]!, nth + 1);
    out[id] = like;
  }
  return out;
}

/** How many words of a name are those that the name before began with; its last one is always told. */
export function sharedWords(words: readonly string[], before: readonly string[]): number {
  let shared = 0;
  while (shared < words.length - 1 && words[shared] === before[shared]) shared++;
  return shared;
}

/**
 * Finds, for an element of a record, its like among those of the record's like: by name, or of a section by what it is. The one after the last found is
 * tried first; -1 if there is none.
 */
export function itemsAlike(
  { item }: Shape,
  base: Words,
  first: number,
  count: number,
  stringTo: (index: number) => number,
  idTo: Int32Array,
): (words: Words, at: number, next: number) => number {
  const by = item[0] === 'S' ? 'S' : 'R';
  const places = new Map<number, number[]>();
  const key = (i: number): number => {
    const word = base[first + i * item.length]!;
    return by === 'S' ? stringTo(word) : idTo[word]!;
  };
  let filled = false;
  return (words, at, next) => {
    const wanted = words[at]!;
    if (next < count && key(next) === wanted) return next;
    if (!filled) {
      for (let i = 0; i < count; i++) places.set(key(i), [...(places.get(key(i)) ?? []), i]);
      filled = true;
    }
    const found = places.get(wanted);
    return found === undefined ? -1 : (found.find((i) => i >= next) ?? found[0]!);
  };
}
