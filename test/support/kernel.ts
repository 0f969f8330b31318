// SPDX-License-Identifier: GPL-2.0-only
/** The kernels that are shipped, each read once in a worker of the tests. */
import path from 'node:path';
import { loadKernel, type LoadedKernel } from '../../src/analysis/kernel';
import type { KernelChoice } from '../../src/analysis/requests';
import { VERIFIED_KERNEL } from '../../src/kernel/releases';

const MEDIA = path.resolve(import.meta.dirname, '../../media/kernel');

const kernels = new Map<string, LoadedKernel>();

/** A kernel as a request names it. Tests share it: whoever changes it takes that back. */
export function kernelFor(choice: KernelChoice): LoadedKernel {
  const key = JSON.stringify(choice);
  let kernel = kernels.get(key);
  if (kernel === undefined) kernels.set(key, (kernel = loadKernel(choice)));
  return kernel;
}

/** How a shipped kernel is named in a request. */
export function choiceOf(version: string = VERIFIED_KERNEL.version): KernelChoice {
  return { bundle: path.join(MEDIA, version), btf: '' };
}

/** A shipped kernel by its version, `6.12.118`, shared as {@link kernelFor} says. */
export function kernelOf(version: string = VERIFIED_KERNEL.version): LoadedKernel {
  return kernelFor(choiceOf(version));
}
