// SPDX-License-Identifier: GPL-2.0-only
import type { Behaviour } from './behaviour';
import type { Constant } from './constants';
import type { Features } from './features';
import type { Btf } from '../btf/types';

export { Kf } from './flags';

/** One argument of a helper: `ArgType | Flag`s, with the struct it must point to or the size of fixed-size memory. */
export interface HelperArg {
  readonly type: number;
  /** Struct names of `arg_btf_id`, `['*']` for `BPF_PTR_POISON`; null if the prototype names none. */
  readonly btfNames: readonly string[] | null;
  /** Bytes, for MEM_FIXED_SIZE; a struct's size is resolved by the profile. 0 otherwise. */
  readonly size: number;
}

/** `struct bpf_func_proto` as data. */
export interface HelperProto {
  /** Name of the C object, e.g. `bpf_map_lookup_elem_proto`. One helper number can have several. */
  readonly protoName: string;
  /** Helper number and name (`bpf_map_lookup_elem`). */
  readonly id: number;
  readonly name: string;
  readonly gplOnly: boolean;
  readonly pktAccess: boolean;
  readonly mightSleep: boolean;
  readonly allowFastcall: boolean;
  /** `bpf_helper_changes_pkt_data`. */
  readonly changesPktData: boolean;
  /** `RetType | Flag`s. */
  readonly ret: number;
  /** Struct name of `ret_btf_id`, '*' for poison, null if none. */
  readonly retBtfName: string | null;
  /** Always five entries. */
  readonly args: readonly HelperArg[];
  /** C name of the `.allowed` callback, null if none. */
  readonly allowed: string | null;
  /** What the verifier does beyond the prototype, by tag (see `src/kernel/behaviour.ts`), null for an ordinary helper. */
  readonly behaviour: Behaviour | null;
}

/** What decides which helpers and kfuncs a program may call. */
export interface CallerContext {
  /** `enum bpf_prog_type` (for freplace: the target's). */
  readonly progType: number;
  readonly expectedAttachType: number;
  readonly sleepable: boolean;
  /** Name of the attach function / hook / struct, e.g. LSM hook `bpf_lsm_file_open`, iterator `bpf_iter__task`; '' if none. */
  readonly attachName: string;
  /** For struct_ops: the kernel struct, e.g. `tcp_congestion_ops`, and the member. */
  readonly structOps: { readonly type: string; readonly member: string } | null;
  readonly capBpf: boolean;
  readonly capPerfmon: boolean;
  readonly capNetAdmin: boolean;
  readonly capSysAdmin: boolean;
  readonly gplCompatible: boolean;
}

/** A loader with all capabilities, and a program whose licence goes together with the GPL. */
export const UNLIMITED = { capBpf: true, capPerfmon: true, capNetAdmin: true, capSysAdmin: true, gplCompatible: true } as const;

/** A kernel function that programs may call. */
export interface Kfunc {
  readonly name: string;
  readonly btf: Btf;
  /** Type id of the FUNC in `btf`. */
  readonly id: number;
  /** {@link Kf} bits. 0 and `registered: false` when the function is in no kfunc set. */
  readonly flags: number;
  readonly registered: boolean;
  /** What the verifier does beyond flags and prototype, by tag (see `src/kernel/behaviour.ts`), null for an ordinary kfunc. */
  readonly behaviour: Behaviour | null;
  /** Context class of what KF_ACQUIRE takes (`src/policy`); `ref` if absent. */
  readonly acquires?: string;
}

/** What one kernel offers to programs, as data and look-ups. Made from generated tables plus its BTF. */
export interface KernelProfile {
  /** e.g. `7.3.4`. */
  readonly version: string;
  /** Rules in which kernels differ, as this one has them. */
  readonly features: Features;
  readonly btf: Btf;
  /** Module BTFs in order of loading, each on top of `btf`. */
  readonly modules: readonly Btf[];
  /** Kernel configuration, CONFIG_X → value ('y', 'm', number or string); absent = not set. */
  readonly config: Pick<ReadonlyMap<string, string>, 'get' | 'has'>;

  /** Name of a helper by number (`bpf_map_lookup_elem`), undefined for a number that 7.3 does not know. */
  helperName(id: number): string | undefined;
  /** Number of helper ids (`__BPF_FUNC_MAX_ID`). */
  readonly helperCount: number;
  /** Prototype that this caller gets for a helper (`ops->get_func_proto`), null if it must not use it. */
  helperProto(id: number, caller: CallerContext): HelperProto | null;
  /** Any prototype of that helper, whoever may call it: for liveness summaries. */
  anyHelperProto(id: number): HelperProto | null;

  /** The kfunc behind a FUNC type of the kernel or a module, with the flags that apply; null if the id is no FUNC. */
  kfunc(btf: Btf, id: number): Kfunc | null;
  /** Names of functions of the kernel or a module that may be registered kfuncs: ask {@link kfunc} of each. */
  kfuncNames(btf: Btf): readonly string[];
  /** Whether this caller may call it (`btf_kfunc_is_allowed`: hook sets and filters). */
  kfuncAllowed(kfunc: Kfunc, caller: CallerContext): boolean;

  /**
   * Members of a `BTF_ID_LIST`/`BTF_SET` of the source by the name of the C object, as names in order; [] if unknown.
   * `no_symbol/BTF` are the functions of that BTF (`vmlinux`, a module) that have no address in the running kernel.
   */
  list(name: string): readonly string[];
  /** The same as a set, memoised. */
  listHas(name: string, member: string): boolean;

  /**
   * `enum` constants of the uapi by name (BPF_PROG_TYPE_*, BPF_MAP_TYPE_*, BPF_F_*, attach types); NaN, which equals nothing, for one that only newer
   * kernels have; throws RangeError for an unknown name.
   */
  constant(name: Constant): number;
  /** The same by a name from data: a table, an argument. */
  constantNamed(name: string): number;
  /** `BPF_PROG_TYPE_X` → 'X' in lower case, likewise for maps; the number as text if unknown. */
  progTypeName(type: number): string;
  mapTypeName(type: number): string;

  /** Facts of a program type: ctx structs and ops features; undefined for an unknown number. */
  progType(type: number): ProgTypeInfo | undefined;
  /** Facts of a map type. */
  mapType(type: number): MapTypeInfo | undefined;
  /** struct_ops types by kernel struct name. */
  structOps(name: string): StructOpsInfo | undefined;
  readonly structOpsNames: readonly string[];
  /** LSM hooks, raw tracepoint argument facts, iterator targets, safe pointer fields: see the interfaces. */
  readonly lsm: LsmInfo;
  readonly tracepoints: TracepointInfo;
  readonly iterators: ReadonlyMap<string, IterTargetInfo>;
  /** `BTF_TYPE_SAFE_*`: struct name → member names, by list name (`__safe_rcu`, `__safe_rcu_or_null`, `__safe_trusted`, `__safe_trusted_or_null`). */
  safeMembers(list: string, struct: string): readonly string[];
  /** Kfunc ids registered by `register_btf_fmodret_id_set`, name → Kf flags. */
  readonly fmodret: ReadonlyMap<string, number>;
  /** Kptr destructors: struct name → destructor function name (`register_btf_id_dtor_kfuncs`). */
  readonly dtors: ReadonlyMap<string, string>;
}

/** `BPF_PROG_TYPE()` of `include/linux/bpf_types.h` and the ops behind it. */
export interface ProgTypeInfo {
  readonly type: number;
  readonly name: string;
  /** e.g. `sk_filter` for `sk_filter_verifier_ops`. */
  readonly opsName: string;
  /** User-visible and kernel context types, as C spells them. */
  readonly ctxUser: string;
  readonly ctxKernel: string;
  readonly hasConvertCtxAccess: boolean;
  readonly hasGenLdAbs: boolean;
  readonly hasGenPrologue: boolean;
  readonly hasBtfStructAccess: boolean;
  /** Name of the is_valid_access function. */
  readonly isValidAccess: string;
}

/** Facts of one map type, from its `struct bpf_map_ops` and the places that list map types. */
export interface MapTypeInfo {
  readonly type: number;
  readonly name: string;
  /** Struct behind CONST_PTR_TO_MAP (`map_btf_id`), '' if none. */
  readonly btfStruct: string;
  readonly hasDirectValueAddr: boolean;
  readonly hasForEachCallback: boolean;
  /** Names of all `struct bpf_map_ops` members that the type sets (`map_mmap`, `map_push_elem`, …). */
  readonly callbacks: ReadonlySet<string>;
}

export interface StructOpsInfo {
  readonly name: string;
  /** BTF module name, null for vmlinux. */
  readonly module: string | null;
  /** C object name. */
  readonly object: string;
  /** Names of the ops' callbacks in C, '' if absent. */
  readonly getFuncProto: string;
  readonly isValidAccess: string;
  readonly btfStructAccess: string;
  readonly checkMember: string;
  /** All callbacks by member name: those of `struct bpf_struct_ops` (`init_member`, `reg`, …) and of its verifier ops (`gen_prologue`, `gen_epilogue`, …). */
  readonly callbacks: ReadonlyMap<string, string>;
  /** Members with a CFI stub → name of the stub function. */
  readonly stubs: ReadonlyMap<string, string>;
}

export interface LsmInfo {
  /** Hook name (`file_open`) → return type as C spells it ('int', 'void', …) and default. */
  readonly hooks: ReadonlyMap<string, { readonly ret: string; readonly defaultValue: string }>;
}

export interface TracepointInfo {
  /** Raw tracepoint arguments that may be NULL or an error: name → mask, four bits an argument (bit 0 nullable, bit 1 may be IS_ERR). */
  readonly rawArgs: ReadonlyMap<string, bigint>;
  /** Tracepoints that may fault (`TRACE_EVENT_SYSCALL` and the like). */
  readonly faultable: ReadonlySet<string>;
}

/** `struct bpf_iter_reg` of an iterator target. */
export interface IterTargetInfo {
  readonly target: string;
  /** Context arguments: byte offset in the ctx struct, `RegType | Flag`, struct name for a BTF pointer. */
  readonly args: readonly { readonly offset: number; readonly type: number; readonly btfName: string | null }[];
  /** BPF_ITER_RESCHED. */
  readonly resched: boolean;
  /** C name of the target's get_func_proto, '' if none. */
  readonly getFuncProto: string;
}
