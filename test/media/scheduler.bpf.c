/* SPDX-License-Identifier: GPL-2.0-only */
/* A scheduler in the manner of sched_ext: its enqueue goes through several functions, with an RCU section, a lock and an unrolled loop. */
#include "bpf_example.h"

#define LEVELS 16

struct sched_ext_ops {
	void (*enqueue)(struct task_struct *p, u64 flags);
	char name[128];
};

extern void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym;

struct level {
	struct bpf_spin_lock lock;
	u64 waiting;
	u64 vtime;
	u64 shares[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LEVELS);
	__type(key, u32);
	__type(value, struct level);
} levels SEC(".maps");

volatile u64 weights[64];
volatile u64 kicked, late, now;

static __noinline u64 weigh(u64 base)
{
	u64 sum = base;

#pragma clang loop unroll(full)
	for (int i = 0; i < LEVELS; i++) {
		u64 w = weights[i];

		if (w > sum)
			sum = w - sum;
		else if (w & 3)
			sum += w >> 2;
	}
	return sum;
}

static __noinline u32 charge(u32 key, u64 sum)
{
	struct level *l;

	key %= LEVELS;
	bpf_rcu_read_lock();
	l = bpf_map_lookup_elem(&levels, &key);
	if (l) {
		bpf_spin_lock(&l->lock);
		l->waiting++;
		l->vtime += sum;
		l->shares[key & 3] = l->vtime >> 4;
		bpf_spin_unlock(&l->lock);
	}
	bpf_rcu_read_unlock();
	return key;
}

static __noinline u64 slice_of(u64 sum)
{
	u64 slice = 20000000;

	for (u32 i = 0; i < 48; i++) {
		u64 w = weights[i & 63];

		if (w > sum)
			slice -= w & 0xff;
		else if (w + 7 > slice)
			slice += 3;
	}
	return slice;
}

static __noinline int is_late(u64 sum)
{
	if (sum > now) {
		late++;
		return weights[1] > 3;
	}
	if (sum == 12)
		return weights[2] & 1;
	return 0;
}

static __noinline u64 deadline(u64 sum)
{
	u64 at = now + (sum >> 3);

	if (is_late(at))
		at += 1000;
	return at;
}

SEC("struct_ops/enqueue")
void enqueue(u64 *ctx)
{
	struct task_struct *p = (struct task_struct *)ctx[0];
	u64 flags = ctx[1];
	u64 sum, slice;
	u32 key;

	sum = weigh(flags);
	key = charge((u32)sum, sum);
	slice = slice_of(deadline(sum));
	if (key & 1)
		kicked++;
	scx_bpf_dsq_insert(p, 0x8000000000000001ULL, slice, 0);
}

SEC(".struct_ops.link")
struct sched_ext_ops levels_ops = {.enqueue = (void *)enqueue, .name = "levels"};

char LICENSE[] SEC("license") = "GPL";
