/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} per_task SEC(".maps");

SEC("tp_btf/sched_switch")
int BPF_PROG(stamp)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	u64 *v = bpf_task_storage_get(&per_task, t, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (v)
		*v = bpf_ktime_get_ns();
	return 0;
}
