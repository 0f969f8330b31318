// SPDX-License-Identifier: GPL-2.0-only
import { Kind, type Btf } from '../../../src/btf/types';
import { type CallerContext, type KernelProfile, type Kfunc, UNLIMITED } from '../../../src/kernel/profile';
import { kernelOf } from '../../support/kernel';

/** The kernel that is verified. */
export const shippedKernel = (): KernelProfile => kernelOf().profile;

/** A privileged caller of a program type (`XDP`), with changes. */
export function caller(kernel: KernelProfile, type: string, changes: Partial<CallerContext> = {}): CallerContext {
  return {
    progType: kernel.constantNamed(`BPF_PROG_TYPE_${type}`),
    expectedAttachType: 0,
    sleepable: false,
    attachName: '',
    structOps: null,
    ...UNLIMITED,
    ...changes,
  };
}

/** A kfunc by name, in vmlinux or in the named module. */
export function kfunc(kernel: KernelProfile, name: string, module?: string): Kfunc {
  const btf: Btf | undefined = module === undefined ? kernel.btf : kernel.modules.find((m) => m.name === module);
  const k = btf === undefined ? null : kernel.kfunc(btf, btf.findByNameKind(name, Kind.FUNC));
  if (k === null) throw new Error(`no function ${name}`);
  return k;
}
