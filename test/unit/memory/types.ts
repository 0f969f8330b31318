// SPDX-License-Identifier: GPL-2.0-only
/** BTF in a few words. */
import { TypeTable } from '../../../src/btf/table';
import { Kind, type Btf } from '../../../src/btf/types';

const NOTHING: Btf = {
  name: 'test',
  isKernel: false,
  base: null,
  startId: 1,
  endId: 1,
  type: () => undefined,
  idsByName: () => [],
  ownIdsByName: () => [],
  findByNameKind: () => -1,
  declTags: () => [],
};

/** A member: its type, its name and, unless it follows the last one, its bit offset and width. */
export interface M {
  readonly name: string;
  readonly type: number;
  readonly at?: number;
  readonly bits?: number;
}

export class Types {
  readonly btf: TypeTable;

  constructor(isKernel = false) {
    this.btf = new TypeTable({ ...NOTHING, isKernel });
  }
  int(name: string, size: number): number {
    return this.btf.add({ kind: Kind.INT, name, size, encoding: 0, bits: size * 8, bitOffset: 0 });
  }
  ptr(type: number, ...tags: string[]): number {
    const target = tags.reduce((at, name) => this.btf.add({ kind: Kind.TYPE_TAG, name, type: at }), type);
    return this.btf.add({ kind: Kind.PTR, name: '', type: target });
  }
  array(type: number, nelems: number): number {
    return this.btf.add({ kind: Kind.ARRAY, name: '', type, indexType: 1, nelems });
  }
  /** Offsets are in bytes. */
  struct(name: string, size: number, members: readonly M[], kind: Kind.STRUCT | Kind.UNION = Kind.STRUCT): number {
    return this.btf.add({
      kind,
      name,
      size,
      members: members.map((m) => ({ name: m.name, type: m.type, bitOffset: (m.at ?? 0) * 8, bitfieldSize: m.bits ?? 0 })),
    });
  }
  tag(type: number, componentIdx: number, name: string): void {
    this.btf.add({ kind: Kind.DECL_TAG, name, type, componentIdx });
  }
  section(
    name: string,
    size: number,
    vars: readonly { readonly name: string; readonly type: number; readonly at: number; readonly size: number; readonly tag?: string }[],
  ): number {
    const infos = vars.map((v) => {
      const type = this.btf.add({ kind: Kind.VAR, name: v.name, type: v.type, linkage: 1 });
      if (v.tag !== undefined) this.tag(type, -1, v.tag);
      return { type, offset: v.at, size: v.size };
    });
    return this.btf.add({ kind: Kind.DATASEC, name, size, vars: infos });
  }
}
