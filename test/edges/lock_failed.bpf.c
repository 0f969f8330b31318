// SPDX-License-Identifier: GPL-2.0-only
/* A lock that may not be had (bpf_res_spin_lock gives up on a deadlock): one way holds it, the other does not. */
#include "bpf_example.h"

struct bpf_res_spin_lock {
	u32 val;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;

struct cell {
	struct bpf_res_spin_lock lock;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cell);
} cells SEC(".maps");

SEC("tc")
int count_or_give_up(void *ctx)
{
	u32 key = 0;
	struct cell *cell = bpf_map_lookup_elem(&cells, &key);

	if (!cell)
		return 0;
	if (bpf_res_spin_lock(&cell->lock))
		return 1;
	cell->count++;
	bpf_res_spin_unlock(&cell->lock);
	return 2;
}

char LICENSE[] SEC("license") = "GPL";
