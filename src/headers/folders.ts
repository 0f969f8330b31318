// SPDX-License-Identifier: GPL-2.0-only
/** Folders of the supplied headers, in the order in which they are searched. */
export const HEADER_FOLDERS = ['vmlinux', 'libbpf', 'uapi', 'libc'] as const;

/** Path of `vmlinux.h` below the folder of all of them. */
export const VMLINUX = 'vmlinux/vmlinux.h';

/** Path of what stands in for the kernel's own headers. */
export const KERNEL = 'kernel/kernel.h';
