/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct ep {
	u32 id;
	u32 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct ep);
} eps SEC(".maps");

SEC("tc")
int route(struct __sk_buff *skb)
{
	u32 a = skb->mark, b = skb->priority;
	struct ep *src = bpf_map_lookup_elem(&eps, &a);
	struct ep *dst = bpf_map_lookup_elem(&eps, &b);
	if (!src && !dst)
		return 0;
	return src->flags & 1;
}
