// SPDX-License-Identifier: GPL-2.0-only
/**
 * Contexts as rows of one table: a class with the functions that enter and leave it. The verifier has no identities at all; a new class is a
 * new row.
 */
import { IRQ, LOCK, PREEMPT, RCU, RES_LOCK, RES_LOCK_IRQ } from './classes';
import type { CallRule, ContextClass } from './types';

/** Functions by kind. */
interface Functions {
  readonly kfuncs?: readonly string[];
  readonly helpers?: readonly string[];
}

/** One row: `KF_CTX_ENTER(class)` and `KF_CTX_LEAVE(class)` stand on the functions that it lists. */
export interface Descriptor {
  readonly cls: ContextClass;
  readonly enter: Functions;
  readonly leave: Functions;
}

/**
 * The mainline's contexts, which the kernel knows by identity (`kernel/bpf/verifier.c: special_kfunc_list`, `is_bpf_rcu_read_lock_kfunc` and
 * its kin, `process_irq_flag`, `process_spin_lock`).
 */
export const MAINLINE_DESCRIPTORS: readonly Descriptor[] = [
  { cls: RCU, enter: { kfuncs: ['bpf_rcu_read_lock'] }, leave: { kfuncs: ['bpf_rcu_read_unlock'] } },
  { cls: PREEMPT, enter: { kfuncs: ['bpf_preempt_disable'] }, leave: { kfuncs: ['bpf_preempt_enable'] } },
  { cls: IRQ, enter: { kfuncs: ['bpf_local_irq_save'] }, leave: { kfuncs: ['bpf_local_irq_restore'] } },
  { cls: LOCK, enter: { helpers: ['bpf_spin_lock'] }, leave: { helpers: ['bpf_spin_unlock'] } },
  { cls: RES_LOCK, enter: { kfuncs: ['bpf_res_spin_lock'] }, leave: { kfuncs: ['bpf_res_spin_unlock'] } },
  { cls: RES_LOCK_IRQ, enter: { kfuncs: ['bpf_res_spin_lock_irqsave'] }, leave: { kfuncs: ['bpf_res_spin_unlock_irqrestore'] } },
];

/** Call rules that follow from a table of descriptors. */
export function rulesOf(table: readonly Descriptor[], of: 'kfuncs' | 'helpers'): CallRule[] {
  return table.flatMap(({ cls, enter, leave }) => [
    ...(enter[of] ?? []).map((name) => ({ name, enters: cls.name })),
    // a helper that ends a context may always be called inside it
    ...(leave[of] ?? []).map((name) => (of === 'helpers' ? { name, leaves: cls.name, callable: true } : { name, leaves: cls.name })),
  ]);
}
