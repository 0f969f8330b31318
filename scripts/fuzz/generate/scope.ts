// SPDX-License-Identifier: GPL-2.0-only
/** What a generator knows at one point of the function it writes. */
import { type Btf, Kind } from '../../../src/btf/types';
import type { KernelProfile } from '../../../src/kernel/profile';
import type { FuzzFunction, Member } from '../program';
import type { Random } from '../random';
import type { OBJECTS } from '../types';
import { Asm, type Label } from './asm';

/** What a register or stack slot holds. */
export type Value =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'ctx' }
  | { readonly kind: 'memory'; readonly size: number; readonly writable: boolean }
  | { readonly kind: 'task' | 'cgroup' | 'cpumask' | 'vma' | 'css' | 'sock' | 'arena' | 'dynptr' | 'file' }
  /** Something that only its own statement knows how to use. */
  | { readonly kind: 'opaque' }
  | { readonly kind: 'object'; readonly type: keyof typeof OBJECTS };

/** A kind of program: its section and what can be done with its context. */
export interface Host {
  readonly section: string;
  readonly sleepable: boolean;
  /** Kfuncs of tracing and syscall programs are available. */
  readonly tracing: boolean;
  /** Generic kfuncs (tasks, cgroups, objects) are available. */
  readonly generic: boolean;
  /** Scalar fields of the context: offset, bytes. */
  readonly fields: readonly (readonly [number, number])[];
  /** Context offsets of packet start and end (4 bytes each), null without packet. */
  readonly packet: readonly [number, number] | null;
  /** First argument is a trusted task. */
  readonly taskArg: boolean;
  readonly weight: number;
  /** The member of a kernel struct that the program is for. */
  readonly structOps?: {
    readonly type: string;
    readonly member: string;
    readonly args: readonly StructArg[];
    readonly returnsPointer: boolean;
  };
}

/** An argument of a member of a kernel struct, under the name that the kernel's stub gives it. */
export interface StructArg {
  readonly name: string;
  readonly pointer: boolean;
  /** Name and id of the struct that it points to; '' and 0 for none. */
  readonly struct: string;
  readonly structId: number;
  readonly btf: Btf;
}

export const plain = { sleepable: false, tracing: false, generic: false, fields: [], packet: null, taskArg: false };
const skb = [
  [0, 4],
  [4, 4],
  [8, 4],
  [12, 4],
  [40, 4],
] as const;

/** Kinds of programs of which we know no fields: their contexts are read at random. */
const OTHERS = [
  'sk_skb/stream_verdict',
  'sk_msg',
  'flow_dissector',
  'sockops',
  'lwt_in',
  'lwt_xmit',
  'sk_lookup',
  'sk_reuseport',
  'netfilter',
  'cgroup/sock_create',
  'cgroup/connect4',
  'cgroup/bind6',
  'cgroup/sysctl',
  'cgroup/getsockopt',
  'cgroup/setsockopt',
  'cgroup/dev',
  'cgroup_skb/ingress',
  'action',
  'xdp/devmap',
  'xdp.frags',
  'raw_tp.w/nbd_send_request',
  'kprobe.multi/do_nanosleep',
  'kprobe.session/do_nanosleep',
  'uprobe.s',
  'uretprobe',
  'tracepoint.s/syscalls/sys_enter_getpid',
  'cgroup/recvmsg4',
  'cgroup/sendmsg6',
  'cgroup/getpeername4',
];
const TRACED = [
  'iter/task',
  'iter.s/task',
  'iter/task_vma',
  'iter/cgroup',
  'iter/bpf_map_elem',
  'iter/tcp',
  'fexit/do_nanosleep',
  'fmod_ret/bpf_fentry_test1',
  'fsession/do_nanosleep',
  'tp_btf/sched_switch',
  'tp_btf/sys_enter',
  'lsm/task_alloc',
  'lsm.s/bprm_committed_creds',
  'lsm_cgroup/socket_post_create',
  'fexit.s/__x64_sys_getpgid',
  'tp_btf/cgroup_mkdir',
  'fentry/tcp_v4_connect',
  'lsm/inode_getattr',
  'lsm.s/inode_rename',
  'tp_btf/kfree_skb',
];

export const HOSTS: readonly Host[] = [
  {
    ...plain,
    section: 'syscall',
    sleepable: true,
    generic: true,
    tracing: true,
    fields: [
      [0, 8],
      [8, 4],
      [16, 8],
    ],
    weight: 24,
  },
  { ...plain, section: 'tc', generic: true, fields: skb, packet: [76, 80], weight: 18 },
  { ...plain, section: 'tp_btf/task_newtask', generic: true, tracing: true, fields: [[8, 8]], taskArg: true, weight: 16 },
  { ...plain, section: 'lsm.s/file_open', sleepable: true, tracing: true, generic: true, weight: 10 },
  { ...plain, section: 'fentry.s/__x64_sys_getpgid', sleepable: true, tracing: true, generic: true, weight: 8 },
  {
    ...plain,
    section: 'xdp',
    generic: true,
    fields: [
      [12, 4],
      [16, 4],
    ],
    packet: [0, 4],
    weight: 8,
  },
  { ...plain, section: 'socket', fields: skb, weight: 6 },
  {
    ...plain,
    section: 'raw_tp/sys_enter',
    fields: [
      [0, 8],
      [8, 8],
    ],
    weight: 6,
  },
  {
    ...plain,
    section: 'kprobe/do_nanosleep',
    fields: [
      [0, 8],
      [80, 8],
    ],
    weight: 4,
  },
  { ...plain, section: 'cgroup_skb/egress', generic: true, fields: skb, packet: [76, 80], weight: 4 },
  {
    ...plain,
    section: 'tracepoint/syscalls/sys_enter_getpid',
    fields: [
      [8, 4],
      [16, 8],
    ],
    weight: 3,
  },
  { ...plain, section: 'perf_event', fields: [[0, 8]], weight: 2 },
  ...OTHERS.map((section): Host => ({ ...plain, section, weight: 0.5 })),
  ...TRACED.map((section): Host => ({ ...plain, section, sleepable: section.includes('.s/'), tracing: true, generic: true, weight: 0.7 })),
];

/** What a program is made to try. */
export type Mood = 'mixed' | 'scalars' | 'calls' | 'large';

/** What a run may try more than anything else. */
export type Focus =
  'all' | 'tables' | 'exceptions' | 'structs' | 'strings' | 'kernel' | 'layouts' | 'frames' | 'maps' | 'signatures' | 'info';

/** Stack slots of 8 bytes below the frame pointer that are spilled to and filled from; the rest is handed out. */
const SLOTS = 6;
const LOWEST = -500;

/** One function that is being written. */
export class Scope {
  readonly asm = new Asm();
  /** R6 to R9. */
  readonly vars: (Value | null)[] = [null, null, null, null];
  readonly slots: (Value | null)[] = Array.from({ length: SLOTS }, () => null);
  /** How many blocks we are in. */
  depth = 0;
  /** Something forbids calls (a spin lock is held). */
  locked = false;
  /** Something forbids sleeping. */
  atomic: number;
  /** Whether it may name what the kernel lacks. */
  daring = false;
  /** Jump here, with everything given back, to leave. */
  readonly out: Label = { at: null };
  #lowest = -8 * SLOTS;

  constructor(
    readonly random: Random,
    readonly host: Host,
    readonly profile: KernelProfile,
    /** Functions of the program that are done. */
    readonly functions: FuzzFunction[],
    readonly mood: Mood,
    readonly focus: Focus,
    /** Of the struct that the program's layout describes. */
    readonly layout: readonly Member[],
    /** Number of items at which writing should come to an end. */
    readonly budget: number,
    readonly isMain: boolean,
  ) {
    this.atomic = host.sleepable ? 0 : 1;
  }

  get kernel(): Btf {
    return this.profile.btf;
  }
  /** Everything as it is now; the function that is returned brings it back. */
  mark(): () => void {
    const { vars, slots, depth, locked, atomic } = this;
    const [oldVars, oldSlots, lowest, at] = [[...vars], [...slots], this.#lowest, this.asm.length];
    return () => {
      vars.splice(0, vars.length, ...oldVars);
      slots.splice(0, slots.length, ...oldSlots);
      Object.assign(this, { depth, locked, atomic });
      this.#lowest = lowest;
      this.asm.rewind(at);
    };
  }
  get full(): boolean {
    return this.asm.length > this.budget;
  }
  /** A callee-saved register for `value`, 0 if all are in use. */
  take(value: Value): number {
    const at = this.vars.indexOf(null);
    if (at < 0) return 0;
    this.vars[at] = value;
    return 6 + at;
  }
  give(reg: number): void {
    if (reg >= 6) this.vars[reg - 6] = null;
  }
  /** A register that holds such a value, 0 if there is none. */
  find(kind: Value['kind']): number {
    const at = this.vars.flatMap((v, i) => (v?.kind === kind ? [i + 6] : []));
    return at.length === 0 ? 0 : this.random.pick(at);
  }
  valueOf(reg: number): Value | null {
    return this.vars[reg - 6] ?? null;
  }
  /** Bytes on the stack, aligned to 8: their offset, 0 when the stack is used up. */
  stack(bytes: number): number {
    const at = this.#lowest - Math.ceil(bytes / 8) * 8;
    if (at < LOWEST) return 0;
    this.#lowest = at;
    return at;
  }
  /** Byte offset of a member of a kernel struct, 0 if there is none. */
  field(struct: string, name: string): number {
    const id = this.kernel.findByNameKind(struct, Kind.STRUCT);
    const type = this.kernel.type(id);
    return type?.kind === Kind.STRUCT ? (type.members.find((m) => m.name === name)?.bitOffset ?? 0) / 8 : 0;
  }
}
