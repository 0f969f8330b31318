// SPDX-License-Identifier: GPL-2.0-only
/**
 * The kernels that there is something of: the one whose rules are verified, and others for comparison. Nothing else spells a kernel's version;
 * what a kernel does otherwise is data of its tables (`features.ts`, `words.ts`).
 */

/** One kernel. */
export interface KernelRelease {
  /** As `uname -r` begins: `7.3.4`. */
  readonly version: string;
  /** `7.3`. */
  readonly series: string;
  /** For people: `Linux 7.3`. */
  readonly title: string;
  /** Id of the context policy that is this kernel's own rules. */
  readonly policy: string;
  /** Folder with BTF, configuration and, but for the verified kernel, tables; parts of a path from the project's root. */
  readonly media: readonly string[];
}

/** What is said of a kernel by its version, also of one that is none of ours. */
export function releaseOf(version: string): KernelRelease {
  const series = version.split('.').slice(0, 2).join('.');
  return { version, series, title: `Linux ${series}`, policy: `linux-${series}`, media: ['media', 'kernel', version] };
}

/** The kernel whose verifier ours is, and whose tables are part of the program. */
export const VERIFIED_KERNEL = releaseOf('7.3.4');

/** Kernels that the conformance tests verify as, too. */
export const OTHER_KERNELS: readonly KernelRelease[] = [releaseOf('6.18.15'), releaseOf('6.12.118'), releaseOf('6.1.192')];

/** All of them, newest first. */
export const KERNELS: readonly KernelRelease[] = [VERIFIED_KERNEL, ...OTHER_KERNELS];

/** Stands for the kernel of this machine where a kernel is named. */
export const RUNNING_KERNEL = 'running';

/** The kernel that a person names by its series or its version (`6.12`, `6.12.118`); null for none. */
export function kernelNamed(name: string): KernelRelease | null {
  return KERNELS.find((k) => k.series === name || k.version === name) ?? null;
}
