/* SPDX-License-Identifier: GPL-2.0-only */
/* What the harder parts use of bpf_helpers.h, and of the kernel's types. */
typedef unsigned char __u8;
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) __typeof__(val) *name
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))
#define __noinline __attribute__((noinline))
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __core __attribute__((preserve_access_index))
static long (*const bpf_loop)(__u32 n, void *cb, void *ctx, __u64 flags) = (void *)181;
