/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym;

SEC("xdp")
int ask_task(struct xdp_md *ctx)
{
	struct task_struct *t = bpf_task_from_pid(1);
	if (t)
		bpf_task_release(t);
	return XDP_PASS;
}

SEC("kprobe/__x64_sys_kill")
int ask_in_kprobe(void *ctx)
{
	struct task_struct *t = bpf_task_from_pid(1);
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc")
int kick(struct __sk_buff *skb)
{
	scx_bpf_kick_cpu(0, 0);
	return 0;
}
