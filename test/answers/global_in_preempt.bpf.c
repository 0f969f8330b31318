/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
u64 slots[16];

__weak __noinline int slow_path(u32 n)
{
	slots[n & 15] += n;
	return n & 1;
}

SEC("syscall")
int take_slot(void *ctx)
{
	int r;
	bpf_preempt_disable();
	r = slow_path(bpf_get_prandom_u32());
	bpf_preempt_enable();
	return r;
}
