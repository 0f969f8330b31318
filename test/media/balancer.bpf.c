/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A load balancer of several functions that is refused: encap() forgets the task on one way. Something of everything that a picture of a large
 * program has to tell: copies of an unrolled loop, a loop, an RCU section, a lock, a function that nothing was seen of.
 */
#include "bpf_example.h"

#define HOPS 24

struct flow {
	struct bpf_spin_lock lock;
	u64 packets;
	u64 bytes;
	u64 seen[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct flow);
} flows SEC(".maps");

volatile u64 table[64];
volatile u64 drops, passed, rounds, sampled;
volatile u32 limit = 40;

/* unrolled: the same instructions for each extension, but for its number */
static __noinline u64 parse(u64 at)
{
	u64 hash = at;

#pragma clang loop unroll(full)
	for (int i = 0; i < HOPS; i++) {
		u64 v = table[i];

		if (v & 1)
			hash = (hash << 5) ^ (v + hash);
		else if (v > hash)
			hash += v * 31;
	}
	return hash;
}

static __noinline int lookup(u32 key, u64 bytes)
{
	struct flow *f;
	int found = 0;

	key &= 63;
	bpf_rcu_read_lock();
	f = bpf_map_lookup_elem(&flows, &key);
	if (f) {
		bpf_spin_lock(&f->lock);
		f->packets++;
		f->bytes += bytes;
		f->seen[key & 7] += bytes >> 3;
		f->seen[(key + 1) & 7] ^= bytes;
		bpf_spin_unlock(&f->lock);
		found = 1;
	}
	bpf_rcu_read_unlock();
	return found;
}

static __noinline u64 pick(u64 hash)
{
	u64 best = 0, at = 0;

	for (u32 i = 0; i < limit && i < 64; i++) {
		u64 score = table[i & 63] ^ hash;

		if (score > best) {
			best = score;
			at = i;
		}
	}
	return at;
}

static __noinline int encap(u64 at)
{
	struct task_struct *p = bpf_task_from_pid((s32)at);
	u64 way;

	if (!p)
		return 0;
	way = table[at & 63];
	if (way == 7)
		return -1; /* forgets the task */
	if (way > 100)
		passed += way;
	bpf_task_release(p);
	return 1;
}

static __noinline int sample(u64 at)
{
	sampled += table[at & 63];
	if (sampled > 10)
		sampled = table[(at + 3) & 63];
	table[(at + 1) & 63] = sampled;
	return 0;
}

SEC("syscall")
int balance(void *ctx)
{
	u64 hash, at;
	int r;

	hash = parse(table[0]);
	if (!lookup((u32)hash, hash >> 7)) {
		drops++;
		return 0;
	}
	at = pick(hash);
	rounds += at;
	r = encap(at);
	if (r < 0)
		drops++;
	return sample(hash) + r;
}

char LICENSE[] SEC("license") = "GPL";
