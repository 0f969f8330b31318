// SPDX-License-Identifier: GPL-2.0-only
/**
 * Contexts as markers: one descriptor a class with its enter and leave functions, so that the verifier has no identities at all.
 * With the descriptors of mainline every verdict and message is mainline's; a new class is a new row.
 */
import { IRQ, LOCK, LOCKED, PLAIN, PREEMPT, RCU, REF, REGION, RES_LOCK, RES_LOCK_IRQ } from './classes';
import { COMMON_HELPERS, COMMON_KFUNCS, LINUX_7_3 } from './mainline';
import type { CallRule, ClassWords, Colour, ContextClass, Policy, RegionWords, Token } from './types';
import { VERIFIED_KERNEL } from '../kernel/releases';

/** One row: `KF_CTX_ENTER(marker)` and `KF_CTX_LEAVE(marker)` stand on the functions it lists. */
export interface Descriptor {
  readonly marker: string;
  readonly enter: { readonly kfuncs?: readonly string[]; readonly helpers?: readonly string[] };
  readonly leave: { readonly kfuncs?: readonly string[]; readonly helpers?: readonly string[] };
  readonly token: Token;
  /** Marker whose entry the flag slot stands for, with the family of its functions. */
  readonly slot?: { readonly marker: string; readonly family: string };
  readonly family?: string;
  readonly depth: 'counter' | 'stack' | 'once';
  /** Classes of one group are left last in, first out. */
  readonly order: string | null;
  /** `Op` bits, ways out of the program included. */
  readonly forbids: number;
  readonly grants: readonly 'rcu'[];
  readonly mayFail: boolean;
  readonly letter: string;
  readonly colour: Colour;
  readonly title: string;
  /** Words after "in": sleeping there; and leaving the program there. */
  readonly region: { readonly sleep: string; readonly rank: number; readonly leave: string; readonly leaveRank: number };
  readonly unmatched?: string;
  readonly words?: ClassWords;
  readonly report?: RegionWords;
}

const LOCK_WORDS: ClassWords = {
  calls: 'function calls are not allowed while holding a lock',
  globalCalls: 'global function calls are not allowed while holding a lock,\nuse static function instead',
};
const SPIN_REGION = { sleep: 'lock region', rank: 40, leave: 'bpf_spin_lock-ed region', leaveRank: 10 };
const RES_WORDS: ClassWords = {
  ...LOCK_WORDS,
  nested: 'Acquiring the same lock again, AA deadlock detected',
  inCallback: "can't res_spin_{lock,unlock} in rbtree cb",
};

/** Words of structured reports, the same as mainline's. */
const reportOf = (cls: ContextClass): { report?: RegionWords } => (cls.report === undefined ? {} : { report: cls.report });

/** The mainline's contexts as rows of one table. */
export const MAINLINE_DESCRIPTORS: readonly Descriptor[] = [
  {
    marker: 'rcu',
    enter: { kfuncs: ['bpf_rcu_read_lock'] },
    leave: { kfuncs: ['bpf_rcu_read_unlock'] },
    token: 'none',
    depth: 'counter',
    order: null,
    forbids: REGION,
    grants: ['rcu'],
    mayFail: false,
    letter: 'R',
    colour: 'green',
    title: 'RCU read section',
    region: { sleep: 'rcu_read_lock region', rank: 10, leave: 'bpf_rcu_read_lock-ed region', leaveRank: 40 },
    unmatched: 'unmatched rcu read unlock (kernel function %s)',
    ...reportOf(RCU),
  },
  {
    marker: 'preempt',
    enter: { kfuncs: ['bpf_preempt_disable'] },
    leave: { kfuncs: ['bpf_preempt_enable'] },
    token: 'none',
    depth: 'counter',
    order: null,
    forbids: REGION,
    grants: ['rcu'],
    mayFail: false,
    letter: 'P',
    colour: 'orange',
    title: 'preemption-off section',
    region: { sleep: 'non-preemptible region', rank: 20, leave: 'bpf_preempt_disable-ed region', leaveRank: 50 },
    unmatched: 'unmatched attempt to enable preemption (kernel function %s)',
    ...reportOf(PREEMPT),
  },
  {
    marker: 'irq',
    enter: { kfuncs: ['bpf_local_irq_save'] },
    leave: { kfuncs: ['bpf_local_irq_restore'] },
    token: 'stack-slot',
    family: 'native',
    depth: 'stack',
    order: 'irq',
    forbids: REGION,
    grants: ['rcu'],
    mayFail: false,
    letter: 'I',
    colour: 'orange',
    title: 'IRQ-off section',
    region: { sleep: 'IRQ-disabled region', rank: 30, leave: 'bpf_local_irq_save-ed region', leaveRank: 30 },
    words: {
      outOfOrder: 'cannot restore irq state out of order, expected id=%d acquired at insn_idx=%d',
      otherFamily: 'irq flag acquired by %s kfuncs cannot be restored with %s kfuncs',
    },
    ...reportOf(IRQ),
  },
  {
    marker: 'lock',
    enter: { helpers: ['bpf_spin_lock'] },
    leave: { helpers: ['bpf_spin_unlock'] },
    token: 'object',
    depth: 'stack',
    order: 'lock',
    forbids: LOCKED,
    grants: ['rcu'],
    mayFail: false,
    letter: 'L',
    colour: 'purple',
    title: 'spin lock',
    region: SPIN_REGION,
    words: { ...LOCK_WORDS, inCallback: "can't spin_{lock,unlock} in rbtree cb" },
    ...reportOf(LOCK),
  },
  {
    marker: 'res_lock',
    enter: { kfuncs: ['bpf_res_spin_lock'] },
    leave: { kfuncs: ['bpf_res_spin_unlock'] },
    token: 'object',
    depth: 'once',
    order: 'lock',
    forbids: LOCKED,
    grants: ['rcu'],
    mayFail: true,
    letter: 'L',
    colour: 'purple',
    title: 'resilient spin lock',
    region: SPIN_REGION,
    words: RES_WORDS,
    ...reportOf(RES_LOCK),
  },
  {
    marker: 'res_lock_irq',
    enter: { kfuncs: ['bpf_res_spin_lock_irqsave'] },
    leave: { kfuncs: ['bpf_res_spin_unlock_irqrestore'] },
    token: 'object',
    slot: { marker: 'irq', family: 'lock' },
    depth: 'once',
    order: 'lock',
    forbids: LOCKED,
    grants: ['rcu'],
    mayFail: true,
    letter: 'L',
    colour: 'purple',
    title: 'resilient spin lock, IRQs off',
    region: SPIN_REGION,
    words: RES_WORDS,
    ...reportOf(RES_LOCK_IRQ),
  },
];

function classOf(d: Descriptor): ContextClass {
  return {
    ...PLAIN,
    name: d.marker,
    letter: d.letter,
    colour: d.colour,
    title: d.title,
    token: d.token,
    nesting: d.depth === 'once' ? 'once' : 'counter',
    order: d.order,
    mayFail: d.mayFail,
    slotClass: d.slot?.marker ?? null,
    family: d.slot?.family ?? d.family ?? '',
    forbids: d.forbids,
    grantsRcu: d.grants.includes('rcu'),
    describe: d.region.sleep,
    describeRank: d.region.rank,
    exitRegion: d.region.leave,
    exitRank: d.region.leaveRank,
    unmatched: d.unmatched ?? '',
    words: d.words ?? {},
    ...(d.report === undefined ? {} : { report: d.report }),
    compare: d.token === 'none' ? 'count' : 'ordered',
  };
}

/** Classes and call rules of a table of descriptors; references are not contexts and are always there. */
export function fromDescriptors(table: readonly Descriptor[]): Pick<Policy, 'classes' | 'kfuncs' | 'helpers'> {
  const rules = (of: 'kfuncs' | 'helpers'): CallRule[] =>
    table.flatMap((d) => [
      ...(d.enter[of] ?? []).map((name) => ({ name, enters: d.marker })),
      // a function that ends a context may always be called inside it
      ...(d.leave[of] ?? []).map((name) => (of === 'helpers' ? { name, leaves: d.marker, callable: true } : { name, leaves: d.marker })),
    ]);
  return {
    classes: [REF, ...table.map(classOf)],
    kfuncs: [...rules('kfuncs'), ...COMMON_KFUNCS],
    helpers: [...rules('helpers'), ...COMMON_HELPERS],
  };
}

/** Mainline's contexts through one enter and one leave marker a class. */
export const CONTEXT_CLASSES: Policy = {
  ...LINUX_7_3,
  ...fromDescriptors(MAINLINE_DESCRIPTORS),
  id: 'context-classes',
  title: 'Context classes (markers)',
  description: `Each context is a row of one table with an enter and a leave marker, instead of functions known by identity. Same verdicts and messages as ${VERIFIED_KERNEL.title}.`,
};
