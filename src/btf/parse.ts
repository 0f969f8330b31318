// SPDX-License-Identifier: GPL-2.0-only
import { BtfBlob, type BtfIdentity, type BtfLayout, type DescribedKinds, type LaidOut, type ParsedBtf } from './blob';
import { recordBytes } from './decode';
import { BtfError } from './error';
import { ALL_THERE } from './pieces';
import { isBigEndianBtf, swapBtf } from './swap';
import { Kind, type Btf } from './types';

export type { BtfIndex, BtfLayout, LaidOut, ParsedBtf } from './blob';

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

/** How to read a BTF blob. */
export interface ParseBtfOptions extends BtfIdentity {
  /** The BTF that a split BTF continues; it must come from {@link parseBtf}. */
  readonly base?: Btf | null;
}

/** A BTF of a kernel that was read before: nothing of it is looked at, or checked, until it is asked for. */
export function readBefore(name: string, base: ParsedBtf | null, laidOut: LaidOut): ParsedBtf {
  return new BtfBlob({ name, isKernel: true }, base as BtfBlob | null, laidOut);
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
  const startId = base === null ? 1 : base.endId;
  const described = kinds.length > 0 || base === null ? { view, kinds } : base.described;
  const types = { at: headerBytes + typeOff, length: typeLen };
  const offsets = typeOffsets(view, types.at, types.at + typeLen, startId, opts.name, described);
  const layout = { header: headerBytes, types, strings: { at: strAt, length: strLen }, kinds };
  return new BtfBlob(opts, base, { bytes, layout, index: { offsets }, need: ALL_THERE });
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
