/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern bool bpf_cpumask_full(const struct cpumask *m) __ksym;
u64 pinned;

SEC("struct_ops.s/setup_task")
s32 BPF_PROG(setup_task, struct task_struct *t, struct scx_init_task_args *a)
{
	if (!bpf_cpumask_full(t->cpus_ptr))
		__sync_fetch_and_add(&pinned, 1);
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops demo = {.init_task = (void *)setup_task, .name = "demo"};
