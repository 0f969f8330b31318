// SPDX-License-Identifier: GPL-2.0-only
/* What the operations of ops_a.bpf.c call. */
#include "hard.h"
char LICENSE[] SEC("license") = "GPL";

struct task_struct { int pid; } __core;
static int last_cpu;
extern void scx_bpf_kick_cpu(int cpu, __u64 flags) __ksym __weak;

__hidden int choose(struct task_struct *p, int prev_cpu)
{
	last_cpu = prev_cpu;
	return p->pid & 1 ? prev_cpu : last_cpu;
}

__hidden void put(struct task_struct *p)
{
	if (scx_bpf_kick_cpu)
		scx_bpf_kick_cpu(last_cpu, 0);
}
