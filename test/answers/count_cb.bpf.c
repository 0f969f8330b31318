/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u64);
	__type(value, u64);
} seen SEC(".maps");

static long tally(struct bpf_map *m, const void *k, void *v, void *arg)
{
	*(u64 *)arg += 1;
	return 0;
}

SEC("kprobe/do_nanosleep")
int how_many(void *ctx)
{
	u64 n = 0;
	bpf_for_each_map_elem(&seen, tally, &n, 0);
	if (n == 2)
		bpf_printk("two");
	return 0;
}
