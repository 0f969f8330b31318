/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

u32 tgids;

SEC("iter/task")
int show(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	if (!t)
		return 0;
	tgids += t->real_parent->tgid;
	return 0;
}

SEC("iter.s/task")
int show_s(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	if (!t)
		return 0;
	tgids += t->real_parent->tgid;
	return 0;
}

SEC("iter/task")
int cred_uid(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	if (!t)
		return 0;
	tgids += t->cred->uid.val;
	return 0;
}
