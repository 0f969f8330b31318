// SPDX-License-Identifier: GPL-2.0-only
/* Sections that say nothing: what a program gets says as what it may be loaded, and of struct __sk_buff that are many. */
#define SEC(name) __attribute__((section(name), used))
typedef unsigned int __u32;
struct __sk_buff {
	__u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex, tc_index;
	__u32 cb[5], hash, tc_classid, data, data_end;
};
struct xdp_md {
	__u32 data, data_end;
};
char LICENSE[] SEC("license") = "GPL";

/* Each of them may read this, and return this. */
SEC("cut_here") int same(struct __sk_buff *skb)
{
	int zero;
	asm volatile("%0 = 0" : "=r"(zero));
	return zero;
}

/* Only some of them may look into the packet. */
SEC("cut_here") int differs(struct __sk_buff *skb)
{
	unsigned char *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	return data + 1 <= end ? *data & 1 : 0;
}

/* None of them may do this. */
SEC("cut_here") int wrong(struct __sk_buff *skb)
{
	return *(volatile int *)0;
}

/* Only one type gets this. */
SEC("cut_here") int only(struct xdp_md *xdp)
{
	return 2;
}
