// SPDX-License-Identifier: GPL-2.0-only
/** The headers that the extension supplies, so that a BPF program compiles with nothing but clang. Pure; who writes them to a disk is elsewhere. */
import type { Btf } from '../btf/types';
import { bpfCoreReadHeader } from './bpf-core-read-h';
import {
  bpfEndianHeader,
  bpfHelpersHeader,
  helperDefinitions,
  legacyMapHeader,
  packetLoadsHeader,
  type HelperPrototypes,
} from './bpf-helpers-h';
import { bpfTracingHeader, usdtHeader } from './bpf-tracing-h';
import prototypes from './data/helper-prototypes.json';
import kernelMacros from './data/kernel-macros.json';
import uapi from './data/uapi.json';
import { KERNEL, VMLINUX } from './folders';
import { kernelHeader, type KernelMacros } from './kernel-h';
import { libcHeaders } from './libc';
import { uapiHeaders, type UapiHeader } from './uapi';
import { vmlinuxHeader } from './vmlinux-h';

/** Goes up whenever a text changes, so that what was written before is written anew. */
export const HEADERS_FORMAT = 7;

/** What the headers are made of. */
export interface HeaderKernel {
  readonly btf: Btf;
  readonly version: string;
  /** What the kernel is called in texts: its release, or where its BTF comes from. */
  readonly name: string;
  /** Helper names by number. */
  readonly helpers: readonly string[];
}

/** Texts by path below the folder of all headers, and the kernel's release. */
export interface HeaderTexts {
  readonly version: string;
  readonly files: ReadonlyMap<string, string>;
}

/** Texts by path below the folder of all headers (`libbpf/bpf/bpf_helpers.h`). Throws {@link CDumpError} for a BTF that is no C. */
export function suppliedHeaders(kernel: HeaderKernel): Map<string, string> {
  const out = new Map<string, string>([
    [VMLINUX, vmlinuxHeader(kernel.btf, kernel.name)],
    ['libbpf/bpf/bpf_helper_defs.h', helperDefinitions(kernel.helpers, prototypes as unknown as HelperPrototypes)],
    ['libbpf/bpf/bpf_helpers.h', bpfHelpersHeader()],
    ['libbpf/bpf/bpf_core_read.h', bpfCoreReadHeader()],
    ['libbpf/bpf/bpf_tracing.h', bpfTracingHeader()],
    ['libbpf/bpf/bpf_endian.h', bpfEndianHeader()],
    ['libbpf/bpf/usdt.bpf.h', usdtHeader()],
    ['libbpf/bpf/bpf_legacy.h', packetLoadsHeader()],
    ['libbpf/bpf/bpf_map_def.h', legacyMapHeader()],
    [KERNEL, kernelHeader(kernelMacros as unknown as KernelMacros)],
  ]);
  for (const [name, text] of uapiHeaders(kernel.btf, uapi as unknown as Record<string, UapiHeader>)) out.set(`uapi/${name}`, text);
  for (const [name, text] of libcHeaders(kernel.version)) out.set(`libc/${name}`, text);
  return out;
}
