/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that the programs here need of libbpf's headers and of vmlinux.h, so that they compile with clang alone.
 * Kernel types are partial: CO-RE relocations find the real offsets in the kernel's BTF.
 *
 * Above each program stands what is expected of it, one line a policy, in this form:
 *   @row H1                              row of the tables that it covers
 *   @expect POLICY accept
 *   @expect POLICY reject "part of the message"
 *   @hazard RELEASE ID [under POLICY]    a hazard that a target kernel of that release has
 *   @no-hazard RELEASE
 * POLICY is a built-in id, a policy file of this folder without its ending, several of them with commas, or `*` for all others of the
 * file: those of `@policies`, or else the built-in ones, fault-class and acquire-lock-fault.
 */
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define __ksym __attribute__((section(".ksyms")))
#define __weak __attribute__((weak))
#define __noinline __attribute__((noinline))
#define __core __attribute__((preserve_access_index))

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

#define BPF_MAP_TYPE_HASH 1
#define BPF_MAP_TYPE_ARRAY 2
#define BPF_MAP_TYPE_PROG_ARRAY 3

struct __sk_buff;
struct task_struct;
struct vm_area_struct;

/* helpers, by their number */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
static long (*const bpf_tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static long (*const bpf_spin_lock)(void *lock) = (void *)93;
static long (*const bpf_spin_unlock)(void *lock) = (void *)94;
static long (*const bpf_get_task_stack)(struct task_struct *task, void *buf, u32 size, u64 flags) = (void *)141;
static long (*const bpf_copy_from_user)(void *dst, u32 size, const void *user_ptr) = (void *)148;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;
static long (*const bpf_timer_init)(void *timer, void *map, u64 flags) = (void *)169;
static long (*const bpf_timer_set_callback)(void *timer, void *callback) = (void *)170;
static long (*const bpf_find_vma)(struct task_struct *task, u64 addr, void *callback, void *ctx, u64 flags) = (void *)180;

struct bpf_spin_lock {
	u32 val;
};

struct bpf_res_spin_lock {
	u32 val;
} __attribute__((aligned(4)));

struct bpf_timer {
	u64 __opaque[2];
} __attribute__((aligned(8)));

struct bpf_wq {
	u64 __opaque[2];
} __attribute__((aligned(8)));

struct task_struct {
	int pid;
	struct task_struct *real_parent;
} __core;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
} __core;

struct bpf_iter_task_vma {
	u64 __opaque[1];
} __attribute__((aligned(8)));

struct bpf_iter_kmem_cache {
	u64 __opaque[1];
} __attribute__((aligned(8)));

struct kmem_cache;

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
/* of the series; no released kernel has it, so it is weak: elsewhere only programs that call it are refused */
extern void bpf_iter_task_vma_release(struct bpf_iter_task_vma *it__iter) __ksym __weak;

extern int bpf_iter_kmem_cache_new(struct bpf_iter_kmem_cache *it) __ksym;
extern void bpf_iter_kmem_cache_destroy(struct bpf_iter_kmem_cache *it) __ksym;

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags__irq_flag) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags__irq_flag) __ksym;
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern int bpf_copy_from_user_str(void *dst, u32 dst__sz, const void *unsafe_ptr__ign, u64 flags) __ksym;
extern int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags) __ksym;
extern int bpf_wq_set_callback(struct bpf_wq *wq, int (*callback_fn)(void *, int *, void *), unsigned int flags) __ksym;
