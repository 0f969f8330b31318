// SPDX-License-Identifier: GPL-2.0-only
/** A program as the fuzzer sees it: functions of items, from which any item can be taken away. */
import type { Insn } from '../../src/isa/insn';

/** What an instruction names that the loader must fill in. */
export type Link =
  | { readonly kind: 'map'; readonly name: string }
  /** A variable of a data section: `.bss` or `.rodata`. */
  | { readonly kind: 'data'; readonly name: string }
  | { readonly kind: 'kfunc'; readonly name: string }
  /** A variable of the kernel that BTF knows. */
  | { readonly kind: 'ksym'; readonly name: string }
  /** The id of the struct that the program's `layout` describes, as a number. */
  | { readonly kind: 'type'; readonly name: 'odd' }
  /** A jump table of the function; the first load of a name gives its entries. */
  | { readonly kind: 'table'; readonly name: string }
  /** A function of the program: called, or its address taken when the instruction is a 64-bit load. */
  | { readonly kind: 'function'; readonly name: string };

/** One instruction; a 64-bit immediate load is one item of two slots, `high` its upper half. */
export interface Item {
  readonly insn: Insn;
  readonly high?: number;
  readonly link?: Link;
  /** For jumps: index of the target item in the same function; a target that was taken away stands for the next that is there. */
  readonly to?: number;
  /** For loads of jump tables: the entries, likewise indices of items of the function. */
  readonly targets?: readonly number[];
}

/** A parameter as BTF has it; all but the first few carry an `arg:` tag or name something of the kernel. */
export type Param =
  | 'ctx'
  | 'scalar'
  | 'int'
  | 'pointer'
  | 'plain'
  | 'object'
  | 'dynptr'
  | 'bool'
  | 'short'
  | 'big'
  | 'float'
  | 'byvalue'
  | 'double'
  | 'enumptr'
  | 'constint'
  | 'unionptr'
  | 'fwdptr'
  | 'funcptr'
  | 'voidptr'
  | 'charptr'
  | 'skb'
  | 'xdp'
  | 'regs'
  | 'kernelptr'
  | 'nonnull'
  | 'nullable'
  | 'task'
  | 'maybetask'
  | 'tagctx'
  | 'loosetask'
  | 'loose'
  | 'arena'
  | 'arenatype';

export type Result = 'void' | 'arena' | 'long' | 'bool' | 'short' | 'pointer' | 'struct' | 'float';

export interface FuzzFunction {
  readonly name: string;
  /** `main` stands in a section of its own. */
  readonly linkage: 'main' | 'static' | 'global';
  /** Parameters as BTF knows them. */
  readonly params: readonly Param[];
  /** `int` unless said otherwise. */
  readonly returns?: Result;
  /** More tags of parameters: index, text behind `arg:`. */
  readonly moreTags?: readonly (readonly [number, string])[];
  /** A static function whose parameters have tags nevertheless. */
  readonly tagged?: boolean;
  readonly items: readonly Item[];
}

/** One program with what belongs to it. */
export interface FuzzProgram {
  readonly name: string;
  /** ELF section, which says the program's type. */
  readonly section: string;
  /** The member of a kernel struct that a struct_ops program is for. */
  readonly structOps?: { readonly type: string; readonly member: string };
  /** Name in a tag of the main program that says who gets its exceptions. */
  readonly exceptionCallback?: string;
  /** `GPL` unless said otherwise. */
  readonly license?: string;
  /** Members of a struct that the program allocates, and that values of the map `odd` are. */
  readonly layout?: readonly Member[];
  /** `none`: nothing says which functions there are. */
  readonly info?: 'none';
  /** Source lines by function: item, line. */
  readonly lines?: readonly (readonly [string, number, number])[];
  /** The first one is the main program. */
  readonly functions: readonly FuzzFunction[];
}

/** A member of a struct that may be special to the verifier. */
export interface Member {
  readonly kind: MemberKind;
  readonly offset: number;
  /** Elements of an array of such, 0 for none. */
  readonly count: number;
  /** In a struct of its own. */
  readonly nested: boolean;
  /** What follows `contains:`, for heads and roots. */
  readonly contains: readonly string[];
}

export type MemberKind =
  | 'number'
  | 'half'
  | 'spin'
  | 'res'
  | 'timer'
  | 'wq'
  | 'work'
  | 'head'
  | 'root'
  | 'lnode'
  | 'rnode'
  | 'refcount'
  | 'kptr'
  | 'loose'
  | 'percpu'
  | 'own'
  | 'uptr'
  | 'plainptr'
  | 'badkptr'
  | 'intkptr'
  | 'doublekptr';

/** The item with other indices of the items that it names. */
export function retarget(item: Item, at: (old: number) => number): Item {
  return {
    ...item,
    ...(item.to === undefined ? {} : { to: at(item.to) }),
    ...(item.targets === undefined ? {} : { targets: item.targets.map(at) }),
  };
}

/** The program without the items for which `keep` is false; jumps find their targets again. Functions that nobody names go. */
export function without(program: FuzzProgram, keep: (fn: number, item: number) => boolean): FuzzProgram {
  const functions = program.functions.map((fn, f): FuzzFunction => {
    const last = fn.items.length - 1;
    const kept = fn.items.map((_, i) => i === last || keep(f, i));
    // new index of the first kept item at or after each old one
    const index: number[] = [];
    let next = kept.filter(Boolean).length;
    for (let i = last; i >= 0; i--) {
      if (kept[i]) next--;
      index[i] = next;
    }
    const at = (old: number): number => index[Math.min(old, last)]!;
    const items = fn.items.filter((_, i) => kept[i]).map((item) => retarget(item, at));
    return { ...fn, items };
  });
  const named = new Set<string>([functions[0]!.name, ...(program.exceptionCallback === undefined ? [] : [program.exceptionCallback])]);
  for (const name of named) {
    for (const { link } of functions.find((f) => f.name === name)?.items ?? []) if (link?.kind === 'function') named.add(link.name);
  }
  return { ...program, functions: functions.filter((f) => named.has(f.name)) };
}

/** Number of items in all functions. */
export function sizeOf(program: FuzzProgram): number {
  return program.functions.reduce((n, f) => n + f.items.length, 0);
}
