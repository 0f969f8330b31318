// SPDX-License-Identifier: GPL-2.0-only
/** Loaders with rules of their own. */
export type Loader = 'libbpf' | 'cilium/ebpf';
export const LOADERS: readonly Loader[] = ['libbpf', 'cilium/ebpf'];

/** The loader that a program is written for, as far as its files say: Go leaves out of its builds what begins so, and bpf2go names objects so. */
export function loaderOf(object: string, source: string | null): Loader {
  const go = source !== null && /^\s*(\/\/go:build |\/\/ ?\+build )/.test(source);
  return go || /_(bpf|(x86|arm64|arm|riscv|s390|powerpc|mips|loongarch)_bpf)e[lb]\.o$/.test(object) ? 'cilium/ebpf' : 'libbpf';
}
