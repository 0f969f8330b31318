/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"


SEC("struct_ops.s/enq")
void BPF_PROG(enq, struct task_struct *p, u64 f)
{
}

SEC("struct_ops.s/boot")
s32 BPF_PROG(boot)
{
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops demo = {.enqueue = (void *)enq, .init = (void *)boot, .name = "demo"};
