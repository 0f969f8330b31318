// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type Btf, type BtfOf, type BtfType } from './types';

const VOID: BtfType = { id: 0, name: '', kind: Kind.VOID };

/** A type without its id, as {@link TypeTable.add} takes it. */
export type NewType = BtfType extends infer T ? (T extends BtfType ? Omit<T, 'id'> : never) : never;

/** A BTF of types in an array: an object's BTF while the loader fixes it up. No base. */
export class TypeTable implements Btf {
  readonly name: string;
  readonly isKernel: boolean;
  readonly base = null;
  readonly startId = 1;
  /** By id. */
  readonly #types: BtfType[];
  /** Ids of types that are not as they were taken over, ascending by time of change. */
  readonly changed = new Set<number>();
  /** One more than the largest id that was taken over. */
  readonly firstAdded: number;
  #names: Map<string, number[]> | null = null;
  #tags: Map<number, BtfOf<Kind.DECL_TAG>[]> | null = null;

  /** Takes over the types 1… of another BTF (which must not be split). */
  constructor(from: Btf) {
    this.name = from.name;
    this.isKernel = from.isKernel;
    this.#types = [VOID];
    for (let id = 1; id < from.endId; id += 1) {
      this.#types.push(from.type(id)!);
    }
    this.firstAdded = this.#types.length;
  }

  get endId(): number {
    return this.#types.length;
  }

  /** Own types in order of their ids, without `void`. */
  types(): readonly BtfType[] {
    return this.#types.slice(1);
  }

  type(id: number): BtfType | undefined {
    return this.#types[id];
  }

  idsByName(name: string, kind: Kind): readonly number[] {
    this.#names ??= this.#index();
    return (this.#names.get(name) ?? []).filter((id) => this.#types[id]!.kind === kind);
  }

  ownIdsByName(name: string, kind: Kind): readonly number[] {
    return this.idsByName(name, kind);
  }

  findByNameKind(name: string, kind: Kind): number {
    return this.idsByName(name, kind)[0] ?? -1;
  }

  declTags(typeId: number): readonly BtfOf<Kind.DECL_TAG>[] {
    if (this.#tags === null) {
      this.#tags = new Map();
      for (const type of this.#types) {
        if (type.kind === Kind.DECL_TAG) {
          const list = this.#tags.get(type.type);
          if (list === undefined) {
            this.#tags.set(type.type, [type]);
          } else {
            list.push(type);
          }
        }
      }
    }
    return this.#tags.get(typeId) ?? [];
  }

  /** Puts another type in the place of an existing one; its id must be in range. */
  replace(type: BtfType): void {
    this.#types[type.id] = type;
    this.changed.add(type.id);
    this.#names = null;
    this.#tags = null;
  }

  /** Appends a type and returns its id. */
  add(type: NewType): number {
    const id = this.#types.length;
    this.#types.push({ ...type, id } as BtfType);
    this.#names = null;
    this.#tags = null;
    return id;
  }

  #index(): Map<string, number[]> {
    const names = new Map<string, number[]>();
    for (const type of this.#types) {
      const list = names.get(type.name);
      if (list === undefined) {
        names.set(type.name, [type.id]);
      } else {
        list.push(type.id);
      }
    }
    return names;
  }
}
