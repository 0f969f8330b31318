/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that the examples need of libbpf's headers and of vmlinux.h, so that they compile with clang alone.
 * Kernel types are partial: CO-RE relocations find the real offsets in the kernel's BTF.
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

/* whether the kernel has a weak function or variable */
#define bpf_ksym_exists(sym) (!!(sym))

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val) *name

#define BPF_MAP_TYPE_HASH 1
#define BPF_MAP_TYPE_ARRAY 2

/* helpers, by their number */
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static long (*const bpf_spin_lock)(void *lock) = (void *)93;
static long (*const bpf_spin_unlock)(void *lock) = (void *)94;
static long (*const bpf_copy_from_user)(void *dst, u32 size, const void *user_ptr) = (void *)148;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;

struct bpf_spin_lock {
	u32 val;
};

struct cgroup;

struct css_set {
	struct cgroup *dfl_cgrp;
} __core;

struct task_struct {
	int pid;
	int tgid;
	struct css_set *cgroups;
	struct task_struct *real_parent;
} __core;

struct file;

struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	struct file *vm_file;
} __core;

struct bpf_iter_task_vma {
	u64 __opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
/* proposed with KF_FORBID_FAULT; no released kernel has it, so it is weak: elsewhere only programs that call it are refused */
extern void bpf_iter_task_vma_release(struct bpf_iter_task_vma *it__iter) __ksym __weak;

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags__irq_flag) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags__irq_flag) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
