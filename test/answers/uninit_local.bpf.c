/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

SEC("xdp")
int tagged(struct xdp_md *ctx)
{
	int verdict;
	asm volatile("" : "=r"(verdict));
	u8 *p = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end;
	if (p + 14 > e)
		return verdict;
	return XDP_DROP;
}
