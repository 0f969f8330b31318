/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct bag { u32 len; char data[64]; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct bag); } bags SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u64); } table SEC(".maps");
struct inner { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, u32); __type(value, u64); } inner_map SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, u32); __array(values, struct inner); } outer SEC(".maps") = { .values = { &inner_map } };
u32 sum;

SEC("xdp")
int end_compared_wrong(struct xdp_md *x)
{
	void *data = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	struct ethhdr *eth = data;

	if (data > end)
		return XDP_PASS;
	sum += eth->h_proto;
	return XDP_PASS;
}

SEC("xdp")
int other_side(struct xdp_md *x)
{
	void *data = (void *)(long)x->data, *end = (void *)(long)x->data_end;
	struct ethhdr *eth = data;

	if (data + sizeof(*eth) > end)
		sum += eth->h_proto;
	return XDP_PASS;
}

SEC("xdp")
int index_unchecked(struct xdp_md *x)
{
	u32 k = 0;
	struct bag *b = bpf_map_lookup_elem(&bags, &k);

	if (!b)
		return XDP_PASS;
	b->data[b->len] = 1;
	return XDP_PASS;
}

SEC("xdp")
int one_too_many(struct xdp_md *x)
{
	u32 k = 0;
	struct bag *b = bpf_map_lookup_elem(&bags, &k);
	u32 at;

	if (!b)
		return XDP_PASS;
	at = b->len;
	barrier_var(at);
	if (at > 64)
		return XDP_PASS;
	b->data[at] = 1;
	return XDP_PASS;
}

SEC("xdp")
int stack_index(struct xdp_md *x)
{
	char seen[16] = {};
	u32 at = x->rx_queue_index;

	barrier_var(at);
	if (at > 16)
		return XDP_PASS;
	seen[at] = 1;
	asm volatile("" :: "r"(&seen) : "memory");
	return XDP_PASS;
}

SEC("xdp")
int inner_unchecked(struct xdp_md *x)
{
	u32 k = 0;
	void *map = bpf_map_lookup_elem(&outer, &k);
	u64 *v;

	v = bpf_map_lookup_elem(map, &k);
	if (v)
		sum += *v;
	return XDP_PASS;
}

SEC("xdp")
int value_unchecked(struct xdp_md *x)
{
	u32 k = 0;
	void *map = bpf_map_lookup_elem(&outer, &k);
	u64 *v;

	if (!map)
		return XDP_PASS;
	v = bpf_map_lookup_elem(map, &k);
	*v = 1;
	return XDP_PASS;
}

SEC("tc")
int load_len(struct __sk_buff *skb)
{
	char head[32];
	u32 len = skb->len;

	if (len < 1)
		return 0;
	bpf_skb_load_bytes(skb, 0, head, len);
	sum += head[0];
	return 0;
}

SEC("xdp")
int ctx_as_memory(struct xdp_md *x)
{
	u64 *v = bpf_map_lookup_elem(&table, x);

	if (v)
		sum += *v;
	return XDP_PASS;
}

SEC("socket")
int wrong_member(struct __sk_buff *skb)
{
	return skb->tstamp;
}
