// SPDX-License-Identifier: GPL-2.0-only
/**
 * Records that are like none of the base, for `delta.ts`: each column of each kind has statistics of its own, elements are told by names and types that
 * stood together before, and where a member lies follows from what lies before it.
 */
import { Kind } from './types';
import { type Shape, shapeOf, type Words } from './delta-shape';

/** Says or learns numbers, each as its distance from a prediction. */
export interface Coder {
  /** The number at a word, modulo 2^32. */
  word(stream: string, predicted: number, at: number): number;
  /** A decision of the writer. */
  choice(stream: string, predicted: number, chosen: () => number): number;
}

/** The kind, and the flag that says how members' places are written (`btf_kflag`). */
const kindBits = (info: number): number => info >>> 16;
/** Types that point to one that came shortly before; what others refer to may stand anywhere. */
const isNear = (info: number): boolean => NEAR.has((info >>> 24) & 0x1f);
const NEAR: ReadonlySet<number> = new Set([Kind.PTR, Kind.CONST]);
const hasBitfields = (info: number): boolean => info >>> 31 === 1;

/** Names of elements of a shape, in the order of their first use, and the types that stood with each, the latest first. */
class Elements {
  private readonly order: number[] = [];
  private readonly ordinals = new Map<number, number>();
  private readonly types = new Map<number, number[]>();
  private newest = 0;
  readonly columns: readonly string[];
  private readonly streams: Readonly<Record<'known' | 'name' | 'type' | 'rank', string>>;

  constructor(
    private readonly coder: Coder,
    private readonly words: Words,
    item: Shape['item'],
  ) {
    const fields = item.join('');
    this.columns = item.map((_, k) => `${fields}.${k}`);
    this.streams = { known: `${fields}.known`, name: `${fields}.name`, type: `${fields}.type`, rank: `${fields}.rank` };
  }

  name(at: number): number {
    const { coder, words, streams } = this;
    const known = coder.choice(streams.known, 0, () => this.ordinals.get(words[at]!) ?? 0);
    if (known === 0) {
      this.newest = coder.word(streams.name, this.newest + 1, at);
      this.order.push(this.newest);
      this.ordinals.set(this.newest, this.order.length);
      return this.newest;
    }
    const name = this.order[known - 1];
    if (name === undefined) throw new RangeError('a name that was not there before');
    return (words[at] = name);
  }

  type(at: number, name: number): void {
    const { coder, words, streams } = this;
    const before = this.types.get(name);
    const rank = before === undefined ? 0 : coder.choice(streams.rank, 1, () => before.indexOf(words[at]!) + 1);
    if (rank === 0) coder.word(streams.type, 0, at);
    else {
      const type = before?.splice(rank - 1, 1)[0];
      if (type === undefined) throw new RangeError('a type that did not stand with the name before');
      words[at] = type;
    }
    if (before === undefined) this.types.set(name, [words[at]!]);
    else before.unshift(words[at]!);
  }
}

/** Sizes of types, as far as members' places follow from them; a wrong one costs bytes, never the result. */
class Sizes {
  private readonly known = new Map<number, readonly [size: number, align: number]>();

  constructor(
    private readonly words: Words,
    private readonly starts: readonly number[],
  ) {}

  /** Bytes and alignment. */
  of(id: number, depth = 0): readonly [size: number, align: number] {
    const known = this.known.get(id);
    const at = this.starts[id];
    if (known !== undefined) return known;
    if (id === 0 || at === undefined || depth > 16) return [0, 1];
    this.known.set(id, [0, 1]);
    const found = this.find(at, depth + 1);
    this.known.set(id, found);
    return found;
  }

  private find(at: number, depth: number): readonly [size: number, align: number] {
    const { words } = this;
    const [info, third] = [words[at + 1]!, words[at + 2]!];
    switch ((info >>> 24) & 0x1f) {
      case Kind.INT:
      case Kind.ENUM:
      case Kind.ENUM64:
        return [third, Math.min(third, 16) || 1];
      case Kind.PTR:
        return [8, 8];
      case Kind.ARRAY: {
        const [size, align] = this.of(words[at + 3]!, depth);
        return [size * words[at + 5]!, align];
      }
      case Kind.STRUCT:
      case Kind.UNION: {
        let align = 1;
        for (let i = 0; i < (info & 0xffff); i++) align = Math.max(align, this.of(words[at + 4 + 3 * i]!, depth)[1]);
        return [third, align];
      }
      case Kind.TYPEDEF:
      case Kind.VOLATILE:
      case Kind.CONST:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        return this.of(third, depth);
      default:
        return [0, 1];
    }
  }
}

/** Streams of what stands once in records of a kind, and the last of their names. */
interface Columns {
  readonly name: string;
  readonly count: string;
  readonly second: string;
  readonly fixed: readonly string[];
  last: number;
}

/** So many words stand between a record's third and its elements at most. */
const MOST_FIXED = 3;

const columnsOf = (kind: number): Columns => ({
  name: `${kind}.name`,
  count: `${kind}.count`,
  second: `${kind}.second`,
  fixed: Array.from({ length: MOST_FIXED }, (_, k) => `${kind}.fixed${k}`),
  last: 0,
});

/** All records that are like none of the base. Places of members come last, when all types are known. */
export class FreshRecords {
  private lastKind = 0;
  private readonly columns = new Map<number, Columns>();
  private readonly elements = new Map<Shape, Elements>();
  /** Where structs and unions begin. */
  private readonly compounds: number[] = [];

  constructor(
    private readonly coder: Coder,
    private readonly words: Words,
    /** Told of each name that was met. */
    private readonly met: (name: number) => void,
  ) {}

  /** The record of a type that begins at `at`; returns where it ends. */
  record(id: number, at: number): number {
    const { coder, words } = this;
    if (at + 3 > words.length) throw new RangeError('more types than it says');
    const kind = (this.lastKind = coder.choice('kind', this.lastKind, () => kindBits(words[at + 1]!)));
    let columns = this.columns.get(kind);
    if (columns === undefined) this.columns.set(kind, (columns = columnsOf(kind)));
    // names of a kind stand in their order, those without one first
    columns.last = coder.word(columns.name, columns.last === 0 ? 0 : columns.last + 1, at);
    this.met(columns.last);
    const count = coder.choice(columns.count, 0, () => words[at + 1]! & 0xffff);
    words[at + 1] = ((kind << 16) | count) >>> 0;
    const shape = shapeOf(words[at + 1]!);
    coder.word(columns.second, isNear(words[at + 1]!) ? id : 0, at + 2);
    for (let k = 0; k < shape.fixed.length; k++) coder.word(columns.fixed[k]!, 0, at + 3 + k);
    const first = at + 3 + shape.fixed.length;
    const end = first + count * shape.item.length;
    if (end > words.length) throw new RangeError('more types than it says');
    this.items(shape, first, end);
    if (isCompound(shape)) this.compounds.push(at);
    return end;
  }

  private items(shape: Shape, first: number, end: number): void {
    const { coder, words } = this;
    const { item } = shape;
    if (item.length === 0) return;
    let elements = this.elements.get(shape);
    if (elements === undefined) this.elements.set(shape, (elements = new Elements(coder, words, item)));
    const places = isCompound(shape) ? item.length - 1 : item.length;
    for (let at = first; at < end; at += item.length) {
      let name = 0;
      for (let k = 0; k < places; k++) {
        const field = item[k]!;
        if (field === 'S') this.met((name = elements.name(at)));
        else if (field === 'R' && item[0] === 'S') elements.type(at + k, name);
        // numbers follow each other
        else coder.word(elements.columns[k]!, at === first ? 0 : words[at + k - item.length]! + 1, at + k);
      }
    }
  }

  /** Places of members. `starts`: where each type begins, by id. */
  places(starts: readonly number[]): void {
    const sizes = new Sizes(this.words, starts);
    for (const at of this.compounds) this.members(at, sizes);
  }

  private members(at: number, sizes: Sizes): void {
    const { coder, words } = this;
    const info = words[at + 1]!;
    const isUnion = ((info >>> 24) & 0x1f) === Kind.UNION;
    const packed = hasBitfields(info);
    let end = 0;
    for (let i = 0; i < (info & 0xffff); i++) {
      const place = at + 5 + 3 * i;
      const [size, align] = sizes.of(words[place - 1]!);
      const bits = packed ? coder.choice('bits', 0, () => words[place]! >>> 24) : 0;
      const predicted = bits !== 0 ? end : Math.ceil(end / (align * 8)) * align * 8;
      const word = coder.word('place', ((bits << 24) | predicted) >>> 0, place);
      if (!isUnion) end = (packed ? word & 0xffffff : word) + (bits !== 0 ? bits : size * 8);
    }
  }
}

const isCompound = ({ item }: Shape): boolean => item.length === 3 && item[0] === 'S' && item[1] === 'R';
