/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } orders SEC(".maps");
u32 total;

SEC("tc")
int slice_after_write(struct __sk_buff *skb)
{
	struct bpf_dynptr packet;
	struct ethhdr room, *eth;
	u16 tag = 7;

	if (bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &packet))
		return 0;
	eth = bpf_dynptr_slice(&packet, 0, &room, sizeof(room));
	if (!eth)
		return 0;
	bpf_dynptr_write(&packet, 12, &tag, 2, 0);
	total += eth->h_proto;
	return 0;
}

SEC("tc")
int slice_unchecked(struct __sk_buff *skb)
{
	struct bpf_dynptr packet;
	struct ethhdr room, *eth;

	if (bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &packet))
		return 0;
	eth = bpf_dynptr_slice(&packet, 0, &room, sizeof(room));
	total += eth->h_proto;
	return 0;
}

SEC("tp/syscalls/sys_enter_getpid")
int record_after_submit(void *ctx)
{
	struct bpf_dynptr record;
	u64 *where;

	bpf_ringbuf_reserve_dynptr(&events, 64, 0, &record);
	where = bpf_dynptr_data(&record, 0, 8);
	bpf_ringbuf_submit_dynptr(&record, 0);
	if (where)
		*where = 1;
	return 0;
}

SEC("tp/syscalls/sys_enter_getpid")
int submit_twice(void *ctx)
{
	struct bpf_dynptr record;

	bpf_ringbuf_reserve_dynptr(&events, 64, 0, &record);
	bpf_ringbuf_submit_dynptr(&record, 0);
	bpf_ringbuf_discard_dynptr(&record, 0);
	return 0;
}

SEC("tp/syscalls/sys_enter_getpid")
int past_the_record(void *ctx)
{
	u64 *record = bpf_ringbuf_reserve(&events, 16, 0);

	if (!record)
		return 0;
	record[2] = 5;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tp/syscalls/sys_enter_getpid")
int record_dropped(void *ctx)
{
	u64 *record = bpf_ringbuf_reserve(&events, 16, 0);

	if (!record)
		return 0;
	if (total > 100)
		return 0;
	record[0] = 5;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

static long take_order(struct bpf_dynptr *order, void *sum)
{
	bpf_ringbuf_discard_dynptr(order, 0);
	return 0;
}

SEC("tp/syscalls/sys_enter_getpid")
int drain(void *ctx)
{
	bpf_user_ringbuf_drain(&orders, take_order, NULL, 0);
	return 0;
}

static long take_three(struct bpf_dynptr *order, void *sum)
{
	u64 v = 0;

	bpf_dynptr_read(&v, sizeof(v), order, 0, 0);
	return v;
}

SEC("tp/syscalls/sys_enter_getpid")
int drain_answer(void *ctx)
{
	bpf_user_ringbuf_drain(&orders, take_three, NULL, 0);
	return 0;
}
