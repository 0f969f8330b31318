// SPDX-License-Identifier: GPL-2.0-only
/** BTF as bytes, the way `BPF_BTF_LOAD` gets it: what decoding leaves out (reserved bits, name offsets) is still there. */
import { decodeCString } from '../strings';
import type { Kind } from '../types';

/** Bytes of `struct btf_header`, and of its part up to `str_len`, which older compilers write. */
export const HEADER_BYTES = 32;
/** Bytes of `struct btf_type`. */
export const TYPE_BYTES = 12;
/** Most bytes of a name in a message. */
const SHOWN_NAME = 512;

/** What the kernel says when it refuses BTF. */
export class Objection extends Error {
  constructor(
    /** The line of its log that says why. */
    line: string,
    /** The line before it that says which type a member or variable belongs to, or null. */
    readonly of: string | null = null,
  ) {
    super(line);
  }
}

/** Section of a BTF: bytes from the end of the header, and length in bytes. */
export interface BtfSection {
  readonly offset: number;
  readonly length: number;
}

/** Word-wise access to types whose places are known. Ids start at 1; 0 is `void`, with all words 0. */
export class BtfImage {
  readonly strings: Uint8Array;
  readonly #view: DataView;
  /** Byte offset by id. */
  readonly #at: number[] = [-1];

  constructor(bytes: Uint8Array, strings: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.strings = strings;
  }

  /** Appends the type whose record starts at byte `at`; returns its id. */
  push(at: number): number {
    return this.#at.push(at) - 1;
  }

  /** One more than the largest id. */
  get endId(): number {
    return this.#at.length;
  }

  has(id: number): boolean {
    return id < this.#at.length;
  }

  nameOffset(id: number): number {
    return this.#word(id, 0);
  }

  kind(id: number): Kind {
    return (this.#word(id, 4) >>> 24) & 0x7f;
  }

  vlen(id: number): number {
    return this.#word(id, 4) & 0xffffff;
  }

  kindFlag(id: number): boolean {
    return this.#word(id, 4) >>> 31 === 1;
  }

  /** The word that is a size or a type id. */
  sizeOrType(id: number): number {
    return this.#word(id, 8);
  }

  /** A word after the record's head. */
  extra(id: number, index: number): number {
    return this.#word(id, TYPE_BYTES + index * 4);
  }

  /** Bytes of the string at an offset, without terminator; null out of range. */
  nameBytes(offset: number): Uint8Array | null {
    if (offset >= this.strings.length) {
      return null;
    }
    const end = this.strings.indexOf(0, offset);
    return this.strings.subarray(offset, end < 0 ? this.strings.length : end);
  }

  /** A name as the log shows it. */
  shownName(offset: number): string {
    if (offset === 0) {
      return '(anon)';
    }
    const bytes = this.nameBytes(offset);
    return bytes === null ? '(invalid-name-offset)' : decodeCString(bytes.subarray(0, SHOWN_NAME), 0);
  }

  #word(id: number, offset: number): number {
    return id === 0 ? 0 : this.#view.getUint32(this.#at[id]! + offset, true);
  }
}
