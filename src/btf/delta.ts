// SPDX-License-Identifier: GPL-2.0-only
/**
 * One kernel's BTF told as what differs from another's: most types of two kernels are the same, at other ids and with other string offsets. Against
 * no types at all ({@link noTypes}) it is told column by column (`delta-fresh.ts`), which takes a quarter less than its rows once both are compressed. Writing
 * and reading are one walk over the records ({@link walk}) with two coders, so that they predict alike. What comes out is the original, byte for byte.
 */
import { BtfError } from './error';
import { type Field, isRef, type Shape, shapeOf, stringsOf, typesOf, type Words } from './delta-shape';
import { type Coder, FreshRecords } from './delta-fresh';
import { encodeBtf, StringPool } from './encode';
import { correspondence, itemsAlike, sharedWords } from './delta-match';

/** Hash of what a difference is based on (FNV-1a over 32-bit words and the rest). */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

class Writer implements Coder {
  /** Small numbers, by what they mean: each has its own statistics for the compressor that comes after. */
  readonly streams = new Map<string, number[]>();
  constructor(private readonly words: Words) {}
  put(stream: string, distance: number): void {
    let rest = ((distance << 1) ^ (distance >> 31)) >>> 0;
    let out = this.streams.get(stream);
    if (out === undefined) this.streams.set(stream, (out = []));
    for (; rest > 127; rest >>>= 7) out.push((rest & 127) | 128);
    out.push(rest);
  }
  word(stream: string, predicted: number, at: number): number {
    const actual = this.words[at]!;
    this.put(stream, (actual - predicted) | 0);
    return actual;
  }
  choice(stream: string, predicted: number, chosen: () => number): number {
    const actual = chosen();
    this.put(stream, (actual - predicted) | 0);
    return actual;
  }
}

class Reader implements Coder {
  constructor(
    private readonly words: Words,
    private readonly bytes: Uint8Array,
    /** Where each stream goes on. */
    private readonly streams: ReadonlyMap<string, { at: number }>,
  ) {}
  private next(stream: string, predicted: number): number {
    const place = this.streams.get(stream);
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = place === undefined ? undefined : this.bytes[place.at++];
      if (byte === undefined || shift > 28) throw new RangeError(`stream ${stream} ends early`);
      value |= (byte & 127) << shift;
      if (byte < 128) return (predicted + ((value >>> 1) ^ -(value & 1))) | 0;
    }
  }
  word(stream: string, predicted: number, at: number): number {
    if (at >= this.words.length) throw new RangeError('more types than it says');
    return (this.words[at] = this.next(stream, predicted) >>> 0);
  }
  choice(stream: string, predicted: number): number {
    return this.next(stream, predicted);
  }
}

/** What both sides know: the base, its types, and how its strings and types are called in the target. */
interface Known {
  readonly base: Words;
  /** Where each type of the base begins, by id. */
  readonly starts: readonly number[];
  /** Index of a base string in the target's strings, -1 where it is not. */
  readonly stringTo: (base: number) => number;
  /** Id in the target by that in the base; -1 where it is not. */
  readonly idTo: Int32Array;
}

/** One record of the target, predicted from its like in the base. */
class Records {
  private newestName = 0;
  private at = 0;
  /** Where each type begins, by id. */
  private readonly starts: number[] = [0];
  private readonly without: FreshRecords;

  constructor(
    private readonly coder: Coder,
    private readonly known: Known,
    private readonly words: Words,
  ) {
    this.without = new FreshRecords(coder, words, (name) => void this.saw('S', name));
  }

  get end(): number {
    return this.at;
  }

  private predicted(field: Field, word: number, before: number): number {
    if (field === 'N') return word;
    const to = field === 'S' ? this.known.stringTo(word) : this.known.idTo[word]!;
    return to < 0 ? before : to;
  }

  private saw(field: Field, value: number): number {
    if (field === 'S' && value > this.newestName) this.newestName = value;
    return value;
  }

  private code(field: Field, predicted: number): number {
    const stream = field === 'S' ? 'name' : field === 'R' ? 'ref' : 'number';
    return this.saw(field, this.coder.word(stream, predicted, this.at++));
  }

  /** Fields that stand once in a record of a kind. */
  private once(shape: Shape, from: number): Field[] {
    return from === 0 ? ['S', 'N', shape.second, ...shape.fixed] : [...shape.fixed];
  }

  /** A record without a like. */
  fresh(id: number): void {
    this.starts[id] = this.at;
    this.at = this.without.record(id, this.at);
  }

  /** What is left when all records are there. */
  finish(): void {
    this.without.places(this.starts);
  }

  /** The record that a record of the base would be here; null where something of it has no name or id here. */
  private same(from: number, to: number): number[] | null {
    const { base } = this.known;
    const shape = shapeOf(base[from + 1]!);
    const out: number[] = [];
    const fields = this.once(shape, 0);
    for (let at = from, k = 0; at < to; at++, k++) {
      const field = k < fields.length ? fields[k]! : shape.item[(k - fields.length) % shape.item.length]!;
      const word = this.predicted(field, base[at]!, -1);
      if (word === -1 && field !== 'N') return null;
      out.push(word >>> 0);
    }
    return out;
  }

  /** A record with a like in the base, `differs` if it is not simply that. */
  like(id: number, baseId: number): void {
    const { coder, known } = this;
    this.starts[id] = this.at;
    const [from, to] = [known.starts[baseId]!, known.starts[baseId + 1]!];
    const same = this.same(from, to);
    const equal = (): number => (same !== null && same.every((word, i) => this.words[this.at + i] === word) ? 1 : 0);
    if (same !== null && coder.choice('equal', 1, equal) === 1) {
      const shape = shapeOf(same[1]!);
      const fields = this.once(shape, 0);
      if (this.at + same.length > this.words.length) throw new RangeError('more types than it says');
      for (const [k, word] of same.entries()) {
        this.words[this.at++] = word;
        this.saw(k < fields.length ? fields[k]! : shape.item[(k - fields.length) % shape.item.length]!, word);
      }
      return;
    }
    this.changed(id, from, to);
  }

  private changed(id: number, from: number, to: number): void {
    const { coder, known } = this;
    const { base } = known;
    const start = this.at;
    this.code('S', this.predicted('S', base[from]!, this.newestName + 1));
    const info = coder.word('info', base[from + 1]!, this.at++);
    const shape = shapeOf(info);
    const old = shapeOf(base[from + 1]!);
    if (old !== shape) throw new RangeError('a record is like one of another kind');
    const fixed: Field[] = [shape.second, ...shape.fixed];
    for (const [k, field] of fixed.entries()) this.code(field, this.predicted(field, base[from + 2 + k]!, id));
    const first = from + 2 + fixed.length;
    const { item } = shape;
    const count = info & 0xffff;
    if (item.length === 0 || count === 0) return;
    const oldCount = (to - first) / item.length;
    const alike = itemsAlike(shape, base, first, oldCount, known.stringTo, known.idTo);
    const shift = [0, 0, 0];
    const last = [0, 0, 0];
    let like = -1;
    for (let i = 0; i < count; i++) {
      const chosen = coder.choice('item', 1, () => {
        const found = alike(this.words, this.at, like + 1);
        return found < 0 ? 0 : 1 + zigzag(found - (like + 1));
      });
      const at = chosen === 0 ? -1 : like + 1 + unzigzag(chosen - 1);
      if (at >= oldCount) throw new RangeError('an item is like one beyond the last');
      for (const [k, field] of item.entries()) {
        if (at < 0) {
          last[k] = this.code(field, field === 'S' ? this.newestName + 1 : isRef(field) ? id : last[k]!);
          continue;
        }
        const word = base[first + at * item.length + k]!;
        const predicted = field === 'N' ? (word + shift[k]!) | 0 : this.predicted(field, word, field === 'S' ? this.newestName + 1 : id);
        last[k] = this.code(field, predicted);
        if (field === 'N') shift[k] = (last[k]! - word) | 0;
      }
      if (at >= 0) like = at;
    }
    if (this.at <= start) throw new RangeError('a record without words');
  }
}

const zigzag = (n: number): number => ((n << 1) ^ (n >> 31)) >>> 0;
const unzigzag = (n: number): number => (n >>> 1) ^ -(n & 1);

/** Says or learns all types. `idOf` is the writer's choice of each type's like in the base, 0 for none. */
function walk(coder: Coder, known: Known, words: Words, count: number, likeOf: (id: number) => number): void {
  const likes = new Int32Array(count + 1);
  for (let id = 1, last = 0; id <= count; id++) {
    const chosen = coder.choice('match', 1, () => (likeOf(id) === 0 ? 0 : 1 + zigzag(likeOf(id) - (last + 1))));
    if (chosen === 0) continue;
    last = last + 1 + unzigzag(chosen - 1);
    if (last < 1 || last >= known.starts.length - 1) throw new RangeError('a type is like one that there is not');
    likes[id] = last;
    known.idTo[last] = id;
  }
  const records = new Records(coder, known, words);
  for (let id = 1; id <= count; id++) {
    if (likes[id] === 0) records.fresh(id);
    else records.like(id, likes[id]!);
  }
  records.finish();
  if (records.end !== words.length) throw new RangeError('fewer types than it says');
}

interface Header {
  /** Length and hash of the base. */
  readonly base: readonly [number, number];
  /** Header of the target. */
  readonly header: readonly number[];
  readonly words: number;
  readonly types: number;
  readonly strings: number;
  /** Name and length of each stream, in order. */
  readonly streams: readonly (readonly [string, number])[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `target` as what differs from `base`; both are little-endian BTF with types, then strings, and nothing else. Throws {@link BtfError}. */
export function encodeDelta(base: Uint8Array, target: Uint8Array): Uint8Array {
  const [from, to] = [typesOf(base), typesOf(target)];
  const [oldStrings, newStrings] = [stringsOf(base), stringsOf(target)];
  const oldIndex = new Map(oldStrings.texts.map((text, i) => [text, i]));
  const newIndex = new Map(newStrings.texts.map((text, i) => [text, i]));
  const oldWords = withIndices(from.words, oldStrings.indices);
  const words = withIndices(to.words, newStrings.indices);
  const writer = new Writer(words);
  const literals: string[] = [];
  let lastWords: readonly string[] = [];
  let last = -1;
  for (const text of newStrings.texts) {
    const index = oldIndex.get(text);
    writer.put('strings', index === undefined ? 0 : 1 + zigzag(index - (last + 1)));
    if (index !== undefined) last = index;
    else {
      const words = text.split('_');
      const shared = sharedWords(words, lastWords);
      writer.put('shared', shared);
      literals.push(words.slice(shared).join('_'));
      lastWords = words;
    }
  }
  const like = correspondence({ words: oldWords, texts: oldStrings.texts }, { words, texts: newStrings.texts });
  const known: Known = {
    base: oldWords,
    starts: from.starts,
    stringTo: (index) => newIndex.get(oldStrings.texts[index]!) ?? -1,
    idTo: new Int32Array(from.starts.length).fill(-1),
  };
  known.idTo[0] = 0;
  walk(writer, known, words, to.starts.length - 2, (id) => like[id]!);
  const streams = [...writer.streams].map(([name, bytes]) => [name, Uint8Array.from(bytes)] as const);
  const text = encoder.encode(literals.join('\0'));
  const header: Header = {
    base: [base.length, fingerprint(base)],
    header: [...target.subarray(0, to.header)],
    words: words.length,
    types: to.starts.length - 2,
    strings: newStrings.texts.length,
    streams: streams.map(([name, bytes]) => [name, bytes.length]),
  };
  const head = encoder.encode(`${JSON.stringify(header)}\n`);
  const parts = [head, ...streams.map(([, bytes]) => bytes), text];
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Words with the byte offsets of names replaced by indices of strings. */
function withIndices(words: Words, indices: ReadonlyMap<number, number>): Words {
  const out = words.slice();
  eachName(out, (at) => {
    const index = indices.get(out[at]!);
    if (index === undefined) throw new BtfError('a name begins inside another', 'vmlinux', -1, at * 4);
    out[at] = index;
  });
  return out;
}

/** Calls for each word that is a name. */
function eachName(words: Words, see: (at: number) => void): void {
  for (let at = 0; at < words.length;) {
    see(at);
    const shape = shapeOf(words[at + 1]!);
    const count = words[at + 1]! & 0xffff;
    at += 3 + shape.fixed.length;
    const name = shape.item.indexOf('S');
    if (name >= 0) for (let i = 0; i < count; i++) see(at + i * shape.item.length + name);
    at += count * shape.item.length;
  }
}

/** The target of {@link encodeDelta}. Throws RangeError or SyntaxError for what is no difference, {@link BtfError} for another base. */
export function decodeDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const end = delta.indexOf(10);
  const header = JSON.parse(decoder.decode(delta.subarray(0, Math.max(0, end)))) as Header;
  if (header.base[0] !== base.length || header.base[1] !== fingerprint(base))
    throw new BtfError('it is told by its differences from another BTF', 'vmlinux', -1, -1);
  if (header.words > MOST_WORDS || header.strings > MOST_WORDS) throw new RangeError('larger than any kernel');
  const streams = new Map<string, { at: number }>();
  let at = end + 1;
  for (const [name, length] of header.streams) {
    streams.set(name, { at });
    at += length;
  }
  const literals = decoder.decode(delta.subarray(at)).split('\0');
  const from = typesOf(base);
  const oldStrings = stringsOf(base);
  const words = new Uint32Array(header.words);
  const reader = new Reader(words, delta, streams);
  const texts: string[] = [];
  const stringTo = new Int32Array(oldStrings.texts.length).fill(-1);
  let last = -1;
  let literal = 0;
  let lastWords: readonly string[] = [];
  let bytes = 0;
  for (let i = 0; i < header.strings; i++) {
    const chosen = reader.choice('strings', 0);
    if (chosen !== 0) {
      last = last + 1 + unzigzag(chosen - 1);
      stringTo[last] = i;
    }
    let text = oldStrings.texts[last];
    if (chosen === 0) {
      const rest = literals[literal++];
      if (rest === undefined) throw new RangeError('a string that there is not');
      lastWords = [...lastWords.slice(0, reader.choice('shared', 0)), ...rest.split('_')];
      text = lastWords.join('_');
      bytes += text.length;
    }
    if (text === undefined || bytes > MOST_WORDS) throw new RangeError('a string that there is not');
    texts.push(text);
  }
  const known: Known = {
    base: withIndices(from.words, oldStrings.indices),
    starts: from.starts,
    stringTo: (index) => stringTo[index]!,
    idTo: new Int32Array(from.starts.length).fill(-1),
  };
  known.idTo[0] = 0;
  walk(reader, known, words, header.types, () => 0);
  return assembled(header, words, texts);
}

/** A BTF without types: what a kernel's types are told against that are told by themselves. */
export function noTypes(): Uint8Array {
  return encodeBtf([], new StringPool());
}

/** 256 MiB, far above any kernel. */
const MOST_WORDS = 1 << 26;

function assembled(header: Header, words: Words, texts: readonly string[]): Uint8Array {
  const strings = encoder.encode(`${texts.join('\0')}\0`);
  const offsets = [0];
  for (let end = strings.indexOf(0); end >= 0; end = strings.indexOf(0, end + 1)) offsets.push(end + 1);
  eachName(words, (i) => (words[i] = offsets[words[i]!]!));
  const out = new Uint8Array(header.header.length + words.length * 4 + strings.length);
  out.set(header.header);
  out.set(new Uint8Array(words.buffer), header.header.length);
  out.set(strings, header.header.length + words.length * 4);
  return out;
}
