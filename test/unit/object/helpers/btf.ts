// SPDX-License-Identifier: GPL-2.0-only
/** Writes small BTF blobs for tests. Ids are returned in the order of the calls, from 1. */
import { type IntEncoding, Kind, Linkage } from '../../../../src/btf/types';

type Words = readonly number[];

export class BtfWriter {
  readonly #records: number[] = [];
  readonly #strings: number[] = [];
  readonly #offsets = new Map<string, number>();
  readonly #firstString: number;
  #nextId: number;

  /** A split BTF goes on after `base` types and `baseStrings` bytes of strings. */
  constructor(base = 0, baseStrings = 0) {
    this.#nextId = base + 1;
    this.#firstString = baseStrings;
    if (baseStrings === 0) {
      this.#strings.push(0);
      this.#offsets.set('', 0);
    }
  }

  text(value: string): number {
    if (value === '') {
      return 0;
    }
    let at = this.#offsets.get(value);
    if (at === undefined) {
      at = this.#firstString + this.#strings.length;
      this.#offsets.set(value, at);
      for (const byte of new TextEncoder().encode(`${value}\0`)) this.#strings.push(byte);
    }
    return at;
  }

  /** Any record: `size` is the size or type word. */
  raw(kind: number, name: string, vlen: number, size: number, extra: Words = [], flag = false): number {
    this.#records.push(this.text(name), ((flag ? 1 << 31 : 0) | (kind << 24) | vlen) >>> 0, size, ...extra);
    return this.#nextId++;
  }

  int(name: string, size: number, encoding: IntEncoding | 0 = 0): number {
    return this.raw(Kind.INT, name, 0, size, [(encoding << 24) | (size * 8)]);
  }

  ref(kind: Kind, type: number, name = ''): number {
    return this.raw(kind, name, 0, type);
  }

  ptr(type: number): number {
    return this.ref(Kind.PTR, type);
  }

  array(type: number, index: number, nelems: number): number {
    return this.raw(Kind.ARRAY, '', 0, 0, [type, index, nelems]);
  }

  /** Members as `[name, type, bit offset]`. */
  struct(name: string, size: number, members: readonly (readonly [string, number, number])[], kind = Kind.STRUCT): number {
    return this.raw(
      kind,
      name,
      members.length,
      size,
      members.flatMap(([member, type, offset]) => [this.text(member), type, offset]),
    );
  }

  enumeration(name: string, values: readonly (readonly [string, number])[]): number {
    return this.raw(
      Kind.ENUM,
      name,
      values.length,
      4,
      values.flatMap(([value, number]) => [this.text(value), number >>> 0]),
    );
  }

  proto(ret: number, params: readonly (readonly [string, number])[]): number {
    return this.raw(
      Kind.FUNC_PROTO,
      '',
      params.length,
      ret,
      params.flatMap(([param, type]) => [this.text(param), type]),
    );
  }

  func(name: string, proto: number, linkage = Linkage.GLOBAL): number {
    return this.raw(Kind.FUNC, name, linkage, proto);
  }

  variable(name: string, type: number, linkage = Linkage.GLOBAL): number {
    return this.raw(Kind.VAR, name, 0, type, [linkage]);
  }

  /** Variables as `[type, offset, size]`. */
  datasec(name: string, size: number, vars: readonly Words[]): number {
    return this.raw(Kind.DATASEC, name, vars.length, size, vars.flat());
  }

  declTag(name: string, type: number, component = -1): number {
    return this.raw(Kind.DECL_TAG, name, 0, type, [component >>> 0]);
  }

  get stringBytes(): number {
    return this.#strings.length;
  }

  get types(): number {
    return this.#nextId - 1;
  }

  bytes(): Uint8Array {
    const typeBytes = this.#records.length * 4;
    const out = new Uint8Array(24 + typeBytes + this.#strings.length);
    const view = new DataView(out.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    [24, 0, typeBytes, typeBytes, this.#strings.length].forEach((word, index) => view.setUint32(4 + index * 4, word, true));
    this.#records.forEach((word, index) => view.setUint32(24 + index * 4, word >>> 0, true));
    out.set(this.#strings, 24 + typeBytes);
    return out;
  }
}

/** A table of `.BTF.ext`: section name offset → records of words after the instruction offset. */
export type ExtTable = readonly { readonly name: number; readonly records: readonly (readonly number[])[] }[];

/** Writes a `.BTF.ext` section of func_info, line_info and core_relo tables. */
export function writeBtfExt(funcInfo: ExtTable, lineInfo: ExtTable, coreRelo: ExtTable): Uint8Array {
  const tables = [
    { table: funcInfo, size: 8 },
    { table: lineInfo, size: 16 },
    { table: coreRelo, size: 16 },
  ].map(({ table, size }) =>
    table.length === 0 ? [] : [size, ...table.flatMap((section) => [section.name, section.records.length, ...section.records.flat()])],
  );
  const words: number[] = [0x0001eb9f, 32];
  let at = 0;
  for (const table of tables) {
    words.push(at, table.length * 4);
    at += table.length * 4;
  }
  words.push(...tables.flat());
  return new Uint8Array(new Uint32Array(words.map((word) => word >>> 0)).buffer);
}
