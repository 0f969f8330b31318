// SPDX-License-Identifier: GPL-2.0-only
/** A BTF in the other byte order. Facts: `tools/lib/bpf/btf.c: btf_parse_hdr, btf_bswap_type_base, btf_bswap_type_rest`. */
import { recordBytes } from './decode';

/** `BTF_MAGIC`, as its bytes stand in a big-endian file. */
const BIG_ENDIAN_MAGIC = [0xeb, 0x9f] as const;
/** Bytes of the header up to `str_len`, and with the layout's place. */
const SHORT_HEADER = 24;
const HEADER_BYTES = 32;
const TYPE_BYTES = 12;
/** Bytes of `struct btf_layout`; its second half is one 16-bit number. */
const LAYOUT_BYTES = 4;

/** Whether a BTF's numbers are big-endian. */
export function isBigEndianBtf(bytes: Uint8Array): boolean {
  return BIG_ENDIAN_MAGIC.every((byte, index) => bytes[index] === byte);
}

/**
 * The same BTF with every number in the other byte order; offsets and lengths stay. What does not fit into the bytes stays as it is, for the reader
 * to refuse it.
 */
export function swapBtf(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes);
  if (bytes.length < SHORT_HEADER) return out;
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const to = new DataView(out.buffer);
  const little = !isBigEndianBtf(bytes);
  const word = (at: number): number => from.getUint32(at, little);
  const swap = (at: number): void => to.setUint32(at, word(at), !little);
  const swap16 = (at: number): void => to.setUint16(at, from.getUint16(at, little), !little);
  swap16(0);
  const header = word(4);
  for (let at = 4; at < Math.min(header, HEADER_BYTES, bytes.length - 3); at += 4) swap(at);
  const typesEnd = Math.min(header + word(8) + word(12), bytes.length);
  for (let at = header + word(8); at + TYPE_BYTES <= typesEnd;) {
    const info = word(at + 4);
    const end = at + recordBytes(info);
    if (end <= at || end > typesEnd) return out;
    // every record is made of words of 32 bits
    for (let field = at; field < end; field += 4) swap(field);
    at = end;
  }
  if (header < HEADER_BYTES || header + word(24) + word(28) > bytes.length) return out;
  for (let at = header + word(24); at + LAYOUT_BYTES <= header + word(24) + word(28); at += LAYOUT_BYTES) swap16(at + 2);
  return out;
}
