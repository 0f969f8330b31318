/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_wq_init(struct bpf_wq *wq, void *map, unsigned int flags) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
extern int bpf_wq_set_callback(struct bpf_wq *wq, int(cb)(void *map, int *key, void *value),
			       unsigned int flags) __ksym;

struct w {
	struct bpf_wq q;
	u64 a;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct w);
} ws SEC(".maps");
u64 got;

static int later(void *map, int *key, void *value)
{
	u64 v = 0;
	bpf_copy_from_user(&v, 8, (void *)0x1000);
	got = v;
	return 0;
}

SEC("tc")
int defer(struct __sk_buff *skb)
{
	int k = 0;
	struct w *x = bpf_map_lookup_elem(&ws, &k);
	if (!x)
		return 0;
	bpf_wq_init(&x->q, &ws, 0);
	bpf_wq_set_callback(&x->q, later, 0);
	bpf_wq_start(&x->q, 0);
	return 0;
}
