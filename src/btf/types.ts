// SPDX-License-Identifier: GPL-2.0-only
/**
 * The BTF type graph as plain data. Type ids are those of the file (0 is `void`); a split BTF continues the ids of its base.
 * Facts: `Documentation/bpf/btf.rst`, `include/uapi/linux/btf.h`.
 */

/** `BTF_KIND_*` numbers. */
export const enum Kind {
  VOID = 0,
  INT = 1,
  PTR = 2,
  ARRAY = 3,
  STRUCT = 4,
  UNION = 5,
  ENUM = 6,
  FWD = 7,
  TYPEDEF = 8,
  VOLATILE = 9,
  CONST = 10,
  RESTRICT = 11,
  FUNC = 12,
  FUNC_PROTO = 13,
  VAR = 14,
  DATASEC = 15,
  FLOAT = 16,
  DECL_TAG = 17,
  TYPE_TAG = 18,
  ENUM64 = 19,
}

/** `BTF_INT_*` encoding bits. */
export const enum IntEncoding {
  SIGNED = 1,
  CHAR = 2,
  BOOL = 4,
}

/** Linkage of a FUNC or VAR. */
export const enum Linkage {
  STATIC = 0,
  GLOBAL = 1,
  EXTERN = 2,
}

/** A member of a struct or union. */
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  /** Offset in bits from the start of the struct. */
  readonly bitOffset: number;
  /** Width in bits of a bit field, 0 for an ordinary member. */
  readonly bitfieldSize: number;
}

/** One enumerator; `value` is exact for 64-bit enums. */
export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

/** A parameter of a function prototype; type 0 and no name at the end means variadic. */
export interface BtfParam {
  readonly name: string;
  readonly type: number;
}

/** A variable in a data section. */
export interface BtfSecVar {
  readonly type: number;
  /** Bytes from the start of the section. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

interface Named {
  readonly id: number;
  readonly name: string;
}

/** One member of the union below for each kind, so that `kind` tells them apart. */
type Each<K extends Kind, Rest> = K extends Kind ? Named & { readonly kind: K } & Rest : never;

/** One BTF type. `name` is '' for anonymous types. */
export type BtfType =
  | (Named & { readonly kind: Kind.VOID })
  | (Named & {
      readonly kind: Kind.INT;
      readonly size: number;
      readonly encoding: number;
      readonly bits: number;
      readonly bitOffset: number;
    })
  | Each<Kind.PTR | Kind.VOLATILE | Kind.CONST | Kind.RESTRICT | Kind.TYPEDEF, { readonly type: number }>
  | (Named & {
      readonly kind: Kind.TYPE_TAG;
      readonly type: number;
      /** True when the kind flag is set: the tag encodes a general attribute (`btf_type_tag` otherwise). */
      readonly attribute?: boolean;
    })
  | (Named & { readonly kind: Kind.ARRAY; readonly type: number; readonly indexType: number; readonly nelems: number })
  | Each<Kind.STRUCT | Kind.UNION, { readonly size: number; readonly members: readonly BtfMember[] }>
  | Each<Kind.ENUM | Kind.ENUM64, { readonly size: number; readonly signed: boolean; readonly values: readonly BtfEnumerator[] }>
  | (Named & { readonly kind: Kind.FWD; readonly union: boolean })
  | (Named & { readonly kind: Kind.FUNC; readonly type: number; readonly linkage: number })
  | (Named & { readonly kind: Kind.FUNC_PROTO; readonly ret: number; readonly params: readonly BtfParam[] })
  | (Named & { readonly kind: Kind.VAR; readonly type: number; readonly linkage: number })
  | (Named & { readonly kind: Kind.DATASEC; readonly size: number; readonly vars: readonly BtfSecVar[] })
  | (Named & { readonly kind: Kind.FLOAT; readonly size: number })
  | (Named & {
      readonly kind: Kind.DECL_TAG;
      readonly type: number;
      /** Index of the member or parameter that is tagged, -1 for the type itself. */
      readonly componentIdx: number;
      /** True when the kind flag is set: the tag encodes a general attribute (`btf_decl_tag` otherwise). */
      readonly attribute?: boolean;
    });

/** A type of one given kind. */
export type BtfOf<K extends Kind> = Extract<BtfType, { kind: K }>;

/** A parsed BTF blob. Identity (`===`) tells one BTF object from another, as `struct btf *` does in the kernel. */
export interface Btf {
  /** `vmlinux`, a module's name, or the program's object name. */
  readonly name: string;
  /** True for the BTF of the kernel or of a module of it (`btf_is_kernel`). */
  readonly isKernel: boolean;
  /** The BTF that this one continues (split BTF), or null. */
  readonly base: Btf | null;
  /** First id that this BTF itself defines (1 without base). */
  readonly startId: number;
  /** One more than the largest id. */
  readonly endId: number;
  /** Type by id, following into the base. Undefined for an id out of range. Parsing of large BTFs may be lazy behind this. */
  type(id: number): BtfType | undefined;
  /** All ids in this BTF and its base with that name and kind, ascending. */
  idsByName(name: string, kind: Kind): readonly number[];
  /** Those that this BTF itself defines (not its base), ascending. */
  ownIdsByName(name: string, kind: Kind): readonly number[];
  /** First id with that name and kind, the base searched before own types as `btf_find_by_name_kind` does; -1 if none. */
  findByNameKind(name: string, kind: Kind): number;
  /** Ids that this BTF itself defines (not its base) whose name contains a text, ascending; a BTF may leave it out. */
  ownIdsContaining?(text: string): readonly number[];
  /** Decl tags that point at `typeId`, in order of their ids. */
  declTags(typeId: number): readonly BtfOf<Kind.DECL_TAG>[];
}
