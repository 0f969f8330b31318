// SPDX-License-Identifier: GPL-2.0-only
/** Limits of the kernel that more than one room speaks of. */

/** Most instructions that one verification processes, and that a program with CAP_BPF may have (`BPF_COMPLEXITY_LIMIT_INSNS`). */
export const INSN_LIMIT = 1_000_000;
/** Largest error number (`MAX_ERRNO`). */
export const MAX_ERRNO = 4095;
/** Bytes of a page on x86-64. */
export const PAGE_BYTES = 4096;
