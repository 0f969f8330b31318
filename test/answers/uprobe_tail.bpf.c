/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} stages SEC(".maps");

SEC("uprobe.s//bin/sh:main")
int first_stage(struct pt_regs *ctx)
{
	char head[8];
	bpf_copy_from_user(head, sizeof(head), (void *)ctx->di);
	bpf_tail_call(ctx, &stages, head[0] & 3);
	return 0;
}

SEC("uprobe.s//bin/sh:main")
int second_stage(struct pt_regs *ctx)
{
	struct task_struct *t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	bpf_tail_call(ctx, &stages, 2);
	bpf_task_release(t);
	return 0;
}
