/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *f) __ksym;
extern void bpf_local_irq_restore(unsigned long *f) __ksym;
extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task,
				 u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
u64 w;
u32 n;

static __noinline int grab(u64 a)
{
	u64 v = 0;
	bpf_copy_from_user(&v, 8, (void *)a);
	w = v;
	return v & 1;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(sub_in_rcu)
{
	int r = grab(1);
	bpf_rcu_read_lock();
	r += grab(2);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(nested_rcu)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_lock();
	n++;
	bpf_rcu_read_unlock();
	grab(3);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(cond_lock)
{
	u32 on = n;
	if (on & 1)
		bpf_rcu_read_lock();
	w++;
	if (on & 1)
		bpf_rcu_read_unlock();
	grab(4);
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(vma_in_rcu)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *v;
	bpf_rcu_read_lock();
	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((v = bpf_iter_task_vma_next(&it)))
		w += v->vm_start;
	bpf_iter_task_vma_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

static long unlocks(u32 i, void *c)
{
	bpf_rcu_read_unlock();
	return 1;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(unlock_in_cb)
{
	bpf_rcu_read_lock();
	bpf_loop(1, unlocks, 0, 0);
	return 0;
}

static long sleeps(u32 i, void *c)
{
	grab(i);
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(cb_in_preempt)
{
	bpf_preempt_disable();
	bpf_loop(4, sleeps, 0, 0);
	bpf_preempt_enable();
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(cb_ok)
{
	bpf_loop(4, sleeps, 0, 0);
	return 0;
}

SEC("tc")
int unbalanced(struct __sk_buff *s)
{
	bpf_preempt_disable();
	if (s->len > 4)
		return 1;
	bpf_preempt_enable();
	return 0;
}

SEC("tc")
int extra_unlock(struct __sk_buff *s)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_rcu_read_unlock();
	return 0;
}

static __noinline void put(unsigned long *f)
{
	bpf_local_irq_restore(f);
}

SEC("tc")
int irq_in_callee(struct __sk_buff *s)
{
	unsigned long f;
	bpf_local_irq_save(&f);
	put(&f);
	return 0;
}

SEC("tc")
int irq_restore_twice(struct __sk_buff *s)
{
	unsigned long f;
	bpf_local_irq_save(&f);
	bpf_local_irq_restore(&f);
	bpf_local_irq_restore(&f);
	return 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} nx SEC(".maps");

SEC("tc")
int tail_in_rcu(struct __sk_buff *s)
{
	bpf_rcu_read_lock();
	bpf_tail_call(s, &nx, 1);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tc")
int tail_in_preempt(struct __sk_buff *s)
{
	bpf_preempt_disable();
	bpf_tail_call(s, &nx, 1);
	bpf_preempt_enable();
	return 0;
}
