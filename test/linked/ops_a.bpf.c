// SPDX-License-Identifier: GPL-2.0-only
/* A scheduler in two files, as sched_ext has them: the operations here, what they call in the other. */
#include "hard.h"
char LICENSE[] SEC("license") = "GPL";

struct task_struct { int pid; } __core;
struct sched_ext_ops {
	int (*select_cpu)(struct task_struct *p, int prev_cpu, __u64 wake_flags);
	void (*enqueue)(struct task_struct *p, __u64 enq_flags);
	__u64 flags;
	char name[128];
};
extern int choose(struct task_struct *p, int prev_cpu);
extern void put(struct task_struct *p);

SEC("struct_ops/two_select_cpu") int two_select_cpu(__u64 *ctx)
{
	return choose((void *)ctx[0], ctx[1]);
}

SEC("struct_ops/two_enqueue") int two_enqueue(__u64 *ctx)
{
	put((void *)ctx[0]);
	return 0;
}

SEC(".struct_ops.link") struct sched_ext_ops two_ops = {
	.select_cpu = (void *)two_select_cpu,
	.enqueue = (void *)two_enqueue,
	.flags = 4,
	.name = "two",
};
