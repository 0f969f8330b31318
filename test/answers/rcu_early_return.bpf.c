/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
u32 ppid;

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(parent_pid)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct task_struct *up;
	bpf_rcu_read_lock();
	up = me->real_parent;
	if (!up || up->pid == 1)
		return 0;
	ppid = up->pid;
	bpf_rcu_read_unlock();
	return 0;
}
