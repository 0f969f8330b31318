/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"


static __noinline long inner(void *ctx)
{
	volatile char b[300];
	bpf_get_current_comm((void *)b, 16);
	b[299] = 1;
	return b[3];
}

static __noinline long outer(void *ctx)
{
	volatile char a[260];
	bpf_get_current_comm((void *)a, 16);
	a[259] = 2;
	return a[0] + inner(ctx);
}

SEC("kprobe/do_nanosleep")
int deep(void *ctx)
{
	return outer(ctx) == 3;
}
