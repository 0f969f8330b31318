/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct tick {
	struct bpf_timer tm;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(struct tick));
} ticks SEC(".maps");

SEC("xdp")
int arm(struct xdp_md *ctx)
{
	int k = 1;
	struct tick *t = bpf_map_lookup_elem(&ticks, &k);
	if (!t)
		return XDP_PASS;
	bpf_timer_init(&t->tm, &ticks, 1);
	return XDP_PASS;
}
