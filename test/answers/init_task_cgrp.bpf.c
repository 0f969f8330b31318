/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct cg_data {
	u64 weight;
};

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cg_data);
} cg_store SEC(".maps");

static int note_group(struct cgroup *cg)
{
	struct cg_data *d = bpf_cgrp_storage_get(&cg_store, cg, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!d)
		return -12;
	d->weight++;
	return 0;
}

SEC("struct_ops/plain_init")
s32 BPF_PROG(plain_init, struct task_struct *t, struct scx_init_task_args *a)
{
	return note_group(a->cgroup);
}

SEC("struct_ops.s/sleepy_init")
s32 BPF_PROG(sleepy_init, struct task_struct *t, struct scx_init_task_args *a)
{
	return note_group(a->cgroup);
}

SEC(".struct_ops.link")
struct sched_ext_ops one = {.init_task = (void *)plain_init, .name = "one"};

SEC(".struct_ops.link")
struct sched_ext_ops two = {.init_task = (void *)sleepy_init, .name = "two"};
