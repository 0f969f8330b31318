// SPDX-License-Identifier: GPL-2.0-only
/**
 * Follows references depth first in the kernel's order, so that loops and chains that are too long are found alike.
 * Rules: `kernel/bpf/btf.c: btf_check_all_types`, `btf_resolve` and each kind's `resolve`.
 */
import { Kind } from '../types';
import { MAX_RESOLVE_DEPTH, POINTER_BYTES } from '../util';
import { refuseBasic, refuseMember, refuseType, refuseVariable } from './describe';
import { Objection, type BtfImage } from './image';
import { checkMember, isRegularInt } from './members';
import { isIdentifier } from './names';

const U32_MAX = 0xffffffff;
/** Most modifiers in a row (`btf_check_modifier_chain_length`). */
const MAX_CHAIN = 32;

const enum Mode {
  UNDECIDED,
  POINTER,
  STRUCT_OR_ARRAY,
}

const enum Visit {
  NEVER,
  OPEN,
  DONE,
}

interface Vertex {
  readonly id: number;
  /** Next member or variable to look at. */
  next: number;
}

/** A type with a size, under modifiers, and its bytes. */
interface Sized {
  readonly id: number;
  readonly size: number;
}

export function isModifierKind(kind: Kind): boolean {
  return kind === Kind.TYPEDEF || kind === Kind.VOLATILE || kind === Kind.CONST || kind === Kind.RESTRICT || kind === Kind.TYPE_TAG;
}

function isComposite(kind: Kind): boolean {
  return kind === Kind.STRUCT || kind === Kind.UNION;
}

/** Kinds that nothing but a DATASEC or a tag may refer to. */
function isSourceOnly(kind: Kind): boolean {
  return kind === Kind.VAR || kind === Kind.DECL_TAG || kind === Kind.DATASEC;
}

function needsResolve(kind: Kind): boolean {
  return isModifierKind(kind) || isComposite(kind) || isSourceOnly(kind) || kind === Kind.PTR || kind === Kind.ARRAY || kind === Kind.FUNC;
}

function isSizeless(kind: Kind): boolean {
  return kind === Kind.VOID || kind === Kind.FWD || kind === Kind.FUNC || kind === Kind.FUNC_PROTO || kind === Kind.DECL_TAG;
}

/** One pass over all types whose records have been checked one by one. */
export class TypeResolver {
  readonly #image: BtfImage;
  readonly #visits: Uint8Array;
  /** Id and size that a type resolved to, by id; what they mean depends on the kind. */
  readonly #ids: Uint32Array;
  readonly #sizes: Uint32Array;
  readonly #stack: Vertex[] = [];
  #mode = Mode.UNDECIDED;

  constructor(image: BtfImage) {
    this.#image = image;
    this.#visits = new Uint8Array(image.endId);
    this.#ids = new Uint32Array(image.endId);
    this.#sizes = new Uint32Array(image.endId);
  }

  /** Checks all types. Throws {@link Objection}. */
  checkAll(): void {
    for (let id = 1; id < this.#image.endId; id += 1) {
      this.#resolveRoot(id);
      if (this.#image.kind(id) === Kind.FUNC_PROTO) {
        this.#checkPrototype(id);
      }
    }
    this.#checkChains();
  }

  #resolveRoot(root: number): void {
    const kind = this.#image.kind(root);
    if (!needsResolve(kind) || this.#visits[root] === Visit.DONE) {
      return;
    }
    this.#mode = Mode.UNDECIDED;
    this.#push(root);
    for (let vertex = this.#stack.at(-1); vertex !== undefined; vertex = this.#stack.at(-1)) {
      this.#step(vertex);
    }
    if (!this.#isValid(root, kind)) {
      refuseType(this.#image, root, 'Invalid resolve state');
    }
  }

  #push(id: number): void {
    const root = this.#stack[0]?.id ?? id;
    if (this.#stack.length === MAX_RESOLVE_DEPTH) {
      refuseType(this.#image, root, `Exceeded max resolving depth:${MAX_RESOLVE_DEPTH}`);
    }
    if (this.#visits[id] !== Visit.NEVER) {
      refuseType(this.#image, root, 'Loop detected');
    }
    this.#visits[id] = Visit.OPEN;
    this.#stack.push({ id, next: 0 });
    if (this.#mode === Mode.UNDECIDED) {
      const kind = this.#image.kind(id);
      if (kind === Kind.PTR) {
        this.#mode = Mode.POINTER;
      } else if (isComposite(kind) || kind === Kind.ARRAY) {
        this.#mode = Mode.STRUCT_OR_ARRAY;
      }
    }
  }

  #pop(id: number, resolved: number, size: number): void {
    this.#stack.pop();
    this.#ids[id] = resolved;
    this.#sizes[id] = size;
    this.#visits[id] = Visit.DONE;
  }

  /** True if the type must be resolved first; it has then been pushed. */
  #pushUnresolved(id: number): boolean {
    if (this.#isSink(this.#image.kind(id)) || this.#visits[id] === Visit.DONE) {
      return false;
    }
    this.#push(id);
    return true;
  }

  #isSink(kind: Kind): boolean {
    switch (this.#mode) {
      case Mode.UNDECIDED:
        return !needsResolve(kind);
      case Mode.POINTER:
        return !isModifierKind(kind) && kind !== Kind.PTR;
      default:
        return !isModifierKind(kind) && kind !== Kind.ARRAY && !isComposite(kind);
    }
  }

  /** Works on the type on top of the stack; pops it when it is resolved. */
  #step(vertex: Vertex): void {
    const { id } = vertex;
    const kind = this.#image.kind(id);
    switch (kind) {
      case Kind.TYPEDEF:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
      case Kind.PTR:
      case Kind.VAR:
        return this.#stepReference(id, kind);
      case Kind.ARRAY:
        return this.#stepArray(id);
      case Kind.STRUCT:
      case Kind.UNION:
        return this.#stepMembers(vertex);
      case Kind.DATASEC:
        return this.#stepSection(vertex);
      case Kind.FUNC:
        this.#checkFunction(id);
        return this.#pop(id, this.#image.sizeOrType(id), 0);
      case Kind.DECL_TAG:
        return this.#stepTag(id);
      default:
        return refuseBasic(this.#image, id, 'Unsupported resolve');
    }
  }

  /** Type and size under modifiers of a type that has been resolved as far as the mode wants, or null (`btf_type_id_size`). */
  #sized(id: number): Sized | null {
    const kind = this.#image.has(id) ? this.#image.kind(id) : Kind.VOID;
    if (isSizeless(kind)) {
      return null;
    }
    const end = isModifierKind(kind) || kind === Kind.VAR ? this.#ids[id]! : id;
    switch (this.#image.kind(end)) {
      case Kind.INT:
      case Kind.STRUCT:
      case Kind.UNION:
      case Kind.ENUM:
      case Kind.ENUM64:
      case Kind.FLOAT:
      case Kind.DATASEC:
        return { id: end, size: this.#image.sizeOrType(end) };
      case Kind.ARRAY:
        return { id: end, size: this.#sizes[end]! };
      case Kind.PTR:
        return { id: end, size: POINTER_BYTES };
      default:
        return null;
    }
  }

  #stepReference(id: number, kind: Kind): void {
    const image = this.#image;
    const target = image.sizeOrType(id);
    if (!image.has(target) || isSourceOnly(image.kind(target))) {
      refuseType(image, id, 'Invalid type_id');
    }
    if (this.#pushUnresolved(target)) {
      return;
    }
    if ((kind === Kind.PTR || kind === Kind.VAR) && isModifierKind(image.kind(target))) {
      const end = this.#ids[target]!;
      if (image.kind(end) === Kind.PTR && this.#pushUnresolved(end)) {
        return;
      }
    }
    let end = this.#sized(target)?.id;
    if (end === undefined) {
      end = this.#visits[target] === Visit.DONE ? this.#ids[target]! : target;
      const endKind = image.kind(end);
      if (kind === Kind.VAR || !(endKind === Kind.VOID || endKind === Kind.FWD || endKind === Kind.FUNC_PROTO)) {
        refuseType(image, id, 'Invalid type_id');
      }
    }
    this.#pop(id, end, 0);
  }

  #stepArray(id: number): void {
    const image = this.#image;
    const [elem, index, count] = [image.extra(id, 0), image.extra(id, 1), image.extra(id, 2)];
    const isWrong = (type: number): boolean => !image.has(type) || isSizeless(image.kind(type)) || isSourceOnly(image.kind(type));
    if (isWrong(index)) {
      refuseType(image, id, 'Invalid index');
    }
    if (this.#pushUnresolved(index)) {
      return;
    }
    const indexEnd = this.#sized(index);
    if (indexEnd === null || image.kind(indexEnd.id) !== Kind.INT || !isRegularInt(image, indexEnd.id)) {
      refuseType(image, id, 'Invalid index');
    }
    if (isWrong(elem)) {
      refuseType(image, id, 'Invalid elem');
    }
    if (this.#pushUnresolved(elem)) {
      return;
    }
    const elemEnd = this.#sized(elem);
    if (elemEnd === null) {
      return refuseType(image, id, 'Invalid elem');
    }
    if (image.kind(elemEnd.id) === Kind.INT && !isRegularInt(image, elemEnd.id)) {
      refuseType(image, id, 'Invalid array of int');
    }
    if (elemEnd.size * count > U32_MAX) {
      refuseType(image, id, 'Array size overflows U32_MAX');
    }
    this.#pop(id, elemEnd.id, elemEnd.size * count);
  }

  #stepMembers(vertex: Vertex): void {
    const image = this.#image;
    const { id } = vertex;
    if (vertex.next > 0) {
      this.#checkMember(id, vertex.next - 1);
    }
    for (; vertex.next < image.vlen(id); vertex.next += 1) {
      const target = image.extra(id, vertex.next * 3 + 1);
      const kind = image.has(target) ? image.kind(target) : Kind.VOID;
      if (isSizeless(kind) || isSourceOnly(kind)) {
        refuseMember(image, id, vertex.next, 'Invalid member');
      }
      if (this.#pushUnresolved(target)) {
        vertex.next += 1;
        return;
      }
      this.#checkMember(id, vertex.next);
    }
    this.#pop(id, 0, 0);
  }

  #checkMember(struct: number, index: number): void {
    const end = this.#sized(this.#image.extra(struct, index * 3 + 1));
    if (end === null) {
      return refuseMember(this.#image, struct, index, 'Invalid member');
    }
    checkMember(this.#image, { struct, index, type: end.id, size: end.size });
  }

  #stepSection(vertex: Vertex): void {
    const image = this.#image;
    const { id } = vertex;
    this.#mode = Mode.UNDECIDED;
    for (; vertex.next < image.vlen(id); vertex.next += 1) {
      const variable = image.extra(id, vertex.next * 3);
      if (!image.has(variable) || image.kind(variable) !== Kind.VAR) {
        refuseVariable(image, id, vertex.next, 'Not a VAR kind member');
      }
      if (this.#pushUnresolved(variable)) {
        vertex.next += 1;
        return;
      }
      const end = this.#sized(image.sizeOrType(variable));
      if (end === null) {
        return refuseVariable(image, id, vertex.next, 'Invalid type');
      }
      if (image.extra(id, vertex.next * 3 + 2) < end.size) {
        refuseVariable(image, id, vertex.next, 'Invalid size');
      }
    }
    this.#pop(id, 0, 0);
  }

  #checkFunction(id: number): void {
    const image = this.#image;
    const proto = image.sizeOrType(id);
    if (!image.has(proto) || image.kind(proto) !== Kind.FUNC_PROTO) {
      refuseType(image, id, 'Invalid type_id');
    }
    for (let index = 0; index < image.vlen(proto); index += 1) {
      if (image.extra(proto, index * 2) === 0 && image.extra(proto, index * 2 + 1) !== 0) {
        refuseType(image, id, `Invalid arg#${index + 1}`);
      }
    }
  }

  #stepTag(id: number): void {
    const image = this.#image;
    const target = image.sizeOrType(id);
    const kind = image.has(target) ? image.kind(target) : Kind.VOID;
    if (!(kind === Kind.FUNC || isComposite(kind) || kind === Kind.VAR || kind === Kind.TYPEDEF)) {
      refuseType(image, id, 'Invalid type_id');
    }
    if (this.#pushUnresolved(target)) {
      return;
    }
    const component = image.extra(id, 0) | 0;
    if (component !== -1) {
      const count = isComposite(kind) ? image.vlen(target) : kind === Kind.FUNC ? image.vlen(image.sizeOrType(target)) : 0;
      if (component >= count) {
        refuseType(image, id, 'Invalid component_idx');
      }
    }
    this.#pop(id, target, 0);
  }

  /** `btf_func_proto_check`. */
  #checkPrototype(id: number): void {
    const image = this.#image;
    const ret = image.sizeOrType(id);
    if (ret !== 0 && !this.#isValue(ret)) {
      refuseType(image, id, 'Invalid return type');
    }
    let count = image.vlen(id);
    if (count > 0 && image.extra(id, count * 2 - 1) === 0) {
      if (image.extra(id, count * 2 - 2) !== 0) {
        refuseType(image, id, `Invalid arg#${count}`);
      }
      count -= 1;
    }
    for (let index = 0; index < count; index += 1) {
      const [name, type] = [image.extra(id, index * 2), image.extra(id, index * 2 + 1)];
      const isReadable = image.has(type) && !isSourceOnly(image.kind(type));
      const bytes = name === 0 ? null : image.nameBytes(name);
      if (!isReadable || (name !== 0 && (bytes === null || !isIdentifier(bytes))) || !this.#isValue(type)) {
        refuseType(image, id, `Invalid arg#${index + 1}`);
      }
    }
  }

  /** True for a type that a value can have; it is resolved for that. */
  #isValue(id: number): boolean {
    if (!this.#image.has(id) || isSourceOnly(this.#image.kind(id))) {
      return false;
    }
    this.#resolveRoot(id);
    return this.#sized(id) !== null;
  }

  /** What must hold of a resolved root (`btf_resolve_valid`). */
  #isValid(id: number, kind: Kind): boolean {
    if (isModifierKind(kind) || kind === Kind.PTR || kind === Kind.VAR) {
      const end = this.#image.kind(this.#ids[id]!);
      return !isModifierKind(end) && end !== Kind.VAR && end !== Kind.DATASEC;
    }
    if (kind === Kind.ARRAY) {
      const elem = this.#sized(this.#image.extra(id, 0));
      const bytes = elem === null ? -1 : Math.imul(this.#image.extra(id, 2), elem.size) >>> 0;
      return elem !== null && !isModifierKind(this.#image.kind(elem.id)) && bytes === this.#sizes[id];
    }
    return true;
  }

  /** Modifiers in a row, which resolving them in parts does not count (`btf_check_modifier_chain_length`). */
  #checkChains(): void {
    let good = 0;
    for (let id = 1; id < this.#image.endId; id += 1) {
      let at = id;
      for (let length = 0; isModifierKind(this.#image.kind(at)); length += 1) {
        if (length === MAX_CHAIN) {
          throw new Objection('Max chain length or cycle detected');
        }
        if (at <= good) {
          break;
        }
        at = this.#image.sizeOrType(at);
      }
      if (isModifierKind(this.#image.kind(id))) {
        good = id;
      }
    }
  }
}
