// SPDX-License-Identifier: GPL-2.0-only
import { decodeType, recordBytes } from './decode';
import { BtfError } from './error';
import { isBigEndianBtf, swapBtf } from './swap';
import { hashBytes, stringTable, type StringTable } from './strings';
import { Kind, type Btf, type BtfOf, type BtfType } from './types';

/** `BTF_MAGIC`. */
const MAGIC = 0xeb9f;
const VERSION = 1;
/** Header up to and including `str_len`; the optional layout fields follow. */
const HEADER_BYTES = 24;
const TYPE_BYTES = 12;
/** Bytes of `struct btf_layout`: of the record's fixed part, of each element, flags. */
const KIND_LAYOUT_BYTES = 4;
const MAX_STRING_OFFSET = 0x7fffffff;
/** `BTF_MAX_TYPE`. */
const MAX_TYPE_ID = 0x000fffff;

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

/** What {@link parseBtf} returns: a {@link Btf} and access to its string section. */
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

/** How to read a BTF blob. */
export interface ParseBtfOptions {
  readonly name: string;
  readonly isKernel: boolean;
  /** The BTF that a split BTF continues; it must come from {@link parseBtf}. */
  readonly base?: Btf | null;
  /** {@link ParsedBtf.index} of these very bytes, from an earlier time. */
  readonly index?: BtfIndex;
}

class BtfBlob implements ParsedBtf {
  readonly name: string;
  readonly isKernel: boolean;
  readonly base: BtfBlob | null;
  readonly startId: number;
  readonly endId: number;
  readonly strings: StringTable;
  readonly bytes: Uint8Array;
  readonly layout: BtfLayout;
  readonly #view: DataView;
  /** Byte offset of each own type in the blob. */
  readonly #offsets: Uint32Array;
  readonly #types: (BtfType | undefined)[];
  /** Own ids chained by hash of their name, ascending in each chain. */
  #names: Pick<BtfIndex, 'heads' | 'next'> | null = null;
  #flavours: readonly number[] | null = null;
  #tags: Map<number, BtfOf<Kind.DECL_TAG>[]> | null = null;

  constructor(
    opts: ParseBtfOptions,
    base: BtfBlob | null,
    bytes: Uint8Array,
    layout: BtfLayout,
    offsets: Uint32Array,
    strings: StringTable,
  ) {
    this.name = opts.name;
    this.isKernel = opts.isKernel;
    this.base = base;
    this.startId = base === null ? 1 : base.endId;
    this.endId = this.startId + offsets.length;
    this.strings = strings;
    this.bytes = bytes;
    this.layout = layout;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offsets = offsets;
    this.#types = new Array<BtfType | undefined>(offsets.length);
    if (opts.index !== undefined) {
      this.#names = opts.index;
      this.#flavours = [...opts.index.flavours];
    }
  }

  index(): BtfIndex {
    this.#names ??= this.#indexNames();
    const { heads, next } = this.#names;
    return { offsets: this.#offsets, heads, next, flavours: Int32Array.from(this.ownIdsContaining(FLAVOUR)) };
  }

  get described(): DescribedKinds {
    return { view: this.#view, kinds: this.layout.kinds };
  }

  type(id: number): BtfType | undefined {
    if (id < this.startId) {
      return id === 0 ? VOID : this.base?.type(id);
    }
    const index = id - this.startId;
    let type = this.#types[index];
    if (type === undefined && id < this.endId) {
      type = decodeType(this, this.#view, this.#offsets[index]!, id);
      this.#types[index] = type;
    }
    return type;
  }

  placeOf(id: number): number {
    return this.#offsets[id - this.startId]!;
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
    if (text !== FLAVOUR) return this.#idsContaining(text);
    return (this.#flavours ??= this.#idsContaining(text));
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
    return this.#view.getUint8(this.#offsets[index]! + 7) & 0x7f;
  }

  #nameOffset(index: number): number {
    return this.#view.getUint32(this.#offsets[index]!, true);
  }

  #ownIds(name: string, kind: Kind, firstOnly: boolean): number[] {
    this.#names ??= this.#indexNames();
    const { heads, next } = this.#names;
    const { bytes: wanted, hash } = encodedName(name);
    const found: number[] = [];
    let index = heads[hash & (heads.length - 1)]!;
    while (index >= 0) {
      if (this.#kindOf(index) === kind && this.strings.equalsAt(this.#nameOffset(index), wanted)) {
        found.push(this.startId + index);
        if (firstOnly) {
          break;
        }
      }
      index = next[index]!;
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

/**
 * Reads a BTF blob of either byte order. Only the table of type offsets is built at once; types are decoded when they are asked for (and a
 * type that is wrong in itself throws {@link BtfError} then). Call {@link validateBtf} to have all of them checked.
 * Throws {@link BtfError} if the header, the sections or the bounds of a type are wrong.
 */
export function parseBtf(given: Uint8Array, opts: ParseBtfOptions): ParsedBtf {
  const fail = (message: string, offset: number): never => {
    throw new BtfError(message, opts.name, -1, offset);
  };
  const base = opts.base ?? null;
  if (base !== null && !(base instanceof BtfBlob)) {
    return fail('the base of a split BTF must be a parsed BTF', -1);
  }
  if (opts.isKernel && isBigEndianBtf(given)) {
    return fail('the BTF of a big-endian kernel is not supported', 0);
  }
  const bytes = isBigEndianBtf(given) ? swapBtf(given) : given;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) {
    return fail(`truncated header: ${bytes.length} bytes, need ${HEADER_BYTES}`, 0);
  }
  const magic = view.getUint16(0, true);
  if (magic !== MAGIC) {
    return fail(`wrong magic 0x${magic.toString(16)}`, 0);
  }
  // of a program's BTF the kernel checks the version; a loader goes on without then
  if (opts.isKernel && view.getUint8(2) !== VERSION) {
    return fail(`unsupported version ${view.getUint8(2)}`, 2);
  }
  const headerBytes = view.getUint32(4, true);
  const typeOff = view.getUint32(8, true);
  const typeLen = view.getUint32(12, true);
  const strOff = view.getUint32(16, true);
  const strLen = view.getUint32(20, true);
  if (headerBytes < HEADER_BYTES || headerBytes > bytes.length) {
    return fail(`header length ${headerBytes} does not fit into ${bytes.length} bytes`, 4);
  }
  if (strOff + strLen > bytes.length - headerBytes) {
    return fail(`string section ${strOff}+${strLen} is out of the blob of ${bytes.length} bytes`, 16);
  }
  if (typeOff + typeLen > strOff) {
    return fail(`type section ${typeOff}+${typeLen} overlaps the string section at ${strOff}`, 8);
  }
  if (typeOff % 4 !== 0) {
    return fail('type section is not aligned to 4 bytes', 8);
  }
  const kinds = kindLayout(view, headerBytes, typeOff + typeLen, strOff);
  if (typeof kinds === 'string') {
    return fail(kinds, 24);
  }
  const strAt = headerBytes + strOff;
  if (!(base !== null && strLen === 0)) {
    if (strLen === 0 || strLen > MAX_STRING_OFFSET || bytes[strAt + strLen - 1] !== 0) {
      return fail('string section is empty or not terminated', strAt);
    }
    if (base === null && bytes[strAt] !== 0) {
      return fail('string section does not begin with an empty string (split BTF without its base?)', strAt);
    }
  }
  const strings = stringTable(bytes.subarray(strAt, strAt + strLen), base === null ? null : base.strings);
  const startId = base === null ? 1 : base.endId;
  const described = kinds.length > 0 || base === null ? { view, kinds } : base.described;
  const offsets =
    opts.index?.offsets ?? typeOffsets(view, headerBytes + typeOff, headerBytes + typeOff + typeLen, startId, opts.name, described);
  const layout = {
    header: headerBytes,
    types: { at: headerBytes + typeOff, length: typeLen },
    strings: { at: strAt, length: strLen },
    kinds,
  };
  return new BtfBlob(opts, base, bytes, layout, offsets, strings);
}

/** The section that says how long records of each kind are, or what is wrong with it (`tools/lib/bpf/btf.c: btf_parse_hdr`). */
function kindLayout(view: DataView, header: number, typesEnd: number, strOff: number): BtfLayout['kinds'] | string {
  const field = (at: number): number => (at + 4 <= header ? view.getUint32(at, true) : 0);
  const [offset, length] = [field(24), field(28)];
  if (length === 0) {
    return { at: 0, length: 0 };
  }
  if (offset % 4 !== 0 || length % 4 !== 0) {
    return 'kind layout section is not aligned to 4 bytes';
  }
  if (offset < typesEnd || offset + length > strOff) {
    return `kind layout section ${offset}+${length} is not between types and strings`;
  }
  return { at: header + offset, length };
}

/** A section that says how long records of each kind are, in its BTF. */
interface DescribedKinds {
  readonly view: DataView;
  readonly kinds: BtfLayout['kinds'];
}

/** Bytes of a record of a kind that we do not know, -1 where nothing describes it (`tools/lib/bpf/btf.c: btf_type_size_unknown`). */
function describedBytes(info: number, { view, kinds }: DescribedKinds): number {
  const entry = ((info >>> 24) & 0x7f) * KIND_LAYOUT_BYTES;
  if (entry + KIND_LAYOUT_BYTES > kinds.length) {
    return -1;
  }
  const [fixed, each] = [view.getUint8(kinds.at + entry), view.getUint8(kinds.at + entry + 1)];
  return fixed % 4 === 0 && each % 4 === 0 ? TYPE_BYTES + fixed + (info & 0xffffff) * each : -1;
}

function typeOffsets(view: DataView, from: number, to: number, startId: number, name: string, described: DescribedKinds): Uint32Array {
  let offsets = new Uint32Array(Math.min(1 << 10, Math.ceil((to - from) / TYPE_BYTES)));
  let count = 0;
  let at = from;
  while (at + TYPE_BYTES <= to) {
    const id = startId + count;
    const info = view.getUint32(at + 4, true);
    const known = recordBytes(info);
    const bytes = known < 0 ? describedBytes(info, described) : known;
    if (bytes < 0) {
      throw new BtfError(`unknown kind ${view.getUint8(at + 7) & 0x7f}`, name, id, at);
    }
    if (at + bytes > to) {
      throw new BtfError('runs over the end of the type section', name, id, at);
    }
    if (id > MAX_TYPE_ID) {
      throw new BtfError('too many types', name, id, at);
    }
    if (count === offsets.length) {
      const grown = new Uint32Array(count * 2);
      grown.set(offsets);
      offsets = grown;
    }
    offsets[count] = at;
    count += 1;
    at += bytes;
  }
  if (at !== to) {
    throw new BtfError(`${to - at} stray bytes at the end of the type section`, name, -1, at);
  }
  return offsets.slice(0, count);
}

/**
 * Decodes every own type and checks what they refer to: type ids and string offsets in range, FUNC → FUNC_PROTO.
 * Throws {@link BtfError} at the first fault. Source of the rules: `tools/lib/bpf/btf.c: btf_sanity_check`.
 */
export function validateBtf(btf: Btf): void {
  for (let id = btf.startId; id < btf.endId; id += 1) {
    const type = btf.type(id)!;
    if (type.kind === Kind.FUNC && btf.type(type.type)?.kind !== Kind.FUNC_PROTO) {
      throw new BtfError(`referenced type [${type.type}] is not FUNC_PROTO`, btf.name, id, -1);
    }
  }
}
