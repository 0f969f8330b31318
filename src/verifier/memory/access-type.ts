// SPDX-License-Identifier: GPL-2.0-only
/** Direction of one access (`enum bpf_access_type`). */
export type AccessType = 'read' | 'write';
/** Directions in which a call uses a memory argument. */
export type MemAccess = AccessType | 'read-write';
/** Who touches a map value: an instruction, or a helper or kfunc (`enum bpf_access_src`). */
export type AccessSource = 'direct' | 'helper';
