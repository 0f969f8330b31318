// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type Btf } from '../btf/types';
import { HELPER_BEHAVIOUR } from './behaviour';
import type { Constant } from './constants';
import { chooseBy, type ChoiceEnv } from './choice';
import type { Features } from './features';
import { KfuncIndex } from './kfuncs';
import type {
  CallerContext,
  HelperProto,
  IterTargetInfo,
  KernelProfile,
  Kfunc,
  LsmInfo,
  MapTypeInfo,
  ProgTypeInfo,
  StructOpsInfo,
  TracepointInfo,
} from './profile';
import type { IteratorRow, KernelTables, StructOpsRow } from './tables';
import { typeNumber } from './type-names';

/** Bytes of the scalar types that size expressions use. */
const SCALAR_BYTES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, s64: 8 };

/** Bytes of `sizeof(u32)` or `sizeof(struct x)`. Throws RangeError if the BTF has no such struct. */
function sizeOf(expression: string | number, btf: Btf): number {
  if (typeof expression === 'number') return expression;
  const m = /^sizeof\((?:struct )?(\w+)\)$/.exec(expression);
  const scalar = SCALAR_BYTES[m?.[1] ?? ''];
  if (scalar !== undefined) return scalar;
  const type = btf.type(btf.findByNameKind(m?.[1] ?? '', Kind.STRUCT));
  if (type?.kind !== Kind.STRUCT) throw new RangeError(`no size for ${expression}`);
  return type.size;
}

/** Byte offset of a member, also inside anonymous members; null if the BTF has no such struct or member. */
function offsetOf(struct: string, member: string, btf: Btf): number | null {
  const inside = (id: number): number | null => {
    const type = btf.type(id);
    if (type?.kind !== Kind.STRUCT && type?.kind !== Kind.UNION) return null;
    for (const m of type.members) {
      const within = m.name === member ? 0 : m.name === '' ? inside(m.type) : null;
      if (within !== null) return (m.bitOffset >> 3) + within;
    }
    return null;
  };
  return inside(btf.findByNameKind(struct, Kind.STRUCT));
}

function structOpsInfo(row: StructOpsRow, name: string): StructOpsInfo {
  return {
    name,
    module: row.module,
    object: row.object,
    getFuncProto: row.callbacks['get_func_proto'] ?? '',
    isValidAccess: row.callbacks['is_valid_access'] ?? '',
    btfStructAccess: row.callbacks['btf_struct_access'] ?? '',
    checkMember: row.callbacks['check_member'] ?? '',
    callbacks: new Map(Object.entries(row.callbacks)),
    stubs: new Map(Object.entries(row.stubs)),
  };
}

/** A value that is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => (known ??= { value: make() }).value;
}

const entryMap = <T, R>(record: Readonly<Record<string, T>>, of: (row: T, name: string) => R): ReadonlyMap<string, R> =>
  new Map(Object.entries(record).map(([name, row]) => [name, of(row, name)]));

/** What a kernel is made of beside its tables and types. */
export interface ProfileOptions {
  /** Other rules than those of the tables. */
  readonly features?: Features;
  /** Tables of the newest kernel: a constant that is there and not in the kernel's own has no value in it. */
  readonly newest?: Pick<KernelTables, 'constants'>;
}

/** Most programs ask for little: each table is gone through when it is first looked at. */
class TableProfile implements KernelProfile {
  readonly version: string;
  readonly features: Features;
  readonly #kfuncs = once(() => new KfuncIndex(this.tables, this));
  readonly #progTypes = once(() => this.#readProgTypes());
  readonly #mapTypes = once(() => this.#readMapTypes());
  readonly #progNames = once(() => this.#typeNames('BPF_PROG_TYPE_', this.tables.progTypes));
  readonly #mapNames = once(() => this.#typeNames('BPF_MAP_TYPE_', this.tables.mapTypes));
  readonly #structOps = once(() => entryMap(this.tables.structOps, structOpsInfo));
  readonly #dtors = once(() => new Map(Object.entries(this.tables.dtors)));
  readonly #lsm = once((): LsmInfo => ({ hooks: entryMap(this.tables.lsm, ([ret, defaultValue]) => ({ ret, defaultValue })) }));
  readonly #tracepoints = once((): TracepointInfo => ({
    rawArgs: entryMap(this.tables.tracepoints.rawArgs, BigInt),
    faultable: new Set(this.tables.tracepoints.faultable),
  }));
  /** Those that were asked for. */
  readonly #constants = new Map<string, number>();
  readonly #listSets = new Map<string, ReadonlySet<string>>();
  readonly #protos = new Map<string, HelperProto>();
  /** Prototype by helper number, per caller: what a caller gets never changes. */
  readonly #chosen = new WeakMap<CallerContext, Map<number, HelperProto | null>>();
  readonly #anyProto = new Map<number, HelperProto | null>();
  readonly #code: ReadonlyMap<string, (env: ChoiceEnv) => string | null>;
  #iterators: ReadonlyMap<string, IterTargetInfo> | null = null;

  constructor(
    private readonly tables: KernelTables,
    readonly btf: Btf,
    readonly modules: readonly Btf[],
    readonly config: KernelProfile['config'],
    private readonly options: ProfileOptions,
  ) {
    this.version = tables.version;
    this.features = options.features ?? tables.features;
    this.#code = new Map([['bpf_iter_get_func_proto', (env: ChoiceEnv) => this.#iteratorChoice(env)]]);
  }

  get helperCount(): number {
    return this.tables.helpers.length;
  }
  get fmodret(): ReadonlyMap<string, number> {
    return this.#kfuncs().fmodret;
  }
  get dtors(): ReadonlyMap<string, string> {
    return this.#dtors();
  }
  get lsm(): LsmInfo {
    return this.#lsm();
  }
  get tracepoints(): TracepointInfo {
    return this.#tracepoints();
  }

  #readProgTypes(): ReadonlyMap<number, { readonly info: ProgTypeInfo; readonly getFuncProto: string }> {
    return new Map(
      Object.entries(this.tables.progTypes).map(([constant, row]) => {
        const type = this.constantNamed(constant);
        const has = (name: string): boolean => Object.hasOwn(row.callbacks, name);
        const info = {
          type,
          name: constant.slice('BPF_PROG_TYPE_'.length).toLowerCase(),
          opsName: row.ops,
          ctxUser: row.ctxUser,
          ctxKernel: row.ctxKernel,
          hasConvertCtxAccess: has('convert_ctx_access'),
          hasGenLdAbs: has('gen_ld_abs'),
          hasGenPrologue: has('gen_prologue'),
          hasBtfStructAccess: has('btf_struct_access'),
          isValidAccess: row.callbacks['is_valid_access'] ?? '',
        };
        return [type, { info, getFuncProto: row.callbacks['get_func_proto'] ?? '' }];
      }),
    );
  }

  #readMapTypes(): ReadonlyMap<number, MapTypeInfo> {
    return new Map(
      Object.entries(this.tables.mapTypes).map(([constant, row]) => {
        const type = this.constantNamed(constant);
        const info = {
          type,
          name: constant.slice('BPF_MAP_TYPE_'.length).toLowerCase(),
          btfStruct: row.btf,
          hasDirectValueAddr: row.callbacks.includes('map_direct_value_addr'),
          hasForEachCallback: row.callbacks.includes('map_for_each_callback'),
          callbacks: new Set(row.callbacks),
        };
        return [type, info];
      }),
    );
  }

  /** Names by number; of several names for one number that of the table, else the first that is not marked deprecated. */
  #typeNames(prefix: string, table: Readonly<Record<string, unknown>>): ReadonlyMap<number, string> {
    const names = new Map<number, string>();
    const { constants } = this.tables;
    for (const name of Object.keys(constants).filter((key) => key.startsWith(prefix) && !key.endsWith('_DEPRECATED'))) {
      const value = Number(constants[name]);
      if (!names.has(value) || Object.hasOwn(table, name)) names.set(value, name.slice(prefix.length).toLowerCase());
    }
    return names;
  }

  /** `bpf_iter_get_func_proto` (`kernel/bpf/bpf_iter.c`): the iterator target's own function. */
  #iteratorChoice(env: ChoiceEnv): string | null {
    const target = env.caller.attachName.replace(/^bpf_iter__?/, '');
    return chooseBy(this.iterators.get(target)?.getFuncProto ?? '', env);
  }

  helperName(id: number): string | undefined {
    return this.tables.helpers[id];
  }

  helperProto(id: number, caller: CallerContext): HelperProto | null {
    let chosen = this.#chosen.get(caller);
    if (!chosen) this.#chosen.set(caller, (chosen = new Map()));
    let proto = chosen.get(id);
    if (proto === undefined) {
      proto = this.#choose(id, caller);
      chosen.set(id, proto);
    }
    return proto;
  }
  #choose(id: number, caller: CallerContext): HelperProto | null {
    const name = this.tables.helpers[id];
    if (name === undefined) return null;
    const structOps = caller.progType === this.constant('BPF_PROG_TYPE_STRUCT_OPS') && caller.structOps !== null;
    const fn = structOps
      ? this.#structOps().get(caller.structOps.type)?.getFuncProto
      : this.#progTypes().get(caller.progType)?.getFuncProto;
    const proto = chooseBy(fn ?? '', {
      caller,
      helper: name.slice('bpf_'.length),
      tables: this.tables.choices,
      constant: (n) => this.constantNamed(n),
      listHas: (list, member) => this.listHas(list, member),
      code: this.#code,
    });
    return proto === null ? null : this.#proto(proto, id);
  }

  /** The prototype of that C name for a helper number; null for one that this kernel is built without. */
  #proto(protoName: string, id: number): HelperProto | null {
    const key = `${id} ${protoName}`;
    let proto = this.#protos.get(key);
    if (proto === undefined) {
      const row = this.tables.protos[protoName];
      const name = this.tables.helpers[id];
      if (row === undefined || name === undefined) return null;
      const flag = (f: NonNullable<typeof row.flags>[number]): boolean => row.flags?.includes(f) ?? false;
      proto = {
        protoName,
        id,
        name,
        gplOnly: flag('gpl_only'),
        pktAccess: flag('pkt_access'),
        mightSleep: flag('might_sleep'),
        allowFastcall: flag('allow_fastcall'),
        changesPktData: this.tables.packetChanging.includes(name),
        ret: typeNumber(row.ret),
        retBtfName: row.retBtf ?? null,
        args: row.args.map(([type, btf, size]) => ({
          type: typeNumber(type),
          btfNames: btf === null ? null : [btf],
          size: sizeOf(size, this.btf),
        })),
        allowed: row.allowed ?? null,
        behaviour: HELPER_BEHAVIOUR.get(name) ?? null,
      };
      this.#protos.set(key, proto);
    }
    return proto;
  }

  anyHelperProto(id: number): HelperProto | null {
    let found = this.#anyProto.get(id);
    if (found === undefined) {
      const name = this.tables.helpers[id];
      const plain = name === undefined ? null : this.#proto(`${name}_proto`, id);
      found = plain ?? this.#anyChosen(id);
      this.#anyProto.set(id, found);
    }
    return found;
  }
  #anyChosen(id: number): HelperProto | null {
    const helper = this.tables.helpers[id]?.slice('bpf_'.length) ?? '';
    for (const table of Object.values(this.tables.choices)) {
      if (!Object.hasOwn(table.cases, helper)) continue;
      for (const [, name] of JSON.stringify(table.cases[helper]).matchAll(/"(\w+)"/g)) {
        const proto = Object.hasOwn(this.tables.protos, name!) ? this.#proto(name!, id) : null;
        if (proto) return proto;
      }
    }
    return null;
  }

  kfunc(btf: Btf, id: number): Kfunc | null {
    return this.#kfuncs().kfunc(btf, id);
  }
  kfuncNames(btf: Btf): readonly string[] {
    return this.#kfuncs().names(btf.name);
  }
  kfuncAllowed(kfunc: Kfunc, caller: CallerContext): boolean {
    return this.#kfuncs().allowed(kfunc, caller);
  }

  list(name: string): readonly string[] {
    return this.tables.lists[name] ?? [];
  }
  listHas(name: string, member: string): boolean {
    let set = this.#listSets.get(name);
    if (!set) this.#listSets.set(name, (set = new Set(this.list(name).filter((m) => m !== ''))));
    return set.has(member);
  }

  constant(name: Constant): number {
    return this.constantNamed(name);
  }
  constantNamed(name: string): number {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    if (Object.hasOwn(this.tables.constants, name)) {
      const value = Number(this.tables.constants[name]);
      this.#constants.set(name, value);
      return value;
    }
    if (Object.hasOwn((this.options.newest ?? this.tables).constants, name)) return NaN;
    throw new RangeError(`unknown constant ${name}`);
  }
  progTypeName(type: number): string {
    return this.#progNames().get(type) ?? String(type);
  }
  mapTypeName(type: number): string {
    return this.#mapNames().get(type) ?? String(type);
  }
  progType(type: number): ProgTypeInfo | undefined {
    return this.#progTypes().get(type)?.info;
  }
  mapType(type: number): MapTypeInfo | undefined {
    return this.#mapTypes().get(type);
  }
  structOps(name: string): StructOpsInfo | undefined {
    return this.#structOps().get(name);
  }
  get structOpsNames(): readonly string[] {
    return [...this.#structOps().keys()];
  }

  /** Targets whose context struct the BTF has. */
  get iterators(): ReadonlyMap<string, IterTargetInfo> {
    if (this.#iterators === null) {
      const found = new Map<string, IterTargetInfo>();
      for (const [target, row] of Object.entries(this.tables.iterators)) {
        const args = this.#iteratorArgs(row);
        if (args !== null) found.set(target, { target, args, resched: row.resched, getFuncProto: row.getFuncProto });
      }
      this.#iterators = found;
    }
    return this.#iterators;
  }
  #iteratorArgs(row: IteratorRow): IterTargetInfo['args'] | null {
    const args: IterTargetInfo['args'][number][] = [];
    for (const [struct, member, type, btfName] of row.args) {
      const offset = offsetOf(struct, member, this.btf);
      if (offset === null) return null;
      args.push({ offset, type: typeNumber(type), btfName });
    }
    return args;
  }

  safeMembers(list: string, struct: string): readonly string[] {
    return this.tables.safeMembers[list]?.[struct] ?? [];
  }
}

/**
 * What one kernel offers, from its generated tables and its BTFs. `modules` must be split BTFs on top of `btf`, named as the modules.
 * Names that the BTF lacks fail when they are asked for, not here.
 */
export function createKernelProfile(
  tables: KernelTables,
  btf: Btf,
  modules: readonly Btf[],
  config: KernelProfile['config'],
  options: ProfileOptions = {},
): KernelProfile {
  return new TableProfile(tables, btf, modules, config, options);
}
