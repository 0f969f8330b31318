/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_throw(u64 cookie) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

SEC("tc")
int strict(struct __sk_buff *skb)
{
	struct task_struct *t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	if (t->pid != 1)
		bpf_throw(0);
	bpf_task_release(t);
	return 0;
}
