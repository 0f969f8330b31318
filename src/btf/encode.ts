// SPDX-License-Identifier: GPL-2.0-only
/** Writing BTF: the counterpart of {@link parseBtf}. Facts: `Documentation/bpf/btf.rst`. */
import { Kind, type BtfType } from './types';

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const KIND_FLAG = 0x80000000;

/** Strings of a BTF blob, each once; offset 0 is the empty string. */
export class StringPool {
  readonly #offsets = new Map<string, number>([['', 0]]);
  readonly #parts: Uint8Array[] = [Uint8Array.of(0)];
  #bytes = 1;

  /** Offset of a string, which is added if it is new. */
  offset(text: string): number {
    let at = this.#offsets.get(text);
    if (at === undefined) {
      at = this.#bytes;
      const encoded = new TextEncoder().encode(`${text}\0`);
      this.#offsets.set(text, at);
      this.#parts.push(encoded);
      this.#bytes += encoded.length;
    }
    return at;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** A little-endian `.BTF` section of these types, in their order (ids from 1), with all strings of the pool. */
export function encodeBtf(types: readonly BtfType[], strings: StringPool): Uint8Array {
  const words: number[] = [];
  for (const type of types) {
    encodeType(type, strings, words);
  }
  const text = strings.bytes();
  const typeBytes = words.length * 4;
  const bytes = new Uint8Array(HEADER_BYTES + typeBytes + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, 1);
  [HEADER_BYTES, 0, typeBytes, typeBytes, text.length].forEach((word, index) => {
    view.setUint32(4 + index * 4, word, true);
  });
  words.forEach((word, index) => {
    view.setUint32(HEADER_BYTES + index * 4, word >>> 0, true);
  });
  bytes.set(text, HEADER_BYTES + typeBytes);
  return bytes;
}

function encodeType(type: BtfType, strings: StringPool, words: number[]): void {
  const head = (vlen: number, sizeOrType: number, flag = false): void => {
    words.push(strings.offset(type.name), ((flag ? KIND_FLAG : 0) | (type.kind << 24) | vlen) >>> 0, sizeOrType);
  };
  switch (type.kind) {
    case Kind.INT:
      head(0, type.size);
      words.push((type.encoding << 24) | (type.bitOffset << 16) | type.bits);
      break;
    case Kind.ARRAY:
      head(0, 0);
      words.push(type.type, type.indexType, type.nelems);
      break;
    case Kind.STRUCT:
    case Kind.UNION: {
      const flag = type.members.some((member) => member.bitfieldSize > 0);
      head(type.members.length, type.size, flag);
      for (const member of type.members) {
        words.push(
          strings.offset(member.name),
          member.type,
          flag ? ((member.bitfieldSize << 24) | member.bitOffset) >>> 0 : member.bitOffset,
        );
      }
      break;
    }
    case Kind.ENUM:
    case Kind.ENUM64:
      head(type.values.length, type.size, type.signed);
      for (const { name, value } of type.values) {
        const bits = BigInt.asUintN(64, value);
        words.push(strings.offset(name), Number(bits & 0xffffffffn));
        if (type.kind === Kind.ENUM64) {
          words.push(Number(bits >> 32n));
        }
      }
      break;
    case Kind.FWD:
      head(0, 0, type.union);
      break;
    case Kind.FUNC:
      head(type.linkage, type.type);
      break;
    case Kind.FUNC_PROTO:
      head(type.params.length, type.ret);
      for (const param of type.params) {
        words.push(strings.offset(param.name), param.type);
      }
      break;
    case Kind.VAR:
      head(0, type.type);
      words.push(type.linkage);
      break;
    case Kind.DATASEC:
      head(type.vars.length, type.size);
      for (const entry of type.vars) {
        words.push(entry.type, entry.offset, entry.size);
      }
      break;
    case Kind.FLOAT:
      head(0, type.size);
      break;
    case Kind.DECL_TAG:
      head(0, type.type, type.attribute === true);
      words.push(type.componentIdx);
      break;
    case Kind.TYPE_TAG:
      head(0, type.type, type.attribute === true);
      break;
    case Kind.VOID:
      break;
    default:
      head(0, type.type);
  }
}
