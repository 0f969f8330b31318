/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct timed { struct bpf_timer timer; u64 left; };
struct queued { struct bpf_wq wq; u64 left; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct timed); } slots SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, u32); __type(value, struct timed); } others SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct queued); } works SEC(".maps");

static int tick(void *map, int *key, struct timed *s)
{
	return s->left > 0;
}

SEC("tc")
int timer_returns(struct __sk_buff *skb)
{
	u32 k = 0;
	struct timed *s = bpf_map_lookup_elem(&slots, &k);

	if (!s)
		return 0;
	bpf_timer_init(&s->timer, &slots, 1);
	bpf_timer_set_callback(&s->timer, tick);
	return 0;
}

SEC("tc")
int timer_other_map(struct __sk_buff *skb)
{
	u32 k = 0;
	struct timed *s = bpf_map_lookup_elem(&slots, &k);

	if (!s)
		return 0;
	bpf_timer_init(&s->timer, &others, 1);
	return 0;
}

SEC("tc")
int timer_unchecked(struct __sk_buff *skb)
{
	u32 k = 0;
	struct timed *s = bpf_map_lookup_elem(&others, &k);

	bpf_timer_start(&s->timer, 1000, 0);
	return 0;
}

SEC("tc")
int wq_wrong_place(struct __sk_buff *skb)
{
	u32 k = 0;
	struct queued *w = bpf_map_lookup_elem(&works, &k);

	if (!w)
		return 0;
	bpf_wq_start((struct bpf_wq *)&w->left, 0);
	return 0;
}

static long step(u32 i, u64 *sum)
{
	*sum += i;
	return *sum;
}

SEC("tc")
int loop_answer(struct __sk_buff *skb)
{
	u64 sum = skb->len;

	bpf_loop(10, step, &sum, 0);
	return 0;
}

static long peek_user(struct bpf_map *map, u32 *key, struct timed *s, void *ctx)
{
	char c[8];

	return bpf_copy_from_user(c, sizeof(c), (void *)s->left) != 0;
}

SEC("lsm.s/file_open")
int BPF_PROG(each_in_rcu, struct file *f)
{
	bpf_rcu_read_lock();
	bpf_for_each_map_elem(&slots, peek_user, NULL, 0);
	bpf_rcu_read_unlock();
	return 0;
}
