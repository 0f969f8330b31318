// SPDX-License-Identifier: GPL-2.0-only
/** BTF of functions that no kernel module defines: what a policy or an overlay adds to a kernel. */
import { Kind, Linkage, type Btf, type BtfOf, type BtfType } from '../btf/types';
import { basicTypeNames, parseCParam, type CType } from './ctype';

/** A prototype spelled as C. */
export interface CPrototype {
  readonly name: string;
  readonly ret: string;
  readonly params: readonly string[];
}

/** A prototype that nothing can be made of. */
export class PrototypeError extends Error {
  constructor(
    /** The function whose it is. */
    readonly kfunc: string,
    why: string,
  ) {
    super(why);
    this.name = 'PrototypeError';
  }
}

const NAMED_KINDS: Readonly<Record<CType['kind'], readonly Kind[]>> = {
  void: [],
  struct: [Kind.STRUCT, Kind.FWD],
  union: [Kind.UNION, Kind.FWD],
  enum: [Kind.ENUM, Kind.ENUM64],
  named: [Kind.TYPEDEF, Kind.INT],
};

/** A split BTF whose own types are listed. Ids go on where the base ends. */
class ListedBtf implements Btf {
  readonly isKernel = true;
  readonly startId: number;

  constructor(
    readonly name: string,
    readonly base: Btf,
    private readonly own: readonly BtfType[],
  ) {
    this.startId = base.endId;
  }
  get endId(): number {
    return this.startId + this.own.length;
  }
  type(id: number): BtfType | undefined {
    return id < this.startId ? this.base.type(id) : this.own[id - this.startId];
  }
  ownIdsByName(name: string, kind: Kind): readonly number[] {
    return this.own.filter((t) => t.kind === kind && t.name === name).map((t) => t.id);
  }
  idsByName(name: string, kind: Kind): readonly number[] {
    return [...this.base.idsByName(name, kind), ...this.ownIdsByName(name, kind)];
  }
  findByNameKind(name: string, kind: Kind): number {
    return this.idsByName(name, kind)[0] ?? -1;
  }
  declTags(typeId: number): readonly BtfOf<Kind.DECL_TAG>[] {
    const tags = this.own.filter((t): t is BtfOf<Kind.DECL_TAG> => t.kind === Kind.DECL_TAG && t.type === typeId);
    return typeId < this.startId ? [...this.base.declTags(typeId), ...tags] : tags;
  }
}

/**
 * Builds a split BTF `name` on top of `base` with one kfunc (FUNC, FUNC_PROTO, `bpf_kfunc` tag) per prototype. Structs, enums and type
 * names must exist in the base; throws {@link PrototypeError} for one that does not, and for a declaration that cannot be read.
 */
export function buildKfuncBtf(name: string, base: Btf, prototypes: readonly CPrototype[]): Btf {
  const own: BtfType[] = [];
  const made = new Map<string, number>();
  const add = (make: (id: number) => BtfType): number => {
    const id = base.endId + own.length;
    own.push(make(id));
    return id;
  };
  const once = (key: string, make: (id: number) => BtfType): number => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const id = add(make);
    made.set(key, id);
    return id;
  };
  const named = (type: CType, where: string): number => {
    if (type.kind === 'void') return 0;
    for (const spelled of type.kind === 'named' ? basicTypeNames(type.name) : [type.name]) {
      for (const kind of NAMED_KINDS[type.kind]) {
        const id = base.findByNameKind(spelled, kind);
        if (id > 0) return id;
      }
    }
    throw new RangeError(`${where}: the kernel has no type '${type.kind === 'named' ? '' : `${type.kind} `}${type.name}'`);
  };
  const reference = (type: CType, where: string): number => {
    let id = named(type, where);
    if (type.const) {
      const of = id;
      id = once(`const ${of}`, (self) => ({ id: self, name: '', kind: Kind.CONST, type: of }));
    }
    for (let i = 0; i < type.pointers; i++) {
      const of = id;
      id = once(`ptr ${of}`, (self) => ({ id: self, name: '', kind: Kind.PTR, type: of }));
    }
    return id;
  };
  const addFunction = (p: CPrototype): void => {
    const ret = reference(parseCParam(p.ret).type, `return type of ${p.name}`);
    const params = p.params.map((text, i) => {
      const param = parseCParam(text);
      if (param.type.kind === 'void' && param.type.pointers === 0) throw new SyntaxError(`'${text}': a parameter cannot be void`);
      return { name: param.name, type: reference(param.type, `parameter ${i + 1} of ${p.name}`) };
    });
    const proto = add((id) => ({ id, name: '', kind: Kind.FUNC_PROTO, ret, params }));
    const func = add((id) => ({ id, name: p.name, kind: Kind.FUNC, type: proto, linkage: Linkage.STATIC }));
    add((id) => ({ id, name: 'bpf_kfunc', kind: Kind.DECL_TAG, type: func, componentIdx: -1 }));
  };
  for (const p of prototypes) {
    try {
      addFunction(p);
    } catch (e) {
      if (e instanceof RangeError || e instanceof SyntaxError) throw new PrototypeError(p.name, e.message);
      throw e;
    }
  }
  return new ListedBtf(name, base, own);
}
