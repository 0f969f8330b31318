// SPDX-License-Identifier: GPL-2.0-only
/** Copies of an object with one word of its BTF changed each: what the kernel does or does not put up with. */
import { recordBytes } from '../../src/btf/decode';
import { Kind } from '../../src/btf/types';

/** One changed word. */
export interface Lie {
  /** What was changed, unique among the lies of an object; fit for a file name. */
  readonly name: string;
  /** Byte offset in the file. */
  readonly at: number;
  readonly word: number;
}

const HEADER_FIELDS = ['magic_version', 'hdr_len', 'type_off', 'type_len', 'str_off', 'str_len'];

/** Where section `.BTF` lies in an ELF object. */
function btfOffset(object: DataView): number {
  const table = Number(object.getBigUint64(40, true));
  const header = (index: number): number => table + index * 64;
  const names = Number(object.getBigUint64(header(object.getUint16(62, true)) + 24, true));
  for (let index = 1; index < object.getUint16(60, true); index += 1) {
    const at = names + object.getUint32(header(index), true);
    if (['.', 'B', 'T', 'F', '\0'].every((char, place) => object.getUint8(at + place) === char.charCodeAt(0))) {
      return Number(object.getBigUint64(header(index) + 24, true));
    }
  }
  throw new Error('no .BTF');
}

/** The lies that can be told of an object's BTF, one word at a time. */
export function btfLies(object: Uint8Array): Lie[] {
  const view = new DataView(object.buffer, object.byteOffset, object.byteLength);
  const btf = btfOffset(view);
  const header = view.getUint32(btf + 4, true);
  const strings = view.getUint32(btf + 20, true);
  const lies: Lie[] = [];
  const lie = (name: string, at: number, words: Readonly<Record<string, number>>): void => {
    for (const [how, word] of Object.entries(words)) {
      if (word >>> 0 !== view.getUint32(at, true)) {
        lies.push({ name: `${name}-${how}`, at, word: word >>> 0 });
      }
    }
  };
  HEADER_FIELDS.forEach((field, index) => {
    const at = btf + index * 4;
    const word = view.getUint32(at, true);
    const flags = index === 0 ? { version: word + 0x10000, flags: word | 0x1000000 } : {};
    lie(`header-${field}`, at, { more: word + 4, less: word - 4, ...flags });
  });
  const end = btf + header + view.getUint32(btf + 12, true);
  let id = 1;
  for (let at = btf + header; at < end; id += 1) {
    const info = view.getUint32(at + 4, true);
    const kind = (info >>> 24) & 0x7f;
    const bytes = recordBytes(info);
    const where = `${id}-${KIND_WORDS[kind]!}`;
    lie(`${where}-name`, at, { none: 0, empty: strings - 1, middle: view.getUint32(at, true) + 1, beyond: strings, odd: 3 });
    const hasVlen = bytes > 12 && (info & 0xffffff) > 0;
    lie(`${where}-info`, at + 4, { flag: info ^ 0x80000000, ...(hasVlen ? {} : { vlen: info + 1, wide: info + 0x10000 }) });
    const second = view.getUint32(at + 8, true);
    lie(`${where}-word`, at + 8, { none: 0, self: id, more: second + 1, huge: 0xfffff, last: 60, double: second * 2 });
    for (let extra = 12; extra < bytes; extra += 4) {
      const word = view.getUint32(at + extra, true);
      lie(`${where}-extra${extra / 4 - 3}`, at + extra, {
        none: 0,
        self: id,
        more: word + 1,
        high: word | 0x80000000,
        top: word | 0x1000000,
      });
    }
    at += bytes;
  }
  return lies;
}

const KIND_WORDS: Readonly<Record<number, string>> = {
  [Kind.INT]: 'int',
  [Kind.PTR]: 'ptr',
  [Kind.ARRAY]: 'array',
  [Kind.STRUCT]: 'struct',
  [Kind.UNION]: 'union',
  [Kind.ENUM]: 'enum',
  [Kind.FWD]: 'fwd',
  [Kind.TYPEDEF]: 'typedef',
  [Kind.VOLATILE]: 'volatile',
  [Kind.CONST]: 'const',
  [Kind.RESTRICT]: 'restrict',
  [Kind.FUNC]: 'func',
  [Kind.FUNC_PROTO]: 'proto',
  [Kind.VAR]: 'var',
  [Kind.DATASEC]: 'datasec',
  [Kind.FLOAT]: 'float',
  [Kind.DECL_TAG]: 'decl_tag',
  [Kind.TYPE_TAG]: 'type_tag',
  [Kind.ENUM64]: 'enum64',
};

/** The object with a lie told. */
export function withLie(object: Uint8Array, { at, word }: Lie): Uint8Array {
  const copy = object.slice();
  new DataView(copy.buffer).setUint32(at, word, true);
  return copy;
}
