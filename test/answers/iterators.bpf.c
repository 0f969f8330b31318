/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_iter_css_new(struct bpf_iter_css *it, struct cgroup_subsys_state *start,
			    unsigned int flags) __ksym;
extern struct cgroup_subsys_state *bpf_iter_css_next(struct bpf_iter_css *it) __ksym;
extern void bpf_iter_css_destroy(struct bpf_iter_css *it) __ksym;
u64 t;

SEC("tc")
int never_new(struct __sk_buff *s)
{
	struct bpf_iter_num it;
	int *v;
	while ((v = bpf_iter_num_next(&it)))
		t += *v;
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("tc")
int twice_new(struct __sk_buff *s)
{
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 3);
	bpf_iter_num_new(&it, 0, 4);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("tc")
int next_after(struct __sk_buff *s)
{
	struct bpf_iter_num it;
	int *v;
	bpf_iter_num_new(&it, 0, 3);
	bpf_iter_num_destroy(&it);
	v = bpf_iter_num_next(&it);
	return v ? *v : 0;
}

SEC("tc")
int keep_elem(struct __sk_buff *s)
{
	struct bpf_iter_num it;
	int *v, *last = 0;
	bpf_iter_num_new(&it, 0, 3);
	while ((v = bpf_iter_num_next(&it)))
		last = v;
	bpf_iter_num_destroy(&it);
	return last ? *last : 0;
}

SEC("tc")
int spin_never_null(struct __sk_buff *s)
{
	struct bpf_iter_num it;
	int *v;
	bpf_iter_num_new(&it, 0, 3);
	for (;;) {
		v = bpf_iter_num_next(&it);
		if (v)
			t += *v;
		if (t == 7)
			break;
	}
	bpf_iter_num_destroy(&it);
	return 0;
}
