/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct who {
	u32 pid;
	u64 addr;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct who);
	__type(value, u64);
} sizes SEC(".maps");

SEC("socket")
int remember(struct __sk_buff *skb)
{
	struct who w;
	u64 one = 1;
	w.pid = skb->len;
	w.addr = skb->protocol;
	bpf_map_update_elem(&sizes, &w, &one, BPF_ANY);
	return 0;
}
