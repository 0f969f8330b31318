/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *l) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *l) __ksym;

struct cell {
	struct bpf_res_spin_lock l;
	u64 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cell);
} cells SEC(".maps");

SEC("tc")
int bump(struct __sk_buff *skb)
{
	u32 k = 0;
	struct cell *x = bpf_map_lookup_elem(&cells, &k);
	if (!x)
		return 0;
	bpf_res_spin_lock(&x->l);
	x->n++;
	bpf_res_spin_unlock(&x->l);
	return 0;
}
