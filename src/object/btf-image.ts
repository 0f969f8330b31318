// SPDX-License-Identifier: GPL-2.0-only
/**
 * An object's BTF as bytes, with libbpf's fix-ups: what the kernel gets. What libbpf does not touch stays bit for bit.
 * Rules: `tools/lib/bpf/btf.c: btf_get_raw_data`, and where `tools/lib/bpf/libbpf.c` changes types.
 */
import type { BtfLayout, ParsedBtf } from '../btf/parse';
import type { TypeTable } from '../btf/table';
import { Kind, Linkage, type BtfType } from '../btf/types';

const TYPE_BYTES = 12;
const VAR_BYTES = 16;
/** Bytes of `struct btf_header`. */
const HEADER_BYTES = 32;
const encoder = new TextEncoder();

/** The bytes that `parsed` has become with the changes of `table`, which was made from it. */
export function handedOverBtf(parsed: ParsedBtf, table: TypeTable): Uint8Array {
  if (table.changed.size === 0 && table.endId === table.firstAdded) {
    return parsed.bytes;
  }
  // not slice(): that of a Buffer shares its memory
  const bytes = new Uint8Array(parsed.bytes);
  const added: BtfType[] = [];
  for (let id = table.firstAdded; id < table.endId; id += 1) {
    added.push(table.type(id)!);
  }
  const name = added[0]?.name ?? '';
  const nameOffset = added.length === 0 ? 0 : parsed.layout.strings.length;
  for (const id of table.changed) {
    if (id < table.firstAdded) {
      patch(bytes, parsed.placeOf(id), table.type(id)!, nameOffset);
    }
  }
  return added.length === 0 ? bytes : recompose(bytes, parsed.layout, encoder.encode(`${name}\0`), added, nameOffset);
}

/** Writes what has changed of a type into its record. `nameOffset`: the name that parameters without one get. */
function patch(bytes: Uint8Array, at: number, type: BtfType, nameOffset: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  const put = (offset: number, word: number): void => view.setUint32(offset, word, true);
  switch (type.kind) {
    case Kind.DATASEC:
      put(8, type.size);
      type.vars.forEach((entry, index) =>
        [entry.type, entry.offset, entry.size].forEach((word, part) => put(TYPE_BYTES + index * 12 + part * 4, word)),
      );
      return;
    case Kind.VAR:
      put(8, type.type);
      put(TYPE_BYTES, type.linkage);
      return;
    case Kind.FUNC:
      // made static: the info word is written anew; made global: only its low half
      put(4, type.linkage === Linkage.STATIC ? Kind.FUNC << 24 : (view.getUint32(4, true) & ~0xffff) | Linkage.GLOBAL);
      return;
    case Kind.FUNC_PROTO:
      for (let offset = TYPE_BYTES; offset < TYPE_BYTES + type.params.length * 8; offset += 8) {
        if (view.getUint32(offset, true) === 0 && view.getUint32(offset + 4, true) !== 0) {
          put(offset, nameOffset);
        }
      }
      return;
    default:
      return;
  }
}

/** Puts a BTF together anew, with variables of one name at the end of the types. */
function recompose(bytes: Uint8Array, layout: BtfLayout, name: Uint8Array, added: readonly BtfType[], nameOffset: number): Uint8Array {
  const { header, types, kinds, strings } = layout;
  const addedBytes = added.length * VAR_BYTES;
  const out = new Uint8Array(header + types.length + addedBytes + kinds.length + strings.length + name.length);
  const view = new DataView(out.buffer);
  out.set(bytes.subarray(0, Math.min(header, HEADER_BYTES)));
  out.set(bytes.subarray(types.at, types.at + types.length), header);
  let at = header + types.length;
  for (const type of added) {
    const words = type.kind === Kind.VAR ? [nameOffset, Kind.VAR << 24, type.type, type.linkage] : [];
    words.forEach((word, index) => view.setUint32(at + index * 4, word, true));
    at += VAR_BYTES;
  }
  out.set(bytes.subarray(kinds.at, kinds.at + kinds.length), at);
  out.set(bytes.subarray(strings.at, strings.at + strings.length), at + kinds.length);
  out.set(name, at + kinds.length + strings.length);
  const typeLength = types.length + addedBytes;
  view.setUint32(12, typeLength, true);
  view.setUint32(16, view.getUint32(16, true) + addedBytes, true);
  view.setUint32(20, strings.length + name.length, true);
  if (kinds.length > 0) {
    view.setUint32(24, view.getUint32(24, true) + addedBytes, true);
  }
  return out;
}
