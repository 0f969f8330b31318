// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether the kernel would take a program's BTF (`BPF_BTF_LOAD`). A loader goes on without BTF if not, and programs are
 * then verified without function and line information. Rules: `kernel/bpf/btf.c: btf_parse_type_sec`.
 */
import { Kind, Linkage, type Btf, type BtfMember, type BtfOf, type BtfType } from './types';
import { isArrayType, isComposite, isModifier, MAX_RESOLVE_DEPTH, resolveElements, type CompositeType } from './util';

/** Longest identifier (`KSYM_NAME_LEN`). */
const NAME_MAX = 512;
const U32_MAX = 0xffffffff;
const U128_BITS = 128;
const POINTER_BYTES = 8;
/** An enumeration's bit fields are at most as wide as an `int`. */
const INT_BITS = 32;

class Objection extends Error {}

function object(type: BtfType, what: string): never {
  throw new Objection(`type [${type.id}] ${type.name === '' ? '(anon)' : type.name}: ${what}`);
}

/** What the kernel objects to first, or null if it takes the BTF. Special fields of structs are not looked at. */
export function kernelObjection(btf: Btf): string | null {
  try {
    if (btf.endId === btf.startId) {
      throw new Objection('No type found');
    }
    for (let id = btf.startId; id < btf.endId; id += 1) {
      checkAlone(btf.type(id)!);
    }
    new TypeResolver(btf).checkAll();
    return null;
  } catch (error) {
    if (error instanceof Objection) {
      return error.message;
    }
    throw error;
  }
}

function isIdentifier(name: string): boolean {
  return name.length <= NAME_MAX && /^[A-Za-z_.][A-Za-z0-9_.]*$/.test(name);
}

function checkName(type: BtfType, needed: boolean): void {
  if (type.name === '' ? needed : !isIdentifier(type.name)) {
    object(type, 'Invalid name');
  }
}

function checkNoName(type: BtfType): void {
  if (type.name !== '') {
    object(type, 'Invalid name');
  }
}

/** What can be said of a type without following references. */
function checkAlone(type: BtfType): void {
  switch (type.kind) {
    case Kind.INT:
      if (type.bits + type.bitOffset > U128_BITS || Math.ceil((type.bits + type.bitOffset) / 8) > type.size) {
        object(type, 'nr_bits exceeds type_size');
      }
      if (![0, 1, 2, 4].includes(type.encoding)) {
        object(type, 'Unsupported encoding');
      }
      return;
    case Kind.TYPEDEF:
    case Kind.FWD:
      checkName(type, true);
      return;
    case Kind.TYPE_TAG:
    case Kind.DECL_TAG:
      if (type.name === '' || (type.kind === Kind.DECL_TAG && type.componentIdx < -1)) {
        object(type, type.name === '' ? 'Invalid name' : 'Invalid component_idx');
      }
      return;
    case Kind.PTR:
    case Kind.CONST:
    case Kind.VOLATILE:
    case Kind.RESTRICT:
    case Kind.FUNC_PROTO:
      checkNoName(type);
      return;
    case Kind.ARRAY:
      checkNoName(type);
      if (type.type === 0 || type.indexType === 0) {
        object(type, type.type === 0 ? 'Invalid elem' : 'Invalid index');
      }
      return;
    case Kind.STRUCT:
    case Kind.UNION:
      checkMembers(type);
      return;
    case Kind.ENUM:
    case Kind.ENUM64:
      checkName(type, false);
      if (![1, 2, 4, 8].includes(type.size)) {
        object(type, 'Unexpected size');
      }
      if (!type.values.every((value) => isIdentifier(value.name))) {
        object(type, 'Invalid name');
      }
      return;
    case Kind.FUNC:
    case Kind.VAR:
      checkName(type, true);
      if (type.linkage > Linkage.GLOBAL || (type.kind === Kind.VAR && type.type === 0)) {
        object(type, type.linkage > Linkage.GLOBAL ? 'Linkage not supported' : 'Invalid type_id');
      }
      return;
    case Kind.DATASEC:
      checkSection(type);
      return;
    case Kind.FLOAT:
      if (![2, 4, 8, 12, 16].includes(type.size)) {
        object(type, 'Invalid type_size');
      }
      return;
    default:
      object(type, 'Invalid kind');
  }
}

function checkMembers(type: CompositeType): void {
  checkName(type, false);
  let last = 0;
  for (const member of type.members) {
    if (member.name !== '' && !isIdentifier(member.name)) {
      object(type, `Invalid name of member ${member.name}`);
    }
    if (member.type === 0) {
      object(type, `Invalid type_id of member ${member.name}`);
    }
    if ((type.kind === Kind.UNION && member.bitOffset !== 0) || last > member.bitOffset) {
      object(type, `Invalid member bits_offset of ${member.name}`);
    }
    if (Math.ceil(member.bitOffset / 8) > type.size) {
      object(type, `Member bits_offset exceeds its struct size: ${member.name}`);
    }
    last = member.bitOffset;
  }
}

function checkSection(type: BtfOf<Kind.DATASEC>): void {
  if (type.size === 0) {
    object(type, 'size == 0');
  }
  if (type.name === '' || type.name.length > NAME_MAX || !/^[ -~]*$/.test(type.name)) {
    object(type, 'Invalid name');
  }
  let end = 0;
  for (const entry of type.vars) {
    if (entry.type === 0) {
      object(type, 'Invalid type_id');
    }
    if (entry.offset < end || entry.offset >= type.size) {
      object(type, 'Invalid offset');
    }
    if (entry.size === 0 || entry.offset + entry.size > type.size) {
      object(type, 'Invalid size');
    }
    end = entry.offset + entry.size;
  }
}

const enum Mode {
  UNDECIDED,
  POINTER,
  STRUCT_OR_ARRAY,
}

interface Vertex {
  readonly type: BtfType;
  /** Next member or variable to look at. */
  next: number;
}

/** Follows references depth first in the kernel's order, so that loops and chains that are too long are found alike. */
class TypeResolver {
  readonly #btf: Btf;
  /** By id: absent, on the stack (false), resolved (true). */
  readonly #states = new Map<number, boolean>();
  readonly #stack: Vertex[] = [];
  #mode = Mode.UNDECIDED;

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  checkAll(): void {
    for (let id = this.#btf.startId; id < this.#btf.endId; id += 1) {
      const type = this.#btf.type(id)!;
      this.#resolveRoot(type);
      if (type.kind === Kind.FUNC_PROTO) {
        this.#checkPrototype(type);
      }
    }
  }

  #resolveRoot(type: BtfType): void {
    if (!needsResolve(type) || this.#states.get(type.id) === true) {
      return;
    }
    this.#mode = Mode.UNDECIDED;
    this.#push(type);
    for (let vertex = this.#stack.at(-1); vertex !== undefined; vertex = this.#stack.at(-1)) {
      if (this.#step(vertex)) {
        this.#states.set(vertex.type.id, true);
        this.#stack.pop();
      }
    }
  }

  #push(type: BtfType): void {
    if (this.#stack.length === MAX_RESOLVE_DEPTH) {
      object(this.#stack[0]!.type, `Exceeded max resolving depth:${MAX_RESOLVE_DEPTH}`);
    }
    if (this.#states.has(type.id)) {
      object(this.#stack[0]!.type, 'Loop detected');
    }
    this.#states.set(type.id, false);
    this.#stack.push({ type, next: 0 });
    if (this.#mode === Mode.UNDECIDED) {
      if (type.kind === Kind.PTR) {
        this.#mode = Mode.POINTER;
      } else if (isComposite(type) || type.kind === Kind.ARRAY) {
        this.#mode = Mode.STRUCT_OR_ARRAY;
      }
    }
  }

  /** True if the type must be resolved first; it has then been pushed. */
  #pushUnresolved(type: BtfType): boolean {
    if (this.#isSink(type) || this.#states.get(type.id) === true) {
      return false;
    }
    this.#push(type);
    return true;
  }

  #isSink(type: BtfType): boolean {
    switch (this.#mode) {
      case Mode.UNDECIDED:
        return !needsResolve(type);
      case Mode.POINTER:
        return !isModifier(type) && type.kind !== Kind.PTR;
      default:
        return !isModifier(type) && type.kind !== Kind.ARRAY && !isComposite(type);
    }
  }

  /** Works on the type on top of the stack; true when it is resolved. */
  #step(vertex: Vertex): boolean {
    const { type } = vertex;
    switch (type.kind) {
      case Kind.TYPEDEF:
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
      case Kind.PTR:
      case Kind.VAR:
        return this.#stepReference(type);
      case Kind.ARRAY:
        return this.#stepArray(type);
      case Kind.STRUCT:
      case Kind.UNION:
        return this.#stepMembers(vertex, type);
      case Kind.DATASEC:
        return this.#stepSection(vertex, type);
      case Kind.FUNC:
        this.#checkFunction(type);
        return true;
      case Kind.DECL_TAG:
        return this.#stepTag(type);
      default:
        return object(type, 'Unsupported resolve');
    }
  }

  #target(type: BtfType, id: number): BtfType {
    const target = this.#btf.type(id);
    return target === undefined || isSourceOnly(target) ? object(type, 'Invalid type_id') : target;
  }

  #stepReference(type: BtfType & { readonly type: number }): boolean {
    const target = this.#target(type, type.type);
    if (this.#pushUnresolved(target)) {
      return false;
    }
    if ((type.kind === Kind.PTR || type.kind === Kind.VAR) && isModifier(target)) {
      const end = endOfModifiers(this.#btf, target);
      if (end?.kind === Kind.PTR && this.#pushUnresolved(end)) {
        return false;
      }
    }
    if (resolveElements(this.#btf, type.type) === null) {
      const end = endOfModifiers(this.#btf, target);
      const sizeless = end?.kind === Kind.VOID || end?.kind === Kind.FWD || end?.kind === Kind.FUNC_PROTO;
      if (type.kind === Kind.VAR || !sizeless) {
        object(type, 'Invalid type_id');
      }
    }
    return true;
  }

  #stepArray(type: BtfOf<Kind.ARRAY>): boolean {
    const index = this.#btf.type(type.indexType);
    if (index === undefined || isSizeless(index) || isSourceOnly(index)) {
      return object(type, 'Invalid index');
    }
    if (this.#pushUnresolved(index)) {
      return false;
    }
    const indexEnd = resolveElements(this.#btf, type.indexType)?.elem;
    if (indexEnd === undefined || !isRegularInt(indexEnd)) {
      object(type, 'Invalid index');
    }
    const elem = this.#btf.type(type.type);
    if (elem === undefined || isSizeless(elem) || isSourceOnly(elem)) {
      return object(type, 'Invalid elem');
    }
    if (this.#pushUnresolved(elem)) {
      return false;
    }
    const resolved = resolveElements(this.#btf, type.type);
    if (resolved === null) {
      return object(type, 'Invalid elem');
    }
    if (resolved.nelems === 1 && resolved.elem.kind === Kind.INT && !isRegularInt(resolved.elem)) {
      object(type, 'Invalid array of int');
    }
    if (resolved.size * type.nelems > U32_MAX) {
      object(type, 'Array size overflows U32_MAX');
    }
    return true;
  }

  #stepMembers(vertex: Vertex, type: CompositeType): boolean {
    if (vertex.next > 0) {
      this.#checkMember(type, type.members[vertex.next - 1]!);
    }
    for (; vertex.next < type.members.length; vertex.next += 1) {
      const member = type.members[vertex.next]!;
      const target = this.#btf.type(member.type);
      if (target === undefined || isSizeless(target) || isSourceOnly(target)) {
        return object(type, `Invalid member ${member.name}`);
      }
      if (this.#pushUnresolved(target)) {
        vertex.next += 1;
        return false;
      }
      this.#checkMember(type, member);
    }
    return true;
  }

  #checkMember(struct: CompositeType, member: BtfMember): void {
    const resolved = resolveElements(this.#btf, member.type);
    const wrong = (what: string): never => object(struct, `${what}: ${member.name}`);
    if (resolved === null) {
      return wrong('Invalid member');
    }
    const { elem, nelems } = resolved;
    const isInt = elem.kind === Kind.INT && !isArrayType(this.#btf, member.type);
    if (member.bitfieldSize > 0) {
      const limit = isInt ? elem.bits : elem.kind === Kind.ENUM && nelems === 1 ? INT_BITS : 0;
      if (member.bitfieldSize > limit) {
        wrong('Invalid member bitfield_size');
      }
    } else if (!isInt && member.bitOffset % 8 !== 0) {
      wrong('Member is not byte aligned');
    }
    if (elem.kind === Kind.FLOAT && !isArrayType(this.#btf, member.type) && member.bitOffset % (8 * Math.min(POINTER_BYTES, elem.size)) !== 0) {
      wrong('Member is not properly aligned');
    }
    const bits = member.bitfieldSize > 0 ? member.bitfieldSize : isInt ? elem.bits : resolved.size * 8;
    if (Math.ceil((member.bitOffset + bits) / 8) > struct.size) {
      wrong('Member exceeds struct_size');
    }
  }

  #stepSection(vertex: Vertex, type: BtfOf<Kind.DATASEC>): boolean {
    this.#mode = Mode.UNDECIDED;
    for (; vertex.next < type.vars.length; vertex.next += 1) {
      const entry = type.vars[vertex.next]!;
      const variable = this.#btf.type(entry.type);
      if (variable?.kind !== Kind.VAR) {
        return object(type, 'Not a VAR kind member');
      }
      if (this.#pushUnresolved(variable)) {
        vertex.next += 1;
        return false;
      }
      const size = resolveElements(this.#btf, variable.type)?.size;
      if (size === undefined || entry.size < size) {
        object(type, 'Invalid size');
      }
    }
    return true;
  }

  #checkFunction(type: BtfOf<Kind.FUNC>): void {
    const proto = this.#btf.type(type.type);
    if (proto?.kind !== Kind.FUNC_PROTO) {
      return object(type, 'Invalid type_id');
    }
    const unnamed = proto.params.findIndex((param) => param.name === '' && param.type !== 0);
    if (unnamed >= 0) {
      object(type, `Invalid arg#${unnamed + 1}`);
    }
  }

  #stepTag(type: BtfOf<Kind.DECL_TAG>): boolean {
    const target = this.#btf.type(type.type);
    if (target === undefined || !(target.kind === Kind.FUNC || isComposite(target) || target.kind === Kind.VAR || target.kind === Kind.TYPEDEF)) {
      return object(type, 'Invalid type_id');
    }
    if (this.#pushUnresolved(target)) {
      return false;
    }
    if (type.componentIdx !== -1) {
      const proto = target.kind === Kind.FUNC ? this.#btf.type(target.type) : undefined;
      const count = isComposite(target) ? target.members.length : proto?.kind === Kind.FUNC_PROTO ? proto.params.length : 0;
      if (type.componentIdx >= count) {
        object(type, 'Invalid component_idx');
      }
    }
    return true;
  }

  #checkPrototype(type: BtfOf<Kind.FUNC_PROTO>): void {
    if (type.ret !== 0 && !this.#isSized(type.ret)) {
      object(type, 'Invalid return type');
    }
    type.params.forEach((param, index) => {
      const isVariadic = index === type.params.length - 1 && param.type === 0;
      if ((param.name !== '' && (isVariadic || !isIdentifier(param.name))) || (!isVariadic && !this.#isSized(param.type))) {
        object(type, `Invalid arg#${index + 1}`);
      }
    });
  }

  #isSized(id: number): boolean {
    const type = this.#btf.type(id);
    if (type === undefined || isSourceOnly(type)) {
      return false;
    }
    this.#resolveRoot(type);
    return resolveElements(this.#btf, id) !== null;
  }
}

function needsResolve(type: BtfType): boolean {
  return (
    isModifier(type) || isComposite(type) || isSourceOnly(type) || type.kind === Kind.PTR || type.kind === Kind.ARRAY || type.kind === Kind.FUNC
  );
}

function isSourceOnly(type: BtfType): boolean {
  return type.kind === Kind.VAR || type.kind === Kind.DECL_TAG || type.kind === Kind.DATASEC;
}

function isSizeless(type: BtfType): boolean {
  return type.kind === Kind.VOID || type.kind === Kind.FWD || type.kind === Kind.FUNC || type.kind === Kind.FUNC_PROTO;
}

/** An integer that fills its bytes: 1, 2, 4, 8 or 16 of them (`btf_type_int_is_regular`). */
function isRegularInt(type: BtfType): boolean {
  return type.kind === Kind.INT && type.bitOffset === 0 && type.bits === type.size * 8 && [1, 2, 4, 8, 16].includes(type.size);
}

function endOfModifiers(btf: Btf, from: BtfType): BtfType | undefined {
  let type: BtfType | undefined = from;
  for (let depth = 0; type !== undefined && isModifier(type); depth += 1) {
    if (depth > MAX_RESOLVE_DEPTH) {
      return undefined;
    }
    type = btf.type(type.type);
  }
  return type;
}
