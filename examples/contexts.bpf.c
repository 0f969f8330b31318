// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contexts that mainline tracks today, each with a program that keeps the rule and one that breaks it.
 * Above each program: what Linux 7.3 says.
 */
#include "bpf_example.h"

u64 sum;

struct value {
	struct bpf_spin_lock lock;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct value);
} counters SEC(".maps");

/* accept: in the loop body an element is only read under the iterator's own copy */
SEC("fentry.s/__x64_sys_getpgid")
int vma_copy(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 buf = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		bpf_copy_from_user(&buf, sizeof(buf), (void *)vma->vm_start);
		sum += buf;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* accept: the section ends before the copy */
SEC("fentry.s/__x64_sys_getpgid")
int rcu_then_copy(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 buf = 0;
	int pid;

	bpf_rcu_read_lock();
	pid = task->real_parent->pid;
	bpf_rcu_read_unlock();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf + pid;
	return 0;
}

/* reject: sleepable helper bpf_copy_from_user#148 in rcu_read_lock region */
SEC("?fentry.s/__x64_sys_getpgid")
int rcu_copy(void *ctx)
{
	u64 buf = 0;

	bpf_rcu_read_lock();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_rcu_read_unlock();
	sum += buf;
	return 0;
}

/* reject: sleepable helper bpf_copy_from_user#148 in non-preemptible region */
SEC("?fentry.s/__x64_sys_getpgid")
int preempt_copy(void *ctx)
{
	u64 buf = 0;

	bpf_preempt_disable();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_preempt_enable();
	sum += buf;
	return 0;
}

/* reject: sleepable helper bpf_copy_from_user#148 in IRQ-disabled region */
SEC("?fentry.s/__x64_sys_getpgid")
int irq_copy(void *ctx)
{
	unsigned long flags;
	u64 buf = 0;

	bpf_local_irq_save(&flags);
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_local_irq_restore(&flags);
	sum += buf;
	return 0;
}

/* reject: BPF_EXIT instruction in main prog would lead to reference leak */
SEC("?fentry.s/__x64_sys_getpgid")
int task_leak(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);

	if (!task)
		return 0;
	if (task->pid != 1)
		return 0;
	bpf_task_release(task);
	return 0;
}

/* accept: a plain reference forbids nothing */
SEC("fentry.s/__x64_sys_getpgid")
int task_held_copy(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);
	u64 buf = 0;

	if (!task)
		return 0;
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf + task->pid;
	bpf_task_release(task);
	return 0;
}

/* accept: the lock protects the counter and nothing is called under it */
SEC("tc")
int locked_count(void *ctx)
{
	u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&counters, &key);

	if (!v)
		return 0;
	bpf_spin_lock(&v->lock);
	v->count++;
	bpf_spin_unlock(&v->lock);
	return 0;
}

/* reject: function calls are not allowed while holding a lock */
SEC("?tc")
int locked_call(void *ctx)
{
	u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&counters, &key);

	if (!v)
		return 0;
	bpf_spin_lock(&v->lock);
	v->count = bpf_ktime_get_ns();
	bpf_spin_unlock(&v->lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
