/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct meter {
	u32 lock;
	u64 last;
	u32 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct meter);
} meters SEC(".maps");

SEC("xdp")
int police(struct xdp_md *ctx)
{
	u32 k = ctx->rx_queue_index;
	struct meter *m = bpf_map_lookup_elem(&meters, &k);
	if (!m)
		return XDP_PASS;
	bpf_spin_lock((void *)&m->lock);
	m->n++;
	bpf_spin_unlock((void *)&m->lock);
	return XDP_PASS;
}
