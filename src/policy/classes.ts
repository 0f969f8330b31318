// SPDX-License-Identifier: GPL-2.0-only
/**
 * Classes of held resources in mainline Linux 7.3, with its words. Order and texts of the exit checks:
 * `kernel/bpf/verifier.c: check_resource_leak`; of explanations: `non_sleepable_context_description`;
 * of unmatched leaving: `check_kfunc_call`. All exit and unmatched errors are EINVAL.
 */
import { Op, type ContextClass } from './types';

/** What every region forbids: sleeping, and leaving the program inside it. */
const REGION = Op.SLEEP | Op.FAULT | Op.EXIT;
/** Under a lock, calls too, unless they are marked safe. */
const LOCKED = REGION | Op.CALL;

/** A reference: must be given back before the program is left. */
export const REF: ContextClass = {
  name: 'ref',
  letter: '#',
  title: 'reference',
  token: 'pointer',
  forbids: Op.EXIT,
  grantsRcu: false,
  describe: '',
  describeRank: 100,
  exitRegion: '',
  exitRank: 20,
  unmatched: '',
  compare: 'ordered',
};

export const RCU: ContextClass = {
  name: 'rcu',
  letter: 'R',
  title: 'RCU read section',
  token: 'none',
  forbids: REGION,
  grantsRcu: true,
  describe: 'rcu_read_lock region',
  describeRank: 10,
  exitRegion: 'bpf_rcu_read_lock-ed region',
  exitRank: 40,
  unmatched: 'unmatched rcu read unlock (kernel function %s)',
  compare: 'count',
};

export const PREEMPT: ContextClass = {
  name: 'preempt',
  letter: 'P',
  title: 'preemption disabled',
  token: 'none',
  forbids: REGION,
  grantsRcu: true,
  describe: 'non-preemptible region',
  describeRank: 20,
  exitRegion: 'bpf_preempt_disable-ed region',
  exitRank: 50,
  unmatched: 'unmatched attempt to enable preemption (kernel function %s)',
  compare: 'count',
};

export const IRQ: ContextClass = {
  name: 'irq',
  letter: 'I',
  title: 'interrupts disabled',
  token: 'stack-slot',
  forbids: REGION,
  grantsRcu: true,
  describe: 'IRQ-disabled region',
  describeRank: 30,
  exitRegion: 'bpf_local_irq_save-ed region',
  exitRank: 30,
  unmatched: '',
  compare: 'ordered',
};

export const LOCK: ContextClass = {
  name: 'lock',
  letter: 'L',
  title: 'spin lock',
  token: 'object',
  forbids: LOCKED,
  grantsRcu: true,
  describe: 'lock region',
  describeRank: 40,
  exitRegion: 'bpf_spin_lock-ed region',
  exitRank: 10,
  unmatched: '',
  compare: 'ordered',
};

export const RES_LOCK: ContextClass = { ...LOCK, name: 'res_lock', title: 'resilient spin lock' };
/** Its flag slot is an entry of class `irq` of its own. */
export const RES_LOCK_IRQ: ContextClass = { ...LOCK, name: 'res_lock_irq', title: 'resilient spin lock, interrupts disabled' };

export const MAINLINE_CLASSES: readonly ContextClass[] = [REF, RCU, PREEMPT, IRQ, LOCK, RES_LOCK, RES_LOCK_IRQ];
