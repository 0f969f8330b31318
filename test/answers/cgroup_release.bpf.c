/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct cgroup *bpf_cgroup_from_id(u64 id) __ksym;
extern void bpf_cgroup_release(struct cgroup *c) __ksym;
u64 ids[8], level;

SEC("tp_btf/task_newtask")
int BPF_PROG(no_check)
{
	struct cgroup *c = bpf_cgroup_from_id(ids[0]);
	bpf_cgroup_release(c);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(loop_leak)
{
	struct bpf_iter_num it;
	int *i;
	bpf_iter_num_new(&it, 0, 8);
	while ((i = bpf_iter_num_next(&it))) {
		struct cgroup *c = bpf_cgroup_from_id(ids[*i & 7]);
		if (!c)
			continue;
		level += c->level;
		if (c->level > 4)
			continue;
		bpf_cgroup_release(c);
	}
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(use_after)
{
	struct cgroup *c = bpf_cgroup_from_id(ids[0]);
	if (!c)
		return 0;
	bpf_cgroup_release(c);
	level = c->level;
	return 0;
}
