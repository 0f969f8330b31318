// SPDX-License-Identifier: GPL-2.0-only
/**
 * The small language in which tables say who may call what. `get_func_proto` functions of the kernel become one {@link Choice}
 * per helper; `src/kernel/load.ts` evaluates them for a caller.
 */
import type { CallerContext } from './profile';

/** A test on the calling program. */
export type Condition =
  | boolean
  /** Capability without its `CAP_` (`BPF`, `PERFMON`, `SYS_ADMIN`, `NET_ADMIN`); CAP_SYS_ADMIN counts as any of them. */
  | readonly ['cap', string]
  | readonly ['sleepable']
  /** `expected_attach_type` is one of these. */
  | readonly ['attach', ...string[]]
  /** Program type is one of these. */
  | readonly ['type', ...string[]]
  /** The attach function is in that `BTF_SET`. */
  | readonly ['hook', string]
  /** The struct_ops member that the program implements. */
  | readonly ['member', string, string]
  | readonly ['not', Condition]
  | readonly ['and', Condition, Condition]
  | readonly ['or', Condition, Condition]
  | readonly ['if', Condition, Condition, Condition]
  /** Whether a choice yields anything. */
  | readonly ['some', Choice];

/** A prototype's C name, or null for none. */
export type Choice =
  | null
  | string
  /** What another function chooses for the same helper. */
  | readonly ['call', string]
  | readonly ['if', Condition, Choice, Choice]
  /** The first that yields something. */
  | readonly ['or', Choice, Choice];

/** Choices of one function: by helper name without `bpf_`, and for all others. */
export interface ChoiceTable {
  readonly cases: Readonly<Record<string, Choice>>;
  readonly other: Choice;
}

/** What a choice is evaluated against. */
export interface ChoiceEnv {
  readonly caller: CallerContext;
  /** Helper name without `bpf_`. */
  readonly helper: string;
  readonly tables: Readonly<Record<string, ChoiceTable>>;
  constant(name: string): number;
  listHas(list: string, member: string): boolean;
  /** Choices that are code, by C name: called for functions without a table. */
  readonly code: ReadonlyMap<string, (env: ChoiceEnv) => string | null>;
}

/** Whether the capability is held, as `bpf_token_capable` without a token judges. */
export function hasCapability(caller: CallerContext, name: string): boolean {
  if (caller.capSysAdmin) return true;
  switch (name) {
    case 'BPF':
      return caller.capBpf;
    case 'PERFMON':
      return caller.capPerfmon;
    case 'NET_ADMIN':
      return caller.capNetAdmin;
    default:
      return false;
  }
}

export function holds(c: Condition, env: ChoiceEnv): boolean {
  if (typeof c === 'boolean') return c;
  const { caller } = env;
  switch (c[0]) {
    case 'cap':
      return hasCapability(caller, c[1]);
    case 'sleepable':
      return caller.sleepable;
    case 'attach':
      return c.slice(1).some((n) => env.constant(n) === caller.expectedAttachType);
    case 'type':
      return c.slice(1).some((n) => env.constant(n) === caller.progType);
    case 'hook':
      return env.listHas(c[1], caller.attachName);
    case 'member':
      return caller.structOps !== null && caller.structOps.type === c[1] && caller.structOps.member === c[2];
    case 'not':
      return !holds(c[1], env);
    case 'and':
      return holds(c[1], env) && holds(c[2], env);
    case 'or':
      return holds(c[1], env) || holds(c[2], env);
    case 'if':
      return holds(holds(c[1], env) ? c[2] : c[3], env);
    case 'some':
      return choose(c[1], env) !== null;
  }
}

/** C name of the prototype that a choice yields for a caller, null for none. Throws if it names a function without table or code. */
export function choose(c: Choice, env: ChoiceEnv): string | null {
  if (c === null || typeof c === 'string') return c;
  switch (c[0]) {
    case 'call':
      return chooseBy(c[1], env);
    case 'if':
      return choose(holds(c[1], env) ? c[2] : c[3], env);
    case 'or':
      return choose(c[1], env) ?? choose(c[2], env);
  }
}

/** {@link choose} by the C name of a `get_func_proto` function; '' is a program type without one. */
export function chooseBy(fn: string, env: ChoiceEnv): string | null {
  if (fn === '') return null;
  const table = Object.hasOwn(env.tables, fn) ? env.tables[fn] : undefined;
  if (table) return choose(Object.hasOwn(table.cases, env.helper) ? table.cases[env.helper]! : table.other, env);
  const code = env.code.get(fn);
  if (!code) throw new Error(`no choices known for ${fn}`);
  return code(env);
}
