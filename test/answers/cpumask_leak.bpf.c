/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *m) __ksym;
extern bool bpf_cpumask_and(struct bpf_cpumask *d, const struct cpumask *a,
			    const struct cpumask *b) __ksym;
extern const struct cpumask *scx_bpf_get_online_cpumask(void) __ksym;
extern void scx_bpf_put_cpumask(const struct cpumask *m) __ksym;

SEC("struct_ops/setm")
void BPF_PROG(setm, struct task_struct *p, const struct cpumask *m)
{
	const struct cpumask *on = scx_bpf_get_online_cpumask();
	struct bpf_cpumask *tmp = bpf_cpumask_create();
	if (!tmp)
		return;
	bpf_cpumask_and(tmp, on, m);
	bpf_cpumask_release(tmp);
	scx_bpf_put_cpumask(on);
}

SEC(".struct_ops.link")
struct sched_ext_ops demo = {.set_cpumask = (void *)setm, .name = "demo"};
