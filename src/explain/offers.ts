// SPDX-License-Identifier: GPL-2.0-only
/** What the kernel at hand offers, so that advice names nothing that it does not have. */
import type { KernelProfile } from '../kernel/profile';

function hasHelper(kernel: KernelProfile, name: string): boolean {
  for (let id = 1; id < kernel.helperCount; id++) if (kernel.helperName(id) === name) return true;
  return false;
}

/** Ways to write a loop whose end the verifier need not find, as C spells them. */
export function loopWays(kernel: KernelProfile): string[] {
  return [
    ...(kernel.kfuncNames(kernel.btf).some((name) => name === 'bpf_iter_num_new') ? ['bpf_for()'] : []),
    ...(hasHelper(kernel, 'bpf_loop') ? ['bpf_loop()'] : []),
    ...(kernel.features['isa.mayGoto'] ? ['may_goto'] : []),
  ];
}

/** What a sleepable program may be attached to, as a list for a sentence (`check_attach_sleepable`). */
export function sleepableTargets(kernel: KernelProfile): string {
  const calls = kernel.features['attach.syscallSleepable'] ? ', system calls (__x64_sys_…)' : '';
  return `functions that allow error injection${calls} and LSM hooks on the kernel's list of sleepable hooks`;
}
