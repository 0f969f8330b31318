/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

static __always_inline int is_ip(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	return (void *)(eth + 1) <= end && eth->h_proto == bpf_htons(ETH_P_IP);
}
