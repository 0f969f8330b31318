// SPDX-License-Identifier: GPL-2.0-only
/** The tables of a kernel from those of two around it, its type information and facts that were found out. */
import type { Features } from '../../../src/kernel/features';
import type { KernelTables } from '../../../src/kernel/tables';
import type { BtfFacts } from './btf-facts';
import { factAt, type Fact, type Facts } from './facts';

/** A difference between the neighbours that nothing decides. */
export interface Open {
  readonly path: string;
  readonly older: string;
  readonly newer: string;
}

type Rows = Readonly<Record<string, unknown>>;
const text = (v: unknown): string => JSON.stringify(v) ?? 'absent';

class Merge {
  readonly open: Open[] = [];

  constructor(
    private readonly btf: BtfFacts,
    /** Type information of the older neighbour: what is new since then is there because it was added. */
    private readonly olderBtf: BtfFacts,
    private readonly facts: Facts,
  ) {}

  /** One value: what both say, else what the BTF (`decide`) or a fact says. `undefined` is absence. */
  value(path: string, older: unknown, newer: unknown, decide: () => 'older' | 'newer' | undefined): unknown {
    const chosen = ({ take }: Fact): unknown => (take === 'older' ? older : take === 'newer' ? newer : take.value);
    const own = this.facts.tables[path];
    if (own !== undefined) return chosen(own);
    if (text(older) === text(newer)) return newer;
    const side = decide();
    if (side !== undefined) return side === 'older' ? older : newer;
    const above = factAt(this.facts, path);
    if (above !== undefined) return chosen(above);
    this.open.push({ path, older: text(older), newer: text(newer) });
    return newer;
  }

  /** A table by key; `present` is what the BTF says of a key that only one has, `differs` of one that both have otherwise. */
  table<T extends Rows>(
    path: string,
    older: T,
    newer: T,
    present: (key: string) => boolean | undefined,
    differs: (key: string) => 'older' | 'newer' | undefined = () => undefined,
  ): T {
    const rows: Record<string, unknown> = {};
    for (const key of [...new Set([...Object.keys(newer), ...Object.keys(older)])].sort()) {
      const [a, b] = [older[key], newer[key]];
      const v = this.value(`${path}/${key}`, a, b, () => {
        if (a !== undefined && b !== undefined) return differs(key);
        const there = present(key);
        return there === undefined ? undefined : (a === undefined) === there ? 'newer' : 'older';
      });
      if (v !== undefined && v !== null) rows[key] = v;
    }
    return rows as T;
  }

  /** A list of names: one that only the newer kernel has and whose object is new since the older one is there because it was added with it. */
  list(path: string, older: readonly string[], newer: readonly string[], name: (member: string) => string = (m) => m): string[] {
    const members = [...newer, ...older.filter((m) => !newer.includes(m))];
    return members.filter((m) => {
      const inOlder = older.includes(m) ? true : undefined;
      const inNewer = newer.includes(m) ? true : undefined;
      const there = m === '' || this.btf.any(name(m));
      if (!there && inOlder !== inNewer && factAt(this.facts, `${path}/${m}`) === undefined)
        return /^[A-Z_]+$/.test(m) ? this.value(`${path}/${m}`, inOlder, inNewer, () => undefined) === true : false;
      return (
        this.value(`${path}/${m}`, inOlder, inNewer, () =>
          inOlder === undefined && there && !this.olderBtf.any(name(m)) ? 'newer' : undefined,
        ) === true
      );
    });
  }

  /** Flags of a kfunc that both have: before all arguments were trusted, the older kernel says whose are. */
  flags(path: string, older: string | undefined, newer: string | undefined): string | undefined {
    const plain = (f: string): string =>
      f
        .split('|')
        .filter((x) => x !== 'KF_TRUSTED_ARGS' && x !== '')
        .sort()
        .join('|');
    return this.value(path, older, newer, () =>
      older !== undefined && newer !== undefined && plain(older) === plain(newer) ? 'older' : undefined,
    ) as string | undefined;
  }
}

function kfuncRows(m: Merge, btf: BtfFacts, older: KernelTables, newer: KernelTables): KernelTables['kfuncs'] {
  const sets: Record<string, Record<string, string>> = {};
  for (const set of Object.keys({ ...newer.kfuncs, ...older.kfuncs })) {
    const [a, b] = [older.kfuncs[set] ?? {}, newer.kfuncs[set] ?? {}];
    const rows: Record<string, string> = {};
    for (const name of Object.keys({ ...b, ...a })) {
      if (!btf.func(name)) continue;
      const flags = m.flags(`kfuncs/${set}/${name}`, a[name], b[name]);
      // arguments that the verifier adds are those of a second function, which BTF has or has not
      if (flags !== undefined) rows[name] = btf.func(`${name}_impl`) ? flags : flags.replace(/\|?KF_IMPLICIT_ARGS/, '');
    }
    if (Object.keys(rows).length > 0) sets[set] = rows;
  }
  return sets;
}

function safeMembers(btf: BtfFacts, older: KernelTables, newer: KernelTables): KernelTables['safeMembers'] {
  // the lists are structs that BTF has: `struct task_struct__safe_rcu`
  const lists: Record<string, Record<string, readonly string[]>> = {};
  for (const list of Object.keys({ ...newer.safeMembers, ...older.safeMembers })) {
    const structs = Object.keys({ ...newer.safeMembers[list], ...older.safeMembers[list] });
    lists[list] = Object.fromEntries(
      structs.map((s) => [s, btf.members(`${s}${list}`)] as const).filter((e): e is [string, readonly string[]] => e[1] !== null),
    );
  }
  return lists;
}

function constants(m: Merge, btf: BtfFacts, older: KernelTables, newer: KernelTables): KernelTables['constants'] {
  const rows: Record<string, string> = {};
  for (const name of Object.keys({ ...newer.constants, ...older.constants })) {
    const own = btf.enumerators.get(name) ?? (name.startsWith('MAX_') ? btf.enumerators.get(`__${name}`) : undefined);
    const v = own ?? m.value(`constants/${name}`, older.constants[name], newer.constants[name], () => undefined);
    if (v !== undefined) rows[name] = v as string;
  }
  return rows;
}

/** Helpers by number, from the enum that numbers them. */
function helpers(btf: BtfFacts): string[] {
  return btf
    .names('bpf_func_id')
    .filter((n) => n.startsWith('BPF_FUNC_'))
    .map((n) => `bpf_${n.slice('BPF_FUNC_'.length)}`);
}

function lists(m: Merge, btf: BtfFacts, older: KernelTables, newer: KernelTables): KernelTables['lists'] {
  const all: Record<string, readonly string[]> = {};
  for (const name of Object.keys({ ...newer.lists, ...older.lists })) {
    if (name.startsWith('no_symbol/')) continue;
    const [a, b] = [older.lists[name], newer.lists[name]];
    if (a !== undefined && b !== undefined) all[name] = m.list(`lists/${name}`, a, b);
    else {
      const own = (a ?? b)!;
      if (own.some((x) => btf.any(x))) all[name] = own;
    }
  }
  return all;
}

/** Stubs whose member and function BTF has; that a stub is no more than declared is a fact (`structOps/TYPE/stubs/MEMBER`). */
function withStubs(btf: BtfFacts, facts: Facts, rows: KernelTables['structOps']): KernelTables['structOps'] {
  const isThere = (type: string, member: string, stub: string): boolean => {
    const own = facts.tables[`structOps/${type}/stubs/${member}`];
    if (own !== undefined && typeof own.take === 'object') return own.take.value !== null;
    return btf.func(stub) && (btf.members(type) ?? []).includes(member);
  };
  return Object.fromEntries(
    Object.entries(rows).map(([type, row]) => {
      const stubs = Object.entries(row.stubs).filter(([member, stub]) => isThere(type, member, stub));
      return [type, { ...row, stubs: Object.fromEntries(stubs) }];
    }),
  );
}

/** Tables of the kernel in between, and what is still open. */
export function mergeTables(
  older: KernelTables,
  newer: KernelTables,
  btf: BtfFacts,
  olderBtf: BtfFacts,
  facts: Facts,
): { readonly tables: KernelTables; readonly open: readonly Open[] } {
  const m = new Merge(btf, olderBtf, facts);
  const has = (list: readonly string[]): boolean => list.some((f) => btf.func(f));
  const setMembers = (set: string): string[] => Object.keys({ ...older.kfuncs[set], ...newer.kfuncs[set] });
  const ops = btf.members('bpf_map_ops') ?? [];
  const withOps = (rows: KernelTables['mapTypes']): KernelTables['mapTypes'] =>
    Object.fromEntries(Object.entries(rows).map(([k, r]) => [k, { ...r, callbacks: r.callbacks.filter((c) => ops.includes(c)) }]));
  const features = Object.fromEntries(
    Object.keys(newer.features).map((key) => {
      const [a, b] = [older.features[key as keyof Features], newer.features[key as keyof Features]];
      const own = facts.features[key];
      return [key, own === undefined ? (m.value(`features/${key}`, a, b, () => undefined) as boolean) : own.value];
    }),
  ) as Features;
  const tables: KernelTables = {
    version: facts.version,
    features,
    helpers: helpers(btf),
    packetChanging: m.list('packetChanging', older.packetChanging, newer.packetChanging),
    protos: m.table('protos', older.protos, newer.protos, () => true),
    choices: m.table(
      'choices',
      older.choices,
      newer.choices,
      (fn) => btf.func(fn),
      (fn) => {
        const gone = Object.keys(older.choices).filter((f) => !(f in newer.choices) && !btf.func(f));
        return gone.some((f) => text(older.choices[fn]).includes(`"${f}"`)) ? 'newer' : undefined;
      },
    ),
    kfuncSets: m.table('kfuncSets', older.kfuncSets, newer.kfuncSets, (set) => (has(setMembers(set)) ? undefined : false)),
    kfuncs: kfuncRows(m, btf, older, newer),
    dtors: m.table('dtors', older.dtors, newer.dtors, (type) => btf.any(type)),
    progTypes: m.table('progTypes', older.progTypes, newer.progTypes, (t) => btf.enumerators.has(t)),
    mapTypes: m.table('mapTypes', withOps(older.mapTypes), withOps(newer.mapTypes), (t) => btf.enumerators.has(t)),
    structOps: withStubs(
      btf,
      facts,
      m.table('structOps', older.structOps, newer.structOps, (s) => btf.struct(s)),
    ),
    iterators: m.table('iterators', older.iterators, newer.iterators, (t) => btf.func(`bpf_iter_${t}`)),
    lists: lists(m, btf, older, newer),
    lsm: m.table('lsm', older.lsm, newer.lsm, (h) => btf.func(`bpf_lsm_${h}`)),
    tracepoints: {
      rawArgs: m.table('tracepoints/rawArgs', older.tracepoints.rawArgs, newer.tracepoints.rawArgs, (t) =>
        btf.any(`btf_trace_${t}`) ? undefined : false,
      ),
      faultable: m.list('tracepoints/faultable', older.tracepoints.faultable, newer.tracepoints.faultable, (t) => `btf_trace_${t}`),
    },
    safeMembers: safeMembers(btf, older, newer),
    constants: constants(m, btf, older, newer),
  };
  return { tables, open: m.open };
}
