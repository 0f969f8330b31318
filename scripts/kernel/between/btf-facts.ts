// SPDX-License-Identifier: GPL-2.0-only
/** What type information says by itself about a kernel. */
import { Kind, type Btf } from '../../../src/btf/types';

const TYPE_KINDS = [Kind.STRUCT, Kind.UNION, Kind.TYPEDEF, Kind.ENUM] as const;

/** Names of a kernel and its modules. */
export class BtfFacts {
  /** Value of each enumerator of vmlinux, as decimal text. */
  readonly enumerators = new Map<string, string>();

  constructor(private readonly btfs: readonly Btf[]) {
    const kernel = btfs[0]!;
    for (let id = kernel.startId; id < kernel.endId; id++) {
      const type = kernel.type(id);
      if (type?.kind !== Kind.ENUM && type?.kind !== Kind.ENUM64) continue;
      for (const e of type.values) if (!this.enumerators.has(e.name)) this.enumerators.set(e.name, e.value.toString());
    }
  }

  func(name: string): boolean {
    return this.btfs.some((b) => b.findByNameKind(name, Kind.FUNC) > 0);
  }
  /** A function or a type of that name. */
  any(name: string): boolean {
    return this.func(name) || TYPE_KINDS.some((kind) => this.btfs.some((b) => b.findByNameKind(name, kind) > 0));
  }
  struct(name: string): boolean {
    return this.members(name) !== null;
  }
  /** Names of a struct's members, null if there is no such struct. */
  members(name: string): readonly string[] | null {
    for (const btf of this.btfs) {
      const id = btf.findByNameKind(name, Kind.STRUCT);
      const type = id > 0 ? btf.type(id) : undefined;
      if (type?.kind === Kind.STRUCT) return type.members.map((m) => m.name);
    }
    return null;
  }
  /** Enumerators of vmlinux' enum, in order. */
  names(enumName: string): readonly string[] {
    const kernel = this.btfs[0]!;
    const type = kernel.type(kernel.findByNameKind(enumName, Kind.ENUM));
    return type?.kind === Kind.ENUM ? type.values.map((v) => v.name) : [];
  }
}
