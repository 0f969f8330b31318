/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym;
u64 n;

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(all_tasks)
{
	struct bpf_iter_task it;
	bpf_iter_task_new(&it, NULL, 0);
	while (bpf_iter_task_next(&it))
		n++;
	bpf_iter_task_destroy(&it);
	return 0;
}
