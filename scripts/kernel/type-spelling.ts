// SPDX-License-Identifier: GPL-2.0-only
/** How a kernel spells the types of prototypes and iterators, without its numbers: `ARG_PTR_TO_MEM|MEM_RDONLY`. */
import { evaluate, readEnums, type Constants } from './constants';
import type { KernelSource } from './source';

const FAMILIES = { arg: /^ARG_/, ret: /^RET_/, reg: /^(PTR_TO_|CONST_PTR_TO_|SCALAR_VALUE$|NOT_INIT$)/ } as const;
const BASE_BITS = 8;

/** Types of one kernel's `include/linux/bpf.h`. */
export class TypeSpelling {
  readonly #known: Constants = new Map();
  readonly #flags: readonly (readonly [string, bigint])[];
  readonly #bases: Readonly<Record<keyof typeof FAMILIES, ReadonlyMap<bigint, string>>>;

  constructor(source: KernelSource) {
    const header = source.text('include/linux/bpf.h');
    this.#known.set(
      'BPF_BASE_TYPE_BITS',
      evaluate(/#define BPF_BASE_TYPE_BITS\s+(\d+)/.exec(header)?.[1] ?? String(BASE_BITS), this.#known)!,
    );
    readEnums(header, this.#known);
    const named = (re: RegExp): Map<bigint, string> => {
      const found = new Map<bigint, string>();
      for (const [name, value] of this.#known) {
        if (re.test(name) && value >= 0n && value < 1n << BigInt(BASE_BITS) && !found.has(value)) found.set(value, name);
      }
      return found;
    };
    this.#bases = { arg: named(FAMILIES.arg), ret: named(FAMILIES.ret), reg: named(FAMILIES.reg) };
    // before 6.2 memory of a ring buffer was the only allocated memory, and its flag had that name
    const ringbuf = this.#known.has('MEM_RINGBUF') ? 'MEM_ALLOC' : 'MEM_RINGBUF';
    const isFlag = /^(PTR_MAYBE_NULL|PTR_UNTRUSTED|PTR_TRUSTED|OBJ_RELEASE|NON_OWN_REF|MEM_\w+|DYNPTR_TYPE_\w+)$/;
    this.#flags = [...this.#known]
      .filter(([name, value]) => isFlag.test(name) && value >= 1n << BigInt(BASE_BITS) && (value & (value - 1n)) === 0n)
      .map(([name, value]): [string, bigint] => [name === 'MEM_ALLOC' ? ringbuf : name, value])
      .sort((a, b) => (a[1] < b[1] ? -1 : 1));
  }

  /** The spelling of a C expression of a family's type; null if it is none. */
  spell(family: keyof typeof FAMILIES, expression: string): string | null {
    const value = evaluate(expression, this.#known);
    if (value === null) return null;
    const base = value & ((1n << BigInt(BASE_BITS)) - 1n);
    const name = this.#bases[family].get(base);
    if (name === undefined) return null;
    const flags = this.#flags.filter(([, bit]) => (value & bit) !== 0n);
    const covered = flags.reduce((v, [, bit]) => v | bit, base);
    return covered === value ? [name, ...flags.map(([f]) => f)].join('|') : null;
  }
}
