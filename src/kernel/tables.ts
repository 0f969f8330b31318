// SPDX-License-Identifier: GPL-2.0-only
/**
 * Shape of the generated tables of one kernel (`scripts/kernel/generate.ts` writes them as JSON, one fact a line).
 * Everything is by C name; `src/kernel/load.ts` resolves names against the BTF.
 */
import type { ChoiceTable } from './choice';
import type { Features } from './features';

/** `[type, struct name | '*' | null, size expression | 0]` of one helper argument; types are spelled as `type-names.ts` reads them. */
export type ArgRow = readonly [type: string, btf: string | null, size: string | number];

/** `struct bpf_func_proto` without what is absent or false. */
export interface ProtoRow {
  readonly ret: string;
  readonly args: readonly ArgRow[];
  readonly retBtf?: string;
  readonly allowed?: string;
  readonly flags?: readonly ('gpl_only' | 'pkt_access' | 'might_sleep' | 'allow_fastcall')[];
}

/** One registered set of kfuncs. */
export interface KfuncSetRow {
  /** BTF that it belongs to, null for vmlinux. */
  readonly module: string | null;
  /** Program types without `BPF_PROG_TYPE_`, or `FMODRET`. */
  readonly hooks: readonly string[];
  /** C name of the filter, '' if none. */
  readonly filter: string;
}

export interface ProgTypeRow {
  readonly ops: string;
  readonly ctxUser: string;
  readonly ctxKernel: string;
  /** Callbacks of the verifier ops, by member name. */
  readonly callbacks: Readonly<Record<string, string>>;
}

export interface MapTypeRow {
  readonly ops: string;
  readonly btf: string;
  /** Names of the `struct bpf_map_ops` members that are set. */
  readonly callbacks: readonly string[];
}

export interface StructOpsRow {
  readonly module: string | null;
  readonly object: string;
  readonly callbacks: Readonly<Record<string, string>>;
  readonly stubs: Readonly<Record<string, string>>;
}

export interface IteratorRow {
  readonly resched: boolean;
  readonly getFuncProto: string;
  /** `[ctx struct, member, register type, struct name | null]`. */
  readonly args: readonly (readonly [string, string, string, string | null])[];
}

export interface KernelTables {
  readonly version: string;
  /** Rules in which kernels differ. */
  readonly features: Features;
  /** Helper names with `bpf_`, by number; [0] is `bpf_unspec`. */
  readonly helpers: readonly string[];
  readonly packetChanging: readonly string[];
  readonly protos: Readonly<Record<string, ProtoRow>>;
  readonly choices: Readonly<Record<string, ChoiceTable>>;
  readonly kfuncSets: Readonly<Record<string, KfuncSetRow>>;
  /** Set → kfunc → flags as C spells them, `''` for none. */
  readonly kfuncs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly dtors: Readonly<Record<string, string>>;
  /** By constant name, `BPF_PROG_TYPE_X`. */
  readonly progTypes: Readonly<Record<string, ProgTypeRow>>;
  readonly mapTypes: Readonly<Record<string, MapTypeRow>>;
  readonly structOps: Readonly<Record<string, StructOpsRow>>;
  readonly iterators: Readonly<Record<string, IteratorRow>>;
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Hook → [return type, default]. */
  readonly lsm: Readonly<Record<string, readonly [string, string]>>;
  readonly tracepoints: {
    /** Hexadecimal masks. */
    readonly rawArgs: Readonly<Record<string, string>>;
    readonly faultable: readonly string[];
  };
  /** List (`__safe_rcu`) → struct → members. */
  readonly safeMembers: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Decimal text. */
  readonly constants: Readonly<Record<string, string>>;
}
