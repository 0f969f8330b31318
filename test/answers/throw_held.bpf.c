/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_throw(u64 cookie) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *f) __ksym;
extern void bpf_local_irq_restore(unsigned long *f) __ksym;

__noinline int demand(u32 v)
{
	if (v > 10)
		bpf_throw(v);
	return v;
}

static __noinline int demand_static(u32 v)
{
	if (v > 10)
		bpf_throw(v);
	return v & 3;
}

SEC("tc")
int held_over_global(struct __sk_buff *s)
{
	struct task_struct *t = bpf_task_from_pid(1);
	int r;
	if (!t)
		return 0;
	r = demand(s->len);
	bpf_task_release(t);
	return r;
}

SEC("tc")
int held_over_static(struct __sk_buff *s)
{
	struct task_struct *t = bpf_task_from_pid(1);
	int r;
	if (!t)
		return 0;
	r = demand_static(s->len);
	bpf_task_release(t);
	return r;
}

SEC("tc")
int rcu_throw(struct __sk_buff *s)
{
	int r;
	bpf_rcu_read_lock();
	r = demand(s->len);
	bpf_rcu_read_unlock();
	return r;
}

SEC("tc")
int preempt_throw(struct __sk_buff *s)
{
	int r;
	bpf_preempt_disable();
	r = demand_static(s->len);
	bpf_preempt_enable();
	return r;
}

SEC("tc")
int irq_throw(struct __sk_buff *s)
{
	unsigned long f;
	bpf_local_irq_save(&f);
	if (s->len > 9)
		bpf_throw(1);
	bpf_local_irq_restore(&f);
	return 0;
}

static long cb(u32 i, void *c)
{
	if (i > 5)
		bpf_throw(i);
	return 0;
}

SEC("tc")
int throw_in_loop(struct __sk_buff *s)
{
	bpf_loop(10, cb, 0, 0);
	return 0;
}
