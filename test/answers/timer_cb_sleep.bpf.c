/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct job {
	struct bpf_timer tm;
	u64 src;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct job);
} jobs SEC(".maps");
u64 last;

static int fire(void *map, int *key, struct job *j)
{
	u64 v = 0;
	bpf_copy_from_user(&v, sizeof(v), (void *)j->src);
	last = v;
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(schedule_job)
{
	u32 k = 0;
	struct job *j = bpf_map_lookup_elem(&jobs, &k);
	if (!j)
		return 0;
	bpf_timer_init(&j->tm, &jobs, 1);
	bpf_timer_set_callback(&j->tm, fire);
	bpf_timer_start(&j->tm, 1000, 0);
	return 0;
}
