// SPDX-License-Identifier: GPL-2.0-only
import { MAINLINE_CLASSES } from './classes';
import { MAINLINE_HAZARDS } from './hazards';
import { DEFAULT_ACQUIRE_CLASS, type CallRule, type Policy } from './types';
import { VERIFIED_KERNEL } from '../kernel/releases';

/**
 * Kfuncs that open or close a region, as the kernel knows them: by identity (`kernel/bpf/verifier.c: special_kfunc_list`,
 * `is_bpf_rcu_read_lock_kfunc` and its kin, `process_irq_flag`, `process_spin_lock`).
 */
const REGION_KFUNCS: readonly CallRule[] = [
  { name: 'bpf_rcu_read_lock', enters: 'rcu' },
  { name: 'bpf_rcu_read_unlock', leaves: 'rcu' },
  { name: 'bpf_preempt_disable', enters: 'preempt' },
  { name: 'bpf_preempt_enable', leaves: 'preempt' },
  { name: 'bpf_local_irq_save', enters: 'irq' },
  { name: 'bpf_local_irq_restore', leaves: 'irq' },
  { name: 'bpf_res_spin_lock', enters: 'res_lock' },
  { name: 'bpf_res_spin_unlock', leaves: 'res_lock' },
  { name: 'bpf_res_spin_lock_irqsave', enters: 'res_lock_irq' },
  { name: 'bpf_res_spin_unlock_irqrestore', leaves: 'res_lock_irq' },
];

/** Helpers that open or close a region. */
const REGION_HELPERS: readonly CallRule[] = [
  { name: 'bpf_spin_lock', enters: 'lock' },
  { name: 'bpf_spin_unlock', leaves: 'lock', callable: true },
];

/** What does not depend on the classes of regions: callbacks and acquiring helpers. */
export const COMMON_KFUNCS: readonly CallRule[] = [
  // `push_callback_call`: workqueues and task work run in a task
  { name: 'bpf_wq_set_callback', callback: { sleepable: true } },
  { name: 'bpf_task_work_schedule_signal', callback: { sleepable: true } },
  { name: 'bpf_task_work_schedule_resume', callback: { sleepable: true } },
  // `in_rbtree_lock_required_cb`
  { name: 'bpf_rbtree_add', callback: { keepsLocks: true } },
  { name: 'bpf_rbtree_add_impl', callback: { keepsLocks: true } },
];
export const COMMON_HELPERS: readonly CallRule[] = [
  // timers run their callbacks in interrupts
  { name: 'bpf_timer_set_callback', callback: { sleepable: false } },
  // `is_acquire_function`
  { name: 'bpf_sk_lookup_tcp', acquires: DEFAULT_ACQUIRE_CLASS },
  { name: 'bpf_sk_lookup_udp', acquires: DEFAULT_ACQUIRE_CLASS },
  { name: 'bpf_skc_lookup_tcp', acquires: DEFAULT_ACQUIRE_CLASS },
  { name: 'bpf_ringbuf_reserve', acquires: DEFAULT_ACQUIRE_CLASS },
  // allowed under a lock by `do_check_insn`
  { name: 'bpf_kptr_xchg', acquires: DEFAULT_ACQUIRE_CLASS, callable: true },
];

/** Linux 7.3 as it is. */
export const LINUX_7_3: Policy = {
  id: VERIFIED_KERNEL.policy,
  title: VERIFIED_KERNEL.title,
  description: 'The rules of the mainline verifier: RCU read sections, disabled preemption, disabled interrupts and locks forbid sleeping.',
  classes: MAINLINE_CLASSES,
  kfuncs: [...REGION_KFUNCS, ...COMMON_KFUNCS],
  helpers: [...REGION_HELPERS, ...COMMON_HELPERS],
  annotations: [],
  iteratorElements: false,
  compareElementParent: false,
  hazards: MAINLINE_HAZARDS,
};
