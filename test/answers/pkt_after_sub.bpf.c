/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} nexts SEC(".maps");

static __noinline int dispatch(struct __sk_buff *skb)
{
	volatile int r = 0;
	bpf_tail_call(skb, &nexts, 1);
	return r;
}

static __noinline int widen(struct __sk_buff *skb)
{
	return bpf_skb_pull_data(skb, 64);
}

SEC("tc")
int after_tail(struct __sk_buff *skb)
{
	u8 *p = (void *)(long)skb->data, *e = (void *)(long)skb->data_end;
	if (p + 14 > e)
		return 0;
	dispatch(skb);
	return p[13];
}

SEC("tc")
int after_pull(struct __sk_buff *skb)
{
	u8 *p = (void *)(long)skb->data, *e = (void *)(long)skb->data_end;
	if (p + 14 > e)
		return 0;
	widen(skb);
	return p[13];
}
