// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <driver/driver_config.h>

/* Reads in a way of its own, built on a step of libbpf's header. */
#define READ_FIELD(p, field) ({ ___type(p, field) value = 0; bpf_core_read(&value, sizeof(value), &___arrow(p, field)); value; })

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/sched_switch")
int BPF_PROG(watch, bool preempt, struct task_struct *before, struct task_struct *after)
{
	bpf_printk("%s %d", DRIVER_NAME, READ_FIELD(after, pid));
	return DRIVER_API;
}
