//go:build ignore
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf_helpers.h>
#include <rules.h>

SEC("xdp")
int flows(struct xdp_md *ctx)
{
	return ctx->data_end - ctx->data > FLOWS_OF_THE_MACHINE ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
