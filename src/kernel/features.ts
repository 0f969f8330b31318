// SPDX-License-Identifier: GPL-2.0-only
/**
 * Rules in which kernels differ, each a fact of its own: what a kernel does is no function of its version number, because stable kernels take
 * some changes and not others. `true` is what 7.3.4 does. A kernel's tables state every one of them; `scripts/kernel/features.ts` finds them in
 * its source, and says there how.
 */
export const FEATURES = {
  'alu.divModRange': 'Division and modulo by a constant have ranges (`adjust_scalar_min_max_vals`).',
  'alu.negSwapRange': 'Negation and byte swaps have ranges (`check_alu_op`, `scalar_byte_swap`).',
  'atomic.loadAcquire': 'There are atomic loads with acquire and stores with release semantics (`check_atomic`).',
  'attach.syscallSleepable':
    'Without error injection, functions of system calls may still sleep and be modified (`check_attach_sleepable`).',
  'ctx.scalarPointer':
    'A pointer to anything but a struct in a typed context is a number; before, only one to void or an integer (`btf_ctx_access`).',
  'global.sleepTracked': 'A global function that may sleep is refused where the caller must not, and only then (`check_func_call`).',
  'kfunc.trustedByDefault': 'Every kfunc takes trusted pointers only; before, those with KF_TRUSTED_ARGS or KF_RCU (`check_kfunc_args`).',
  'lookup.constKeyNonNull': 'A look-up of an array with a constant key that is in range cannot fail (`can_elide_value_nullness`).',
  'map.lockInSleepable': 'Sleepable programs may use maps with a spin lock (`check_map_prog_compatibility`).',
  'map.timerInTracing': 'Tracing programs may use maps with a timer (`check_map_prog_compatibility`).',
  'map.workqueueInTracing': 'Tracing programs may use maps with a work queue (`check_map_prog_compatibility`).',
  'pruning.packetBase': 'Packet pointers with one id are alike only if they start at the same fixed offset (`regsafe`).',
  'walk.opaquePointer':
    'A member that points to anything but a struct is read as untrusted memory; before, as a number (`btf_struct_walk`).',
  'retval.setInRange': 'bpf_set_retval takes only values that the hook may return (`check_helper_call`).',
} as const;

/** Key of {@link FEATURES}. */
export type Feature = keyof typeof FEATURES;

/** One kernel's answer to each. */
export type Features = Readonly<Record<Feature, boolean>>;
