/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym;
extern s32 scx_bpf_create_dsq(u64 id, s32 node) __ksym;
extern bool scx_bpf_dsq_move_to_local(u64 id) __ksym;

SEC("struct_ops/stop_it")
void BPF_PROG(stop_it, struct task_struct *p, bool runnable)
{
	scx_bpf_dsq_insert(p, 1, 5, 0);
}

SEC("struct_ops/boot")
s32 BPF_PROG(boot)
{
	return scx_bpf_create_dsq(1, -1);
}

SEC("struct_ops/enq")
void BPF_PROG(enq, struct task_struct *p, u64 fl)
{
	scx_bpf_dsq_move_to_local(1);
}

SEC(".struct_ops.link")
struct sched_ext_ops demo = {
	.stopping = (void *)stop_it, .init = (void *)boot, .enqueue = (void *)enq, .name = "demo"};
