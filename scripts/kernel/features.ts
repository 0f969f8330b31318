// SPDX-License-Identifier: GPL-2.0-only
/** Finds in a kernel's source which of the rules of `src/kernel/features.ts` it has. */
import type { Feature, Features } from '../../src/kernel/features';
import type { KernelSource } from './source';

const BPF = ['kernel/bpf/verifier.c'];

/** Whether one of the files (those that exist) has text that matches. */
function has(source: KernelSource, pattern: RegExp, files: readonly string[] = BPF): boolean {
  return files.some((f) => source.exists(f) && pattern.test(source.text(f)));
}

/** How each is found. What is looked for is the function, name or test that makes the rule. */
const PROBES: Readonly<Record<Feature, (source: KernelSource) => boolean>> = {
  'alu.divModRange': (s) => has(s, /\bscalar_min_max_udiv\b/),
  'alu.negSwapRange': (s) => has(s, /\bscalar_byte_swap\b/),
  'atomic.loadAcquire': (s) => has(s, /\bBPF_LOAD_ACQ\b/, ['kernel/bpf/verifier.c', 'include/uapi/linux/bpf.h']),
  'attach.syscallSleepable': (s) => has(s, /\bhas_arch_syscall_prefix\b/),
  'ctx.scalarPointer': (s) => has(s, /!btf_type_is_struct_ptr\(btf, t\)/, ['kernel/bpf/btf.c']),
  'global.sleepTracked': (s) => has(s, /\bmight_sleep && !in_sleepable/),
  'kfunc.trustedByDefault': (s) => !has(s, /\bKF_TRUSTED_ARGS\b/, ['include/linux/btf.h']),
  'lookup.constKeyNonNull': (s) => has(s, /\bcan_elide_value_nullness\b/),
  'map.timerInTracing': (s) => !has(s, /tracing progs cannot use bpf_timer yet/),
  'map.workqueueInTracing': (s) => !has(s, /tracing progs cannot use bpf_wq yet/),
  'map.lockInSleepable': (s) => !has(s, /sleepable progs cannot use bpf_spin_lock yet/),
  'pruning.packetBase': (s) => has(s, /rold->id && rold->r64\.base/, ['kernel/bpf/states.c']),
  'walk.opaquePointer': (s) => has(s, /\bWALK_PTR_UNTRUSTED\b/, ['kernel/bpf/btf.c']),
  'retval.setInRange': (s) => has(s, /At bpf_set_retval|"bpf_set_retval"/),
};

/** Every feature, as this source has it. */
export function findFeatures(source: KernelSource): Features {
  return Object.fromEntries(Object.entries(PROBES).map(([name, probe]) => [name, probe(source)])) as Record<Feature, boolean>;
}
