/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct conn_sum {
	struct bpf_spin_lock lk;
	u32 active;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(struct conn_sum));
	__uint(max_entries, 128);
} conn_sums SEC(".maps");

SEC("tc")
int count_conn(struct __sk_buff *skb)
{
	u32 k = skb->mark;
	struct conn_sum *s = bpf_map_lookup_elem(&conn_sums, &k);
	if (!s)
		return 0;
	bpf_spin_lock(&s->lk);
	s->active++;
	bpf_spin_unlock(&s->lk);
	return 0;
}
