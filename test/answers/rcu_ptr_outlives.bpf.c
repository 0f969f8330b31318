/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
u32 ppid;
u64 w;

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(late_use)
{
	struct task_struct *me = bpf_get_current_task_btf(), *up;
	u64 v = 0;
	bpf_rcu_read_lock();
	up = me->real_parent;
	bpf_rcu_read_unlock();
	bpf_copy_from_user(&v, 8, (void *)0x1000);
	w = v;
	ppid = up->pid;
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(nested)
{
	struct task_struct *me = bpf_get_current_task_btf(), *up;
	u64 v = 0;
	bpf_rcu_read_lock();
	up = me->real_parent;
	ppid = up->pid;
	bpf_copy_from_user(&v, 8, (void *)0x1000);
	w = v;
	bpf_rcu_read_unlock();
	return 0;
}
