// SPDX-License-Identifier: GPL-2.0-only
import { BtfError } from './error';
import type { StringTable } from './strings';
import { Kind, type BtfEnumerator, type BtfMember, type BtfParam, type BtfSecVar, type BtfType } from './types';

/** What decoding one record needs to know of the BTF around it. */
export interface DecodeContext {
  readonly name: string;
  readonly endId: number;
  readonly strings: StringTable;
}

/** Bytes that records of all kinds begin with (`struct btf_type`). */
export const HEAD = 12;

/**
 * Bytes of a type record whose `info` word is given, -1 for an unknown kind.
 * `info`: vlen in bits 0 to 23, kind in bits 24 to 30, kind flag in bit 31 (`include/uapi/linux/btf.h`).
 */
export function recordBytes(info: number): number {
  const vlen = info & 0xffffff;
  switch ((info >>> 24) & 0x7f) {
    case Kind.PTR:
    case Kind.FWD:
    case Kind.TYPEDEF:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.FUNC:
    case Kind.FLOAT:
    case Kind.TYPE_TAG:
      return HEAD;
    case Kind.INT:
    case Kind.VAR:
    case Kind.DECL_TAG:
      return HEAD + 4;
    case Kind.ARRAY:
      return HEAD + 12;
    case Kind.ENUM:
    case Kind.FUNC_PROTO:
      return HEAD + vlen * 8;
    case Kind.STRUCT:
    case Kind.UNION:
    case Kind.ENUM64:
    case Kind.DATASEC:
      return HEAD + vlen * 12;
    default:
      return -1;
  }
}

/**
 * Decodes the record at `at`; its bounds have been checked. Nothing can be made of a kind that only a layout section describes. Throws {@link BtfError} for a name or type id out of range.
 */
export function decodeType(btf: DecodeContext, view: DataView, at: number, id: number): BtfType {
  const u32 = (offset: number): number => view.getUint32(at + offset, true);
  const text = (offset: number): string => {
    const found = btf.strings.at(u32(offset));
    if (found === undefined) {
      throw new BtfError(`name at string offset ${u32(offset)} is out of the section`, btf.name, id, at + offset);
    }
    return found;
  };
  const ref = (offset: number): number => {
    const type = u32(offset);
    if (type >= btf.endId) {
      throw new BtfError(`invalid referenced type id ${type}`, btf.name, id, at + offset);
    }
    return type;
  };
  const info = u32(4);
  const vlen = info & 0xffffff;
  const flag = info >>> 31 === 1;
  const kind: Kind = (info >>> 24) & 0x7f;
  const name = text(0);
  switch (kind) {
    case Kind.INT: {
      const word = u32(HEAD);
      return { id, name, kind, size: u32(8), encoding: (word >>> 24) & 0xf, bits: word & 0xff, bitOffset: (word >>> 16) & 0xff };
    }
    case Kind.PTR:
    case Kind.VOLATILE:
    case Kind.CONST:
    case Kind.RESTRICT:
    case Kind.TYPEDEF:
      return { id, name, kind, type: ref(8) };
    case Kind.TYPE_TAG:
      return flag ? { id, name, kind, type: ref(8), attribute: true } : { id, name, kind, type: ref(8) };
    case Kind.ARRAY:
      return { id, name, kind, type: ref(HEAD), indexType: ref(HEAD + 4), nelems: u32(HEAD + 8) };
    case Kind.STRUCT:
    case Kind.UNION: {
      const members: BtfMember[] = [];
      for (let index = 0; index < vlen; index += 1) {
        const member = HEAD + index * 12;
        const offset = u32(member + 8);
        members.push({
          name: text(member),
          type: ref(member + 4),
          bitOffset: flag ? offset & 0xffffff : offset,
          bitfieldSize: flag ? offset >>> 24 : 0,
        });
      }
      return { id, name, kind, size: u32(8), members };
    }
    case Kind.ENUM:
    case Kind.ENUM64: {
      const values: BtfEnumerator[] = [];
      for (let index = 0; index < vlen; index += 1) {
        const value = HEAD + index * (kind === Kind.ENUM ? 8 : 12);
        let number: bigint;
        if (kind === Kind.ENUM) {
          number = BigInt(flag ? view.getInt32(at + value + 4, true) : u32(value + 4));
        } else {
          number = (BigInt(u32(value + 8)) << 32n) | BigInt(u32(value + 4));
          number = flag ? BigInt.asIntN(64, number) : number;
        }
        values.push({ name: text(value), value: number });
      }
      return { id, name, kind, size: u32(8), signed: flag, values };
    }
    case Kind.FWD:
      return { id, name, kind, union: flag };
    case Kind.FUNC:
      return { id, name, kind, type: ref(8), linkage: vlen };
    case Kind.FUNC_PROTO: {
      const params: BtfParam[] = [];
      for (let index = 0; index < vlen; index += 1) {
        params.push({ name: text(HEAD + index * 8), type: ref(HEAD + index * 8 + 4) });
      }
      // loaders check parameters only; the kernel refuses what returns a type that does not exist
      return { id, name, kind, ret: u32(8), params };
    }
    case Kind.VAR:
      return { id, name, kind, type: ref(8), linkage: u32(HEAD) };
    case Kind.DATASEC: {
      const vars: BtfSecVar[] = [];
      for (let index = 0; index < vlen; index += 1) {
        const entry = HEAD + index * 12;
        vars.push({ type: ref(entry), offset: u32(entry + 4), size: u32(entry + 8) });
      }
      return { id, name, kind, size: u32(8), vars };
    }
    case Kind.FLOAT:
      return { id, name, kind, size: u32(8) };
    case Kind.DECL_TAG: {
      const componentIdx = view.getInt32(at + HEAD, true);
      return flag ? { id, name, kind, type: ref(8), componentIdx, attribute: true } : { id, name, kind, type: ref(8), componentIdx };
    }
    default:
      return { id, name, kind: Kind.VOID };
  }
}
