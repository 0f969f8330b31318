/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct task_struct *scx_bpf_dsq_peek(u64 dsq_id) __ksym;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *m) __ksym;
u64 fits;

SEC("struct_ops/pick")
void BPF_PROG(pick, s32 cpu, struct task_struct *prev)
{
	struct task_struct *head = scx_bpf_dsq_peek(7);
	if (!head)
		return;
	if (bpf_cpumask_test_cpu(cpu, head->cpus_ptr))
		fits++;
}

SEC(".struct_ops.link")
struct sched_ext_ops demo = {.dispatch = (void *)pick, .name = "demo"};
