/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
u64 word;

__weak __noinline int fetch(u64 addr)
{
	u64 v = 0;
	bpf_copy_from_user(&v, sizeof(v), (void *)addr);
	word = v;
	return 0;
}

__noinline int relay(u64 addr)
{
	return fetch(addr) + 1;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(under_rcu)
{
	bpf_rcu_read_lock();
	relay(0x1000);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("fentry/__x64_sys_getpgid")
int BPF_PROG(not_sleepable)
{
	relay(0x1000);
	return 0;
}
