// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include "net/parse.h"

SEC("xdp")
int drop_all(struct xdp_md *ctx)
{
	return is_ip(ctx) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
