/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

u64 word;

SEC("fentry/__x64_sys_getpgid")
int BPF_PROG(plain, struct pt_regs *r)
{
	u64 v = 0;
	bpf_copy_from_user(&v, 8, (void *)r->di);
	word = v;
	return 0;
}

SEC("kprobe/__x64_sys_getpgid")
int in_kprobe(struct pt_regs *r)
{
	u64 v = 0;
	bpf_copy_from_user(&v, 8, (void *)r->di);
	word = v;
	return 0;
}

SEC("fentry.s/schedule")
int BPF_PROG(bad_target)
{
	return 0;
}

SEC("tp_btf.s/sched_switch")
int BPF_PROG(bad_tp)
{
	return 0;
}
