/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_copy_from_user_str(void *dst, u32 dst__sz, const void *unsafe_ptr__ign,
				  u64 flags) __ksym;

SEC("xdp")
int fetch_cfg(struct xdp_md *ctx)
{
	char name[16];
	if (bpf_copy_from_user_str(name, sizeof(name), (void *)0x1000, 0) < 0)
		return XDP_DROP;
	return name[0] == 'x' ? XDP_DROP : XDP_PASS;
}
