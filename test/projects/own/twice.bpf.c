// SPDX-License-Identifier: GPL-2.0-only
/* A struct that kernels did not have in their BTF when this was written: the source's own is meant. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

SEC("xdp_filter")
int filter(struct xdp_md *ctx)
{
	return sizeof(struct vlan_hdr) == 4 ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
