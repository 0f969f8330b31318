// SPDX-License-Identifier: GPL-2.0-only
/**
 * Classes of held resources in mainline Linux 7.3, with its words. Order and texts of the exit checks:
 * `kernel/bpf/verifier.c: check_resource_leak`; of explanations: `non_sleepable_context_description`;
 * of unmatched leaving: `check_kfunc_call`; of calls under a lock: `do_check_insn`, `check_func_call`. All exit and unmatched errors
 * are EINVAL.
 */
import { Op, type ContextClass, type RegionWords } from './types';

/** What every region forbids: sleeping, and leaving the program inside it. */
const REGION = Op.SLEEP | Op.FAULT | Op.LEAVE;
/** Under a lock, calls too, unless they are marked safe. */
const LOCKED = REGION | Op.CALL | Op.GLOBAL_CALL;

/** What most classes have in common: counted, in any order, no words of their own. */
export const PLAIN: ContextClass = {
  name: '',
  letter: '',
  colour: 'neutral',
  title: '',
  token: 'none',
  nesting: 'counter',
  order: null,
  mayFail: false,
  slotClass: null,
  family: '',
  forbids: 0,
  grantsRcu: false,
  describe: '',
  describeRank: 100,
  exitRegion: '',
  exitRank: 60,
  unmatched: '',
  words: {},
  compare: 'count',
};

/** Locks of all kinds count as one region. */
function lockWords(holder: string): RegionWords {
  return {
    region: 'lock region',
    sleepRule: 'code holding a BPF spin lock cannot call operations that may sleep',
    leave: 'Release the BPF spin lock before this operation on every path.',
    unmatched: '',
    holder,
  };
}

/** A reference: must be given back before the program is left. */
export const REF: ContextClass = {
  ...PLAIN,
  name: 'ref',
  letter: '#',
  colour: 'reference',
  title: 'reference',
  token: 'pointer',
  forbids: Op.LEAVE,
  exitRank: 20,
  compare: 'ordered',
};

export const RCU: ContextClass = {
  ...PLAIN,
  name: 'rcu',
  letter: 'R',
  colour: 'rcu',
  title: 'RCU read section',
  forbids: REGION,
  grantsRcu: true,
  describe: 'rcu_read_lock region',
  describeRank: 10,
  exitRegion: 'bpf_rcu_read_lock-ed region',
  exitRank: 40,
  unmatched: 'unmatched rcu read unlock (kernel function %s)',
  report: {
    region: 'RCU read lock region',
    sleepRule: 'RCU read-side critical sections cannot call operations that may sleep',
    leave: 'Call bpf_rcu_read_unlock() before this operation on every path.',
    unmatched: 'Remove the extra bpf_rcu_read_unlock() call, or ensure this path first enters an RCU read lock region.',
    holder: '',
  },
};

export const PREEMPT: ContextClass = {
  ...PLAIN,
  name: 'preempt',
  letter: 'P',
  colour: 'preempt',
  title: 'preemption-off section',
  forbids: REGION,
  grantsRcu: true,
  describe: 'non-preemptible region',
  describeRank: 20,
  exitRegion: 'bpf_preempt_disable-ed region',
  exitRank: 50,
  unmatched: 'unmatched attempt to enable preemption (kernel function %s)',
  report: {
    region: 'non-preemptible region',
    sleepRule: 'preemption-disabled code cannot call operations that may sleep',
    leave: 'Call bpf_preempt_enable() before this operation on every path.',
    unmatched: 'Remove the extra bpf_preempt_enable() call, or ensure this path first disables preemption.',
    holder: '',
  },
};

const FLAG_WORDS = {
  outOfOrder: 'cannot restore irq state out of order, expected id=%d acquired at insn_idx=%d',
  otherFamily: 'irq flag acquired by %s kfuncs cannot be restored with %s kfuncs',
};

export const IRQ: ContextClass = {
  ...PLAIN,
  name: 'irq',
  letter: 'I',
  colour: 'irq',
  title: 'IRQ-off section',
  token: 'stack-slot',
  order: 'irq',
  family: 'native',
  forbids: REGION,
  grantsRcu: true,
  describe: 'IRQ-disabled region',
  describeRank: 30,
  exitRegion: 'bpf_local_irq_save-ed region',
  exitRank: 30,
  words: FLAG_WORDS,
  compare: 'ordered',
  report: {
    region: 'IRQ-disabled region',
    sleepRule: 'IRQ-disabled code cannot call operations that may sleep',
    leave: 'Restore the saved IRQ state before this operation on every path.',
    unmatched: '',
    holder: '',
  },
};

export const LOCK: ContextClass = {
  ...PLAIN,
  name: 'lock',
  letter: 'L',
  colour: 'lock',
  title: 'spin lock',
  token: 'object',
  order: 'lock',
  forbids: LOCKED,
  grantsRcu: true,
  describe: 'lock region',
  describeRank: 40,
  exitRegion: 'bpf_spin_lock-ed region',
  exitRank: 10,
  words: {
    calls: 'function calls are not allowed while holding a lock',
    globalCalls: 'global function calls are not allowed while holding a lock,\nuse static function instead',
    inCallback: "can't spin_{lock,unlock} in rbtree cb",
  },
  compare: 'ordered',
  report: lockWords('bpf_spin_lock'),
};

export const RES_LOCK: ContextClass = {
  ...LOCK,
  name: 'res_lock',
  title: 'resilient spin lock',
  nesting: 'once',
  mayFail: true,
  words: {
    ...LOCK.words,
    nested: 'Acquiring the same lock again, AA deadlock detected',
    inCallback: "can't res_spin_{lock,unlock} in rbtree cb",
  },
  report: lockWords('resource spin lock'),
};
/** Its flag slot is an entry of class `irq` of its own. */
export const RES_LOCK_IRQ: ContextClass = {
  ...RES_LOCK,
  name: 'res_lock_irq',
  title: 'resilient spin lock, IRQs off',
  slotClass: 'irq',
  family: 'lock',
  report: lockWords('IRQ-saving resource spin lock'),
};

/** How a class is held: references are acquired and released, locks taken and released, regions entered and left. */
export function holdingOf({ token }: Pick<ContextClass, 'token'>): 'reference' | 'lock' | 'region' {
  return token === 'pointer' ? 'reference' : token === 'object' ? 'lock' : 'region';
}
