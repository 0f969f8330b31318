// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { Kind, type Btf } from '../../../src/btf/types';
import { assembleKernel, BUNDLE_FILES } from '../../../src/kernel/bundle';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import type { CallerContext, KernelProfile, Kfunc } from '../../../src/kernel/profile';
import { parseKernelConfig } from '../../../src/object/object-kernel';

const read = (name: string): Uint8Array =>
  brotliDecompressSync(readFileSync(fileURLToPath(new URL(`../../../media/kernel/7.3.4/${name}`, import.meta.url))));

let shipped: KernelProfile | null = null;

/** The kernel that is shipped, read once per test file. */
export function shippedKernel(): KernelProfile {
  shipped ??= assembleKernel(KERNEL_TABLES, {
    vmlinux: read(BUNDLE_FILES.vmlinux),
    modules: read(BUNDLE_FILES.modules),
    config: parseKernelConfig(new TextDecoder().decode(read(BUNDLE_FILES.config))),
  });
  return shipped;
}

/** A privileged caller of a program type (`XDP`), with changes. */
export function caller(kernel: KernelProfile, type: string, changes: Partial<CallerContext> = {}): CallerContext {
  return {
    progType: kernel.constantNamed(`BPF_PROG_TYPE_${type}`),
    expectedAttachType: 0,
    sleepable: false,
    attachName: '',
    structOps: null,
    capBpf: true,
    capPerfmon: true,
    capNetAdmin: true,
    capSysAdmin: true,
    gplCompatible: true,
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
