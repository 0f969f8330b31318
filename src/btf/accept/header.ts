// SPDX-License-Identifier: GPL-2.0-only
/** The header and the sections it names (`kernel/bpf/btf.c: btf_parse_hdr`, `btf_parse_str_sec`, `btf_parse_layout_sec`). */
import { HEADER_BYTES, Objection, type BtfSection } from './image';

const MAGIC = 0xeb9f;
const VERSION = 1;
/** Bytes up to and including `hdr_len`. */
const LENGTH_KNOWN = 8;
/** `BTF_MAX_NAME_OFFSET`. */
const MAX_NAME_OFFSET = 0xffffff;
/** Bytes of `struct btf_layout`. */
const LAYOUT_BYTES = 4;

/** What the header says; sections lie within the bytes. */
export interface BtfHeader {
  /** Bytes of the header; sections are counted from there. */
  readonly length: number;
  readonly types: BtfSection;
  readonly strings: BtfSection;
}

function refuse(what: string): never {
  throw new Objection(what);
}

/** Checks everything before the first type. Throws {@link Objection}. */
export function checkHeader(bytes: Uint8Array): BtfHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < LENGTH_KNOWN) {
    refuse('hdr_len not found');
  }
  const length = view.getUint32(4, true);
  if (bytes.length < length) {
    refuse('btf_header not found');
  }
  if (length > HEADER_BYTES && bytes.subarray(HEADER_BYTES, length).some((byte) => byte !== 0)) {
    refuse('Unsupported btf_header');
  }
  // a field that the header is too short for counts as 0
  const field = (at: number): number => (at + 4 <= length ? view.getUint32(at, true) : 0);
  if ((field(0) & 0xffff) !== MAGIC) {
    refuse('Invalid magic');
  }
  if (view.getUint8(2) !== VERSION) {
    refuse('Unsupported version');
  }
  if (view.getUint8(3) !== 0) {
    refuse('Unsupported flags');
  }
  if (bytes.length === length) {
    refuse('No data');
  }
  const section = (at: number): BtfSection => ({ offset: field(at), length: field(at + 4) });
  const [types, strings, layout] = [section(8), section(16), section(24)];
  const hasLayout = length >= HEADER_BYTES && layout.length > 0;
  checkSections(hasLayout ? [types, strings, layout] : [types, strings], bytes.length - length);
  checkStrings(bytes.subarray(length + strings.offset, length + strings.offset + strings.length));
  if (length < HEADER_BYTES && length + strings.offset + strings.length !== bytes.length) {
    refuse('String section is not at the end');
  }
  if (hasLayout) {
    checkLayout(layout);
  }
  return { length, types, strings };
}

/** Sections must fill what follows the header, in any order, without gap or overlap (`btf_check_sec_info`). */
function checkSections(sections: readonly BtfSection[], bytes: number): void {
  const sorted = [...sections].sort((a, b) => (a.offset - b.offset) | 0 || (a.length - b.length) | 0);
  let total = 0;
  for (const { offset, length } of sorted) {
    if (bytes < offset) {
      refuse('Invalid section offset');
    }
    if (total !== offset) {
      refuse(total < offset ? 'Unsupported section found' : 'Section overlap found');
    }
    if (bytes - total < length) {
      refuse('Total section length too long');
    }
    total += length;
  }
  if (bytes !== total) {
    refuse('Unsupported section found');
  }
}

function checkStrings(strings: Uint8Array): void {
  if (strings.length === 0 || strings.length - 1 > MAX_NAME_OFFSET || strings.at(-1) !== 0 || strings[0] !== 0) {
    refuse('Invalid string section');
  }
}

function checkLayout({ offset, length }: BtfSection): void {
  if (offset % 4 !== 0) {
    refuse('Unaligned layout_off');
  }
  if (length < LAYOUT_BYTES) {
    refuse('Layout section is too small');
  }
  if (length % LAYOUT_BYTES !== 0) {
    refuse(`layout_len is not multiple of ${LAYOUT_BYTES}`);
  }
}
