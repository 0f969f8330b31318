// SPDX-License-Identifier: GPL-2.0-only
import { decodeType, HEAD, recordBytes } from './decode';
import { BtfError } from './error';
import type { Need } from './pieces';
import { hashBytes, stringTable, type StringTable } from './strings';
import { Kind, type Btf, type BtfOf, type BtfType } from './types';

const VOID: BtfType = { id: 0, name: '', kind: Kind.VOID };
const encoder = new TextEncoder();

let lastName = { name: '', bytes: encoder.encode(''), hash: hashBytes(encoder.encode('')) };

/** A name as strings of BTF have it; the last one is kept, since one name is asked of vmlinux and of a hundred modules in turn. */
function encodedName(name: string): { readonly bytes: Uint8Array; readonly hash: number } {
  if (name !== lastName.name) {
    const bytes = encoder.encode(name);
    lastName = { name, bytes, hash: hashBytes(bytes) };
  }
  return lastName;
}

/** What `parseBtf` returns: a {@link Btf} and access to its string section. */
export interface ParsedBtf extends Btf {
  /** Strings of this BTF (and of its base, at lower offsets). */
  readonly strings: StringTable;
  /** The bytes that were read, little-endian: those of a big-endian BTF are swapped. */
  readonly bytes: Uint8Array;
  /** Where the sections are, in bytes from the start. */
  readonly layout: BtfLayout;
  /** Byte offset of a type of this BTF itself. */
  placeOf(id: number): number;
  /** What was found by reading all types; made now where it was not needed yet. */
  index(): BtfIndex;
}

/** What takes a walk over all types of a BTF to know. Belongs to exactly these bytes. */
export interface BtfIndex {
  /** Byte offset of each own type in the blob. */
  readonly offsets: Uint32Array;
  /** Own types chained by hash of their name, ascending in each chain: the first of each bucket, then the next of each type; −1 ends. */
  readonly heads: Int32Array;
  readonly next: Int32Array;
  /** Own ids whose names have a part that CO-RE leaves aside (`___`). */
  readonly flavours: Int32Array;
}

/** What separates a name from its flavour. */
const FLAVOUR = '___';

/** Sections of a BTF: the header's length, and where types, strings and (0 if there is none) kind layout begin and how long they are. */
export interface BtfLayout {
  readonly header: number;
  readonly types: { readonly at: number; readonly length: number };
  readonly strings: { readonly at: number; readonly length: number };
  readonly kinds: { readonly at: number; readonly length: number };
}

/** A BTF that was looked through: its bytes, where its sections and its types are, and what else is known of them. */
export interface LaidOut {
  readonly bytes: Uint8Array;
  readonly layout: BtfLayout;
  readonly index: Pick<BtfIndex, 'offsets'> & Partial<BtfIndex>;
  /** For bytes and index, which lie in one buffer unless all is there. */
  readonly need: Need;
}

/** Whose types they are. */
export interface BtfIdentity {
  readonly name: string;
  readonly isKernel: boolean;
}

/** A section that says how long records of each kind are, in its BTF. */
export interface DescribedKinds {
  readonly view: DataView;
  readonly kinds: BtfLayout['kinds'];
}

/** Types that are decoded are kept in pages of so many, which are made when the first of them is. */
const PAGE = 64;

/** A BTF as its bytes, of which types are decoded when they are asked for. */
export class BtfBlob implements ParsedBtf {
  readonly name: string;
  readonly isKernel: boolean;
  readonly startId: number;
  readonly endId: number;
  readonly strings: StringTable;
  readonly layout: BtfLayout;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #need: Need;
  readonly #offsets: Uint32Array;
  readonly #pages: ((BtfType | undefined)[] | undefined)[];
  #names: Pick<BtfIndex, 'heads' | 'next'> | null = null;
  #flavours: readonly number[] | Int32Array | null;
  #tags: Map<number, BtfOf<Kind.DECL_TAG>[]> | null = null;

  constructor(
    whose: BtfIdentity,
    readonly base: BtfBlob | null,
    { bytes, layout, index, need }: LaidOut,
  ) {
    this.name = whose.name;
    this.isKernel = whose.isKernel;
    this.startId = base === null ? 1 : base.endId;
    this.endId = this.startId + index.offsets.length;
    this.layout = layout;
    const { at, length } = layout.strings;
    this.strings = stringTable(bytes.subarray(at, at + length), base === null ? null : base.strings, need);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#need = need;
    this.#offsets = index.offsets;
    this.#pages = new Array<(BtfType | undefined)[] | undefined>(Math.ceil(index.offsets.length / PAGE));
    const { heads, next, flavours = null } = index;
    if (heads !== undefined && next !== undefined) this.#names = { heads, next };
    this.#flavours = flavours;
  }

  get bytes(): Uint8Array {
    this.#need(this.#bytes.byteOffset, this.#bytes.length);
    return this.#bytes;
  }

  index(): BtfIndex {
    this.#names ??= this.#indexNames();
    const { heads, next } = this.#names;
    const offsets = this.#offsets;
    const flavours = Int32Array.from(this.ownIdsContaining(FLAVOUR));
    for (const { byteOffset, byteLength } of [offsets, heads, next]) this.#need(byteOffset, byteLength);
    return { offsets, heads, next, flavours };
  }

  get described(): DescribedKinds {
    const { kinds } = this.layout;
    this.#need(this.#bytes.byteOffset + kinds.at, kinds.length);
    return { view: this.#view, kinds };
  }

  type(id: number): BtfType | undefined {
    if (id < this.startId) {
      return id === 0 ? VOID : this.base?.type(id);
    }
    const index = id - this.startId;
    return this.#pages[Math.floor(index / PAGE)]?.[index % PAGE] ?? this.#decoded(index);
  }

  /** A type of which nobody has asked yet; undefined for one that there is not. */
  #decoded(index: number): BtfType | undefined {
    if (index >= this.#offsets.length) return undefined;
    const at = this.#placeOf(index);
    const start = this.#bytes.byteOffset + at;
    this.#need(start, HEAD);
    this.#need(start, recordBytes(this.#view.getUint32(at + 4, true)));
    const type = decodeType(this, this.#view, at, this.startId + index);
    const page = (this.#pages[Math.floor(index / PAGE)] ??= new Array<BtfType | undefined>(PAGE));
    page[index % PAGE] = type;
    return type;
  }

  placeOf(id: number): number {
    return this.#placeOf(id - this.startId);
  }

  #placeOf(index: number): number {
    return this.#word(this.#offsets, index);
  }

  #word(words: Uint32Array | Int32Array, index: number): number {
    this.#need(words.byteOffset + index * words.BYTES_PER_ELEMENT, words.BYTES_PER_ELEMENT);
    return words[index]!;
  }

  ownIdsByName(name: string, kind: Kind): readonly number[] {
    return this.#ownIds(name, kind, false);
  }

  idsByName(name: string, kind: Kind): readonly number[] {
    const own = this.#ownIds(name, kind, false);
    return this.base === null ? own : [...this.base.idsByName(name, kind), ...own];
  }

  findByNameKind(name: string, kind: Kind): number {
    const inBase = this.base === null ? -1 : this.base.findByNameKind(name, kind);
    return inBase > 0 ? inBase : (this.#ownIds(name, kind, true)[0] ?? -1);
  }

  ownIdsContaining(text: string): readonly number[] {
    return text === FLAVOUR ? this.#ownFlavours() : this.#idsContaining(text);
  }

  #ownFlavours(): readonly number[] {
    let ids = this.#flavours ?? this.#idsContaining(FLAVOUR);
    if (ids instanceof Int32Array) {
      this.#need(ids.byteOffset, ids.byteLength);
      ids = [...ids];
    }
    this.#flavours = ids;
    return ids;
  }

  #idsContaining(text: string): readonly number[] {
    const wanted = encoder.encode(text);
    const ids: number[] = [];
    for (let index = 0; index < this.#offsets.length; index += 1) {
      const offset = this.#nameOffset(index);
      if (offset !== 0 && this.strings.containsAt(offset, wanted)) {
        ids.push(this.startId + index);
      }
    }
    return ids;
  }

  declTags(typeId: number): readonly BtfOf<Kind.DECL_TAG>[] {
    this.#tags ??= this.#collectTags();
    const own = this.#tags.get(typeId) ?? [];
    return this.base === null || typeId >= this.startId ? own : [...this.base.declTags(typeId), ...own];
  }

  #kindOf(index: number): number {
    const at = this.#placeOf(index);
    this.#need(this.#bytes.byteOffset + at, HEAD);
    return this.#view.getUint8(at + 7) & 0x7f;
  }

  #nameOffset(index: number): number {
    const at = this.#placeOf(index);
    this.#need(this.#bytes.byteOffset + at, HEAD);
    return this.#view.getUint32(at, true);
  }

  #ownIds(name: string, kind: Kind, firstOnly: boolean): number[] {
    this.#names ??= this.#indexNames();
    const { heads, next } = this.#names;
    const { bytes: wanted, hash } = encodedName(name);
    const found: number[] = [];
    let index = this.#word(heads, hash & (heads.length - 1));
    while (index >= 0) {
      if (this.#kindOf(index) === kind && this.strings.equalsAt(this.#nameOffset(index), wanted)) {
        found.push(this.startId + index);
        if (firstOnly) {
          break;
        }
      }
      index = this.#word(next, index);
    }
    return found;
  }

  #indexNames(): Pick<BtfIndex, 'heads' | 'next'> {
    const count = this.#offsets.length;
    let buckets = 16;
    while (buckets < count) {
      buckets *= 2;
    }
    const heads = new Int32Array(buckets).fill(-1);
    const next = new Int32Array(count);
    for (let index = count - 1; index >= 0; index -= 1) {
      const offset = this.#nameOffset(index);
      if (offset >= this.strings.end) {
        throw new BtfError(`name at string offset ${offset} is out of the section`, this.name, this.startId + index, this.#offsets[index]!);
      }
      const bucket = this.strings.hashAt(offset) & (buckets - 1);
      next[index] = heads[bucket]!;
      heads[bucket] = index;
    }
    return { heads, next };
  }

  #collectTags(): Map<number, BtfOf<Kind.DECL_TAG>[]> {
    const tags = new Map<number, BtfOf<Kind.DECL_TAG>[]>();
    for (let index = 0; index < this.#offsets.length; index += 1) {
      if (this.#kindOf(index) === Kind.DECL_TAG) {
        const tag = this.type(this.startId + index) as BtfOf<Kind.DECL_TAG>;
        const list = tags.get(tag.type);
        if (list === undefined) {
          tags.set(tag.type, [tag]);
        } else {
          list.push(tag);
        }
      }
    }
    return tags;
  }
}
