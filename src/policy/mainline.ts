// SPDX-License-Identifier: GPL-2.0-only
import { REF } from './classes';
import { type Descriptor, MAINLINE_DESCRIPTORS, rulesOf } from './descriptors';
import { MAINLINE_HAZARDS } from './hazards';
import { DEFAULT_ACQUIRE_CLASS, type CallRule, type Policy } from './types';
import { VERIFIED_KERNEL } from '../kernel/releases';

/** Classes and call rules of a table of descriptors; references are not contexts and are always there. */
export function fromDescriptors(table: readonly Descriptor[]): Pick<Policy, 'classes' | 'kfuncs' | 'helpers'> {
  return {
    classes: [REF, ...table.map((d) => d.cls)],
    kfuncs: [...rulesOf(table, 'kfuncs'), ...COMMON_KFUNCS],
    helpers: [...rulesOf(table, 'helpers'), ...COMMON_HELPERS],
  };
}

/** What does not depend on the classes of regions: callbacks and acquiring helpers. */
const COMMON_KFUNCS: readonly CallRule[] = [
  // `push_callback_call`: workqueues and task work run in a task
  { name: 'bpf_wq_set_callback', callback: { sleepable: true } },
  { name: 'bpf_task_work_schedule_signal', callback: { sleepable: true } },
  { name: 'bpf_task_work_schedule_resume', callback: { sleepable: true } },
  // `in_rbtree_lock_required_cb`
  { name: 'bpf_rbtree_add', callback: { keepsLocks: true } },
  { name: 'bpf_rbtree_add_impl', callback: { keepsLocks: true } },
];
const COMMON_HELPERS: readonly CallRule[] = [
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
  ...fromDescriptors(MAINLINE_DESCRIPTORS),
  annotations: [],
  iteratorElements: false,
  compareElementParent: false,
  hazards: MAINLINE_HAZARDS,
};
