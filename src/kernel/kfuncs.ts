// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type Btf } from '../btf/types';
import { KFUNC_BEHAVIOUR } from './behaviour';
import { KFUNC_FILTERS, KFUNC_HOOKS, type FilterEnv } from './filters';
import { parseKfFlags } from './flags';
import type { CallerContext, Kfunc } from './profile';
import type { KernelTables } from './tables';

interface HookSet {
  /** Kfunc → flags. */
  readonly members: Map<string, number>;
  readonly filters: Set<string>;
}

/** What the index needs of the profile. */
export interface KfuncIndexHost {
  constant(name: string): number;
  listHas(list: string, member: string): boolean;
}

/** Kfunc sets of one kernel, unified per BTF and hook as `btf_populate_kfunc_set` does. */
export class KfuncIndex {
  /** BTF name → hook → set. */
  readonly #hooks = new Map<string, Map<string, HookSet>>();
  readonly #typeNames = new Map<number, string>();
  readonly #known = new WeakMap<Btf, Map<number, Kfunc | null>>();
  readonly #allowed = new WeakMap<CallerContext, Map<Kfunc, boolean>>();
  readonly fmodret: ReadonlyMap<string, number>;

  constructor(
    tables: KernelTables,
    private readonly host: KfuncIndexHost,
  ) {
    for (const [name, value] of Object.entries(tables.constants)) {
      if (name.startsWith('BPF_PROG_TYPE_')) this.#typeNames.set(Number(value), name.slice('BPF_PROG_TYPE_'.length));
    }
    const fmodret = new Map<string, number>();
    for (const [key, row] of Object.entries(tables.kfuncSets)) {
      const flags = Object.entries(tables.kfuncs[key] ?? {}).map(([n, f]): [string, number] => [n, parseKfFlags(f)]);
      for (const type of row.hooks) {
        const hook = KFUNC_HOOKS[type];
        if (hook === undefined) continue;
        if (hook === 'FMODRET') {
          for (const [n, f] of flags) fmodret.set(n, f);
          continue;
        }
        const set = this.#set(row.module ?? 'vmlinux', hook);
        for (const [n, f] of flags) if (!set.members.has(n)) set.members.set(n, f);
        if (row.filter !== '') set.filters.add(row.filter);
      }
    }
    this.fmodret = fmodret;
  }

  #set(btf: string, hook: string): HookSet {
    let hooks = this.#hooks.get(btf);
    if (!hooks) this.#hooks.set(btf, (hooks = new Map()));
    let set = hooks.get(hook);
    if (!set) hooks.set(hook, (set = { members: new Map(), filters: new Set() }));
    return set;
  }

  /** Flags of a registered kfunc, the common hook before others; undefined if no set has it. */
  flags(btfName: string, name: string): number | undefined {
    const hooks = this.#hooks.get(btfName);
    if (!hooks) return undefined;
    const common = hooks.get('COMMON')?.members.get(name);
    if (common !== undefined) return common;
    for (const set of hooks.values()) {
      const f = set.members.get(name);
      if (f !== undefined) return f;
    }
    return undefined;
  }

  /** Names that some set has for this BTF. */
  names(btfName: string): string[] {
    return [...new Set([...(this.#hooks.get(btfName)?.values() ?? [])].flatMap((set) => [...set.members.keys()]))];
  }

  kfunc(btf: Btf, id: number): Kfunc | null {
    let known = this.#known.get(btf);
    if (!known) this.#known.set(btf, (known = new Map()));
    let k = known.get(id);
    if (k === undefined) {
      const type = btf.type(id);
      if (type?.kind !== Kind.FUNC) k = null;
      else {
        // Ids below a split BTF's own are its base's.
        const home = id < btf.startId && btf.base !== null ? btf.base : btf;
        const flags = this.flags(home.name, type.name);
        k = {
          name: type.name,
          btf: home,
          id,
          flags: flags ?? 0,
          registered: flags !== undefined,
          behaviour: home.base === null ? (KFUNC_BEHAVIOUR.get(type.name) ?? null) : null,
        };
      }
      known.set(id, k);
    }
    return k;
  }

  #hookAllows(set: HookSet | undefined, name: string, caller: CallerContext): boolean {
    if (!set?.members.has(name)) return false;
    const env: FilterEnv = {
      caller,
      kfunc: name,
      in: (list) => this.host.listHas(list, name),
      type: (t) => this.host.constant(`BPF_PROG_TYPE_${t}`) === caller.progType,
      attach: (...names) => names.some((n) => this.host.constant(n) === caller.expectedAttachType),
    };
    for (const f of set.filters) {
      const filter = KFUNC_FILTERS.get(f);
      if (!filter) throw new Error(`kfunc filter ${f} is not ported`);
      if (filter(env)) return false;
    }
    return true;
  }

  /** `btf_kfunc_is_allowed` (`kernel/bpf/btf.c`). */
  allowed(kfunc: Kfunc, caller: CallerContext): boolean {
    let known = this.#allowed.get(caller);
    if (!known) this.#allowed.set(caller, (known = new Map()));
    let answer = known.get(kfunc);
    if (answer === undefined) {
      answer = this.#judge(kfunc, caller);
      known.set(kfunc, answer);
    }
    return answer;
  }
  #judge(kfunc: Kfunc, caller: CallerContext): boolean {
    const hooks = this.#hooks.get(kfunc.btf.name);
    if (!hooks) return false;
    if (this.#hookAllows(hooks.get('COMMON'), kfunc.name, caller)) return true;
    const type = this.#typeNames.get(caller.progType) ?? '';
    const hook = this.host.listHas('kfunc_hook_types', type) ? KFUNC_HOOKS[type] : undefined;
    return hook !== undefined && this.#hookAllows(hooks.get(hook), kfunc.name, caller);
  }
}
