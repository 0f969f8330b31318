// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of contexts that the kernel's own tests never provoke: leaving in every way inside every kind of region, leaving what was
 * never entered, families of flags. All policies say the same.
 */
#include "policy_test.h"

u64 sum;

struct value {
	struct bpf_res_spin_lock lock;
	u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct value);
} locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} progs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 16);
} untyped SEC(".maps");

/* reads the first byte of the packet, or leaves the program */
#define LD_ABS(ctx)                                                                    \
	asm volatile("r6 = %0; r0 = *(u8 *)skb[0];" : : "r"(ctx)                       \
		     : "r0", "r1", "r2", "r3", "r4", "r5", "r6")

/*
 * @row C2.tail_call/irq
 * @expect * reject "tail_call cannot be used inside bpf_local_irq_save-ed region"
 */
SEC("?tc")
int tail_call_irq(struct __sk_buff *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_tail_call(ctx, &progs, 0);
	bpf_local_irq_restore(&flags);
	return 0;
}

/*
 * @row C2.ld_abs/rcu
 * @expect * reject "BPF_LD_[ABS|IND] cannot be used inside bpf_rcu_read_lock-ed region"
 */
SEC("?tc")
int ld_abs_rcu(struct __sk_buff *ctx)
{
	bpf_rcu_read_lock();
	LD_ABS(ctx);
	bpf_rcu_read_unlock();
	return 0;
}

/*
 * @row C2.ld_abs/preempt
 * @expect * reject "BPF_LD_[ABS|IND] cannot be used inside bpf_preempt_disable-ed region"
 */
SEC("?tc")
int ld_abs_preempt(struct __sk_buff *ctx)
{
	bpf_preempt_disable();
	LD_ABS(ctx);
	bpf_preempt_enable();
	return 0;
}

/*
 * @row C2.ld_abs/irq
 * @expect * reject "BPF_LD_[ABS|IND] cannot be used inside bpf_local_irq_save-ed region"
 */
SEC("?tc")
int ld_abs_irq(struct __sk_buff *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	LD_ABS(ctx);
	bpf_local_irq_restore(&flags);
	return 0;
}

/*
 * @row C2.ld_abs/reference
 * @expect * reject "BPF_LD_[ABS|IND] would lead to reference leak"
 */
SEC("?tc")
int ld_abs_reference(struct __sk_buff *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);

	if (!task)
		return 0;
	LD_ABS(ctx);
	bpf_task_release(task);
	return 0;
}

/*
 * @row C2.unmatched/preempt
 * @expect * reject "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)"
 */
SEC("?tc")
int unmatched_preempt(struct __sk_buff *ctx)
{
	bpf_preempt_enable();
	return 0;
}

/*
 * @row C2.unmatched/res_lock
 * @expect * reject "bpf_res_spin_unlock without taking a lock"
 */
SEC("?tc")
int unmatched_res_lock(struct __sk_buff *ctx)
{
	u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&locks, &key);

	if (!v)
		return 0;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

/*
 * @row C2.exit/res_lock
 * @expect * reject "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region"
 */
SEC("?tc")
int exit_res_lock(struct __sk_buff *ctx)
{
	u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&locks, &key);

	if (!v)
		return 0;
	if (bpf_res_spin_lock(&v->lock))
		return 0;
	v->count++;
	return 0;
}

/*
 * @row C2.wrong_family
 * @expect * reject "irq flag acquired by native kfuncs cannot be restored with lock kfuncs"
 */
SEC("?tc")
int native_flag_to_lock(struct __sk_buff *ctx)
{
	u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&locks, &key);
	unsigned long native, locked;

	if (!v)
		return 0;
	bpf_local_irq_save(&native);
	if (bpf_res_spin_lock_irqsave(&v->lock, &locked)) {
		bpf_local_irq_restore(&native);
		return 0;
	}
	bpf_res_spin_unlock_irqrestore(&v->lock, &native);
	bpf_local_irq_restore(&native);
	return 0;
}

/*
 * @row C2.non_sleepable/kfunc
 * @expect * reject "program must be sleepable to call sleepable kfunc bpf_copy_from_user_str"
 */
SEC("?fentry/__x64_sys_getpgid")
int kfunc_not_sleepable(void *ctx)
{
	char buf[8];

	bpf_copy_from_user_str(buf, sizeof(buf), (void *)0x1000, 0);
	sum += buf[0];
	return 0;
}

__noinline int copies(u64 addr)
{
	u64 buf = 0;

	bpf_copy_from_user(&buf, sizeof(buf), (void *)addr);
	return buf;
}

/*
 * @row C2.non_sleepable/global
 * @expect * reject "sleepable global function copies() called in non-sleepable prog"
 */
SEC("?fentry/__x64_sys_getpgid")
int global_not_sleepable(void *ctx)
{
	sum += copies(0x1000);
	return 0;
}

/*
 * @row C2.lock_argument/no_btf
 * @expect * reject "map 'untyped' has to have BTF in order to use bpf_spin_lock"
 */
SEC("?tc")
int lock_without_btf(struct __sk_buff *ctx)
{
	u32 key = 0;
	struct bpf_spin_lock *lock = bpf_map_lookup_elem(&untyped, &key);

	if (!lock)
		return 0;
	bpf_spin_lock(lock);
	bpf_spin_unlock(lock);
	return 0;
}

/*
 * What was saved with a lock is restored with it.
 * @row C2.wrong_family
 * @expect * accept
 */
SEC("?tc")
int lock_flag_balance(struct __sk_buff *ctx)
{
	u32 key = 0;
	struct value *v = bpf_map_lookup_elem(&locks, &key);
	unsigned long flags;

	if (!v)
		return 0;
	if (bpf_res_spin_lock_irqsave(&v->lock, &flags))
		return 0;
	v->count++;
	bpf_res_spin_unlock_irqrestore(&v->lock, &flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
