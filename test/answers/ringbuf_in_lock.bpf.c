/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct quota {
	struct bpf_spin_lock guard;
	u64 since;
	u32 used;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct quota);
} quotas SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} alarms SEC(".maps");

SEC("xdp")
int limiter(struct xdp_md *ctx)
{
	u32 port = ctx->ingress_ifindex;
	u64 now = bpf_ktime_get_ns();
	struct quota *q = bpf_map_lookup_elem(&quotas, &port);
	int verdict = XDP_PASS;
	if (!q)
		return XDP_PASS;
	bpf_spin_lock(&q->guard);
	if (now - q->since < 1000000000ull) {
		if (++q->used > 100) {
			bpf_ringbuf_output(&alarms, &port, sizeof(port), 0);
			verdict = XDP_DROP;
		}
	} else {
		q->since = now;
		q->used = 0;
	}
	bpf_spin_unlock(&q->guard);
	return verdict;
}
