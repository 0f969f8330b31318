/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

__noinline int drop_it(struct task_struct *t __arg_trusted)
{
	bpf_task_release(t);
	return 0;
}

__noinline int no_tag(struct task_struct *t)
{
	return t->pid;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(a)
{
	struct task_struct *t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	drop_it(t);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(b, struct task_struct *t)
{
	return no_tag(t) & 1;
}
