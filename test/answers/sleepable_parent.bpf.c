/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
u32 ppid;

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(parent_of)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct task_struct *up = bpf_task_acquire(me->real_parent);
	if (!up)
		return 0;
	ppid = up->pid;
	bpf_task_release(up);
	return 0;
}
