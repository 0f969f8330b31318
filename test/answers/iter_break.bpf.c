/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

u64 t;

SEC("tc")
int scan(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *v;
	bpf_iter_num_new(&it, 0, 10);
	while ((v = bpf_iter_num_next(&it))) {
		if (*v == skb->mark)
			return *v;
		t += *v;
	}
	bpf_iter_num_destroy(&it);
	return 0;
}
