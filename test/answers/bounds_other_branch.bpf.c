/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

u32 banned;

SEC("xdp")
int acl(struct xdp_md *ctx)
{
	u8 *p = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)p;
	struct iphdr *v4;
	struct ipv6hdr *v6;
	u16 proto;
	if ((void *)(eth + 1) > (void *)e)
		return XDP_PASS;
	proto = eth->h_proto;
	v4 = (void *)(eth + 1);
	v6 = (void *)(eth + 1);
	if (proto == bpf_htons(0x0800)) {
		if ((void *)(v4 + 1) > (void *)e)
			return XDP_PASS;
		if (v4->saddr == banned)
			return XDP_DROP;
	}
	if (proto == bpf_htons(0x86dd))
		return v6->saddr.in6_u.u6_addr32[3] == banned ? XDP_DROP : XDP_PASS;
	return XDP_PASS;
}
