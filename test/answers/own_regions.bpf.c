/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
struct guarded { struct bpf_res_spin_lock lock; u64 n; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct guarded); } vault SEC(".maps");
u64 n;
char name[16];

SEC("lsm.s/file_open")
int BPF_PROG(preempt_nested, struct file *f)
{
	bpf_preempt_disable();
	n++;
	bpf_preempt_disable();
	n++;
	bpf_preempt_enable();
	bpf_copy_from_user(name, sizeof(name), (void *)n);
	bpf_preempt_enable();
	return 0;
}

static int read_name(u64 from)
{
	return bpf_copy_from_user(name, sizeof(name), (void *)from);
}

static int read_twice(u64 from)
{
	n++;
	return read_name(from);
}

SEC("lsm.s/file_open")
int BPF_PROG(chain_in_irq, struct file *f)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	n += read_twice(n);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
int irq_left_open(struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	if (skb->len > 100)
		return 1;
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
int irq_never_saved(struct __sk_buff *skb)
{
	unsigned long flags = 0;

	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
int reslock_leak(struct __sk_buff *skb)
{
	u32 k = 0;
	struct guarded *g = bpf_map_lookup_elem(&vault, &k);

	if (!g)
		return 0;
	if (bpf_res_spin_lock(&g->lock))
		return 0;
	if (g->n > 5)
		return 1;
	bpf_res_spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int reslock_again(struct __sk_buff *skb)
{
	u32 k = 0;
	struct guarded *g = bpf_map_lookup_elem(&vault, &k);

	if (!g)
		return 0;
	if (bpf_res_spin_lock(&g->lock))
		return 0;
	if (!bpf_res_spin_lock(&g->lock))
		bpf_res_spin_unlock(&g->lock);
	bpf_res_spin_unlock(&g->lock);
	return 0;
}

SEC("tc")
int reslock_order(struct __sk_buff *skb)
{
	u32 a = 0, b = 1;
	struct guarded *one = bpf_map_lookup_elem(&vault, &a);
	struct guarded *two = bpf_map_lookup_elem(&vault, &b);

	if (!one || !two)
		return 0;
	if (bpf_res_spin_lock(&one->lock))
		return 0;
	if (bpf_res_spin_lock(&two->lock)) {
		bpf_res_spin_unlock(&one->lock);
		return 0;
	}
	bpf_res_spin_unlock(&one->lock);
	bpf_res_spin_unlock(&two->lock);
	return 0;
}

SEC("tc")
int rcu_unlock_only(struct __sk_buff *skb)
{
	if (skb->len > 100)
		bpf_rcu_read_lock();
	n++;
	bpf_rcu_read_unlock();
	return 0;
}

SEC("lsm/file_open")
int BPF_PROG(lsm_too_low, struct file *f)
{
	return -5000;
}

SEC("cgroup/skb")
int cgroup_any(struct __sk_buff *skb)
{
	return skb->len;
}
