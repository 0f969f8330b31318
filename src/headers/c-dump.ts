// SPDX-License-Identifier: GPL-2.0-only
/** BTF as C: declarations in an order that a compiler takes, with the sizes and offsets of the BTF. Pure over a {@link Btf}. */
import { Kind, type Btf, type BtfOf, type BtfType } from '../btf/types';
import { isAnyEnum, isComposite, type CompositeType, type EnumType } from '../btf/util';
import { layoutOf } from './layout';

const NAME = /^[A-Za-z_]\w*$/;
/** Words that no declared name may be. */
const KEYWORDS = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return short ' +
    'signed sizeof static struct switch typedef union unsigned void volatile while _Bool _Complex asm typeof __int128'
  ).split(' '),
);
/** Kind that a qualifier's word stands for: said once is enough. */
const QUALIFIER: Readonly<Record<string, Kind>> = { const: Kind.CONST, volatile: Kind.VOLATILE, restrict: Kind.RESTRICT };
/** Types that the compiler has itself, and otherwise for BPF than for the kernel: what they stand for is written. */
const BUILT_IN = new Set(['__builtin_va_list']);
/** Levels of nested declarations; a real kernel has about thirty. */
const MAX_DEPTH = 512;
/** `__attribute__((mode(…)))` of an enum that is not four bytes wide. */
const ENUM_MODE: Readonly<Record<number, string>> = { 1: 'byte', 2: 'HI', 8: 'word' };

/** The BTF cannot be written as C. */
export class CDumpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CDumpError';
  }
}

export interface CDumpOptions {
  /** Several headers may declare the same type: each definition stands in a guard of its own. */
  readonly guarded?: boolean;
  /** Other words for a type, by its guard's key (`struct_pt_regs`), where programs know it otherwise than the kernel does. */
  readonly instead?: ReadonlyMap<string, string>;
}

function usable(name: string): boolean {
  return NAME.test(name) && !KEYWORDS.has(name);
}

/** Writes declarations one after another; what one needs comes before it. */
export class CDump {
  private readonly out: string[] = [];
  /** Ids that are written or being written. */
  private readonly defined = new Set<number>();
  private readonly forwarded = new Set<string>();
  /** Names given away, by name space (`tag`, `name`): how often. */
  private readonly taken = new Map<string, number>();
  private readonly names = new Map<number, string>();
  private depth = 0;

  constructor(
    private readonly btf: Btf,
    private readonly options: CDumpOptions = {},
  ) {}

  /** What was written since the last call. */
  take(): string {
    const text = this.out.join('');
    this.out.length = 0;
    return text;
  }

  /** Writes a type and all that it needs. A type that C cannot name is left out. */
  define(id: number): void {
    this.need(id, true);
  }

  /** Declaration of `name` with a type (`int (*name)(void)`), without what the type needs. */
  declaration(id: number, name: string): string {
    return this.spell(id, name, 0);
  }

  /** Makes sure that a type may be named; `complete` if its size is needed too. */
  need(id: number, complete: boolean): void {
    const type = this.btf.type(id);
    if (type === undefined) throw new CDumpError(`type ${id} is not in the BTF`);
    if (++this.depth > MAX_DEPTH) throw new CDumpError(`types are nested more than ${MAX_DEPTH} deep`);
    try {
      this.needType(type, complete);
    } finally {
      this.depth--;
    }
  }

  private needType(type: BtfType, complete: boolean): void {
    switch (type.kind) {
      case Kind.PTR:
        this.need(type.type, false);
        return;
      case Kind.ARRAY:
        this.need(type.type, true);
        return;
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT:
      case Kind.TYPE_TAG:
        this.need(type.type, complete);
        return;
      case Kind.FUNC_PROTO:
        for (const p of [{ type: type.ret }, ...type.params]) this.need(p.type, false);
        return;
      case Kind.STRUCT:
      case Kind.UNION:
        this.needComposite(type, complete);
        return;
      case Kind.ENUM:
      case Kind.ENUM64:
        this.needEnum(type);
        return;
      case Kind.FWD:
        this.forward(`${type.union ? 'union' : 'struct'} ${type.name}`);
        return;
      case Kind.TYPEDEF:
        this.needTypedef(type, complete);
        return;
      default:
    }
  }

  private needComposite(type: CompositeType, complete: boolean): void {
    const word = type.kind === Kind.UNION ? 'union' : 'struct';
    if (type.name !== '' && !complete) {
      this.forward(`${word} ${this.tag(type)}`);
      return;
    }
    if (this.defined.has(type.id)) return;
    this.defined.add(type.id);
    for (const m of type.members) this.need(m.type, true);
    if (type.name === '') return;
    this.forwarded.add(`${word} ${this.tag(type)}`);
    this.write(`${word}_${type.name}`, `${this.body(type, 0)};`);
  }

  private needEnum(type: EnumType): void {
    if (this.defined.has(type.id)) return;
    this.defined.add(type.id);
    if (type.name !== '') this.write(`enum_${type.name}`, `${this.enumBody(type, 0)};`);
  }

  /** An enum without a name that nothing refers to: its constants. */
  constants(id: number): void {
    const type = this.btf.type(id);
    if (type === undefined || !isAnyEnum(type) || type.name !== '' || this.defined.has(id)) return;
    this.defined.add(id);
    const [first] = type.values;
    if (first !== undefined) this.write(`constants_${first.name}`, `${this.enumBody(type, 0)};`);
  }

  private needTypedef(type: BtfOf<Kind.TYPEDEF>, complete: boolean): void {
    if (BUILT_IN.has(type.name)) {
      this.need(type.type, complete);
      return;
    }
    if (!this.defined.has(type.id)) {
      this.defined.add(type.id);
      this.need(type.type, false);
      this.write(`typedef_${type.name}`, `typedef ${this.spell(type.type, this.ident(type), 0)};`);
    }
    if (complete) this.need(type.type, true);
  }

  private write(key: string, declaration: string): void {
    const guard = `__BPF_CONTEXT_${key}`;
    const text = this.options.instead?.get(key) ?? declaration;
    this.out.push(this.options.guarded === true ? `#ifndef ${guard}\n#define ${guard}\n${text}\n#endif\n` : `${text}\n\n`);
  }

  private forward(name: string): void {
    if (this.forwarded.has(name) || !usable(name.slice(name.indexOf(' ') + 1))) return;
    this.forwarded.add(name);
    this.out.push(`${name};\n\n`);
  }

  /** A name of its own for a type: the second `foo` is `foo___2`, as bpftool calls it. */
  private unique(space: string, id: number, name: string): string {
    const old = this.names.get(id);
    if (old !== undefined) return old;
    const safe = usable(name) ? name : `${name.replace(/\W/g, '_')}_`;
    const key = `${space} ${safe}`;
    const count = (this.taken.get(key) ?? 0) + 1;
    this.taken.set(key, count);
    const own = count === 1 ? safe : `${safe}___${count}`;
    this.names.set(id, own);
    return own;
  }

  private tag(type: CompositeType | EnumType): string {
    return this.unique('tag', type.id, type.name);
  }

  private ident(type: BtfOf<Kind.TYPEDEF> | BtfOf<Kind.FUNC>): string {
    return this.unique('name', type.id, type.name);
  }

  private body(type: CompositeType, level: number): string {
    const tabs = '\t'.repeat(level + 1);
    const { steps, packed } = layoutOf(this.btf, type);
    const lines = steps.map((step) => {
      if (step.kind === 'pad')
        return step.type === 'bytes' ? `${tabs}char __bytes[${step.bits / 8}];\n` : `${tabs}${step.type}: ${step.bits};\n`;
      const { member } = step;
      const width = member.bitfieldSize === 0 ? '' : `: ${member.bitfieldSize}`;
      // a named struct without a member's name is an extension of Microsoft's; its members are the same
      const target = member.name === '' ? this.btf.type(member.type) : undefined;
      if (target !== undefined && isComposite(target)) return `${tabs}${this.body({ ...target, name: '' }, level + 1)};\n`;
      return `${tabs}${this.spell(member.type, usable(member.name) || member.name === '' ? member.name : `${member.name}_`, level + 1)}${width};\n`;
    });
    const word = type.kind === Kind.UNION ? 'union' : 'struct';
    const name = type.name === '' ? '' : `${this.tag(type)} `;
    return `${word} ${name}{\n${lines.join('')}${'\t'.repeat(level)}}${packed ? ' __attribute__((packed))' : ''}`;
  }

  private enumBody(type: EnumType, level: number): string {
    const tabs = '\t'.repeat(level + 1);
    const name = type.name === '' ? '' : `${this.tag(type)} `;
    if (type.values.length === 0) return `enum ${name}`.trimEnd();
    const lines = type.values.map((v) => {
      const value = type.kind === Kind.ENUM64 ? `${v.value}${v.value < 0n ? 'LL' : 'ULL'}` : String(v.value);
      const own = usable(v.name) ? v.name : `${v.name}_`;
      const count = (this.taken.get(`name ${own}`) ?? 0) + 1;
      this.taken.set(`name ${own}`, count);
      return `${tabs}${count === 1 ? own : `${own}___${count}`} = ${value === '-9223372036854775808LL' ? '(-9223372036854775807LL - 1)' : value},\n`;
    });
    const mode = ENUM_MODE[type.size];
    const wide = type.values.some((v) => v.value > 0xffffffffn || v.value < -0x80000000n);
    const attribute = mode === undefined || (type.size === 8 && wide) ? '' : ` __attribute__((mode(${mode})))`;
    return `enum ${name}{\n${lines.join('')}${'\t'.repeat(level)}}${attribute}`;
  }

  /** C's inside-out spelling: `inner` is what has been read so far. */
  private spell(id: number, inner: string, level: number, depth = 0): string {
    const type = this.btf.type(id);
    if (type === undefined || depth > MAX_DEPTH) throw new CDumpError(`type ${id} is not in the BTF, or goes round in a circle`);
    const gap = inner === '' || inner.startsWith('[') ? '' : ' ';
    switch (type.kind) {
      case Kind.PTR: {
        const target = this.btf.type(type.type);
        const bound = target?.kind === Kind.ARRAY || target?.kind === Kind.FUNC_PROTO;
        return this.spell(type.type, bound ? `(*${inner})` : `*${inner}`, level, depth + 1);
      }
      case Kind.CONST:
      case Kind.VOLATILE:
      case Kind.RESTRICT: {
        const word = type.kind === Kind.CONST ? 'const' : type.kind === Kind.VOLATILE ? 'volatile' : 'restrict';
        return this.qualified(type.type, word, inner, level, depth);
      }
      case Kind.TYPE_TAG:
        // tags of a kernel's BTF are not the program's: a program says itself what is __user or __rcu
        return this.spell(type.type, inner, level, depth + 1);
      case Kind.TYPEDEF:
        return BUILT_IN.has(type.name) ? this.spell(type.type, inner, level, depth + 1) : `${this.base(type, level)}${gap}${inner}`;
      case Kind.ARRAY:
        return this.spell(type.type, `${inner}[${type.nelems}]`, level, depth + 1);
      case Kind.FUNC_PROTO: {
        const params = type.params.map((p, i) =>
          p.type === 0 && i === type.params.length - 1 && p.name === ''
            ? '...'
            : this.spell(p.type, usable(p.name) ? p.name : '', level, depth + 1),
        );
        return this.spell(type.ret, `${inner}(${params.length === 0 ? 'void' : params.join(', ')})`, level, depth + 1);
      }
      default:
        return `${this.base(type, level)}${gap}${inner}`;
    }
  }

  /** A qualifier stands behind the `*` of a pointer, and before every other type. */
  private qualified(id: number, word: string, inner: string, level: number, depth: number): string {
    const type = this.btf.type(id);
    if (type?.kind === Kind.PTR || type?.kind === Kind.TYPE_TAG)
      return this.spell(id, `${word}${inner === '' ? '' : ' '}${inner}`, level, depth + 1);
    // of an array, the elements are qualified; of a function, nothing is
    if (type?.kind === Kind.ARRAY) return this.qualified(type.type, word, `${inner}[${type.nelems}]`, level, depth + 1);
    if (type?.kind === Kind.FUNC_PROTO || type?.kind === QUALIFIER[word]) return this.spell(id, inner, level, depth + 1);
    return `${word} ${this.spell(id, inner, level, depth + 1)}`;
  }

  private base(type: BtfType, level: number): string {
    switch (type.kind) {
      case Kind.VOID:
        return 'void';
      case Kind.INT:
      case Kind.FLOAT:
        return type.name;
      case Kind.STRUCT:
      case Kind.UNION:
        return type.name === '' ? this.body(type, level) : `${type.kind === Kind.UNION ? 'union' : 'struct'} ${this.tag(type)}`;
      case Kind.ENUM:
      case Kind.ENUM64:
        return type.name === '' ? this.enumBody(type, level) : `enum ${this.tag(type)}`;
      case Kind.FWD:
        return `${type.union ? 'union' : 'struct'} ${type.name}`;
      case Kind.TYPEDEF:
        return this.ident(type);
      default:
        throw new CDumpError(`type ${type.id} (kind ${type.kind}) is no type of C`);
    }
  }
}
