/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"


SEC("socket")
int tap(struct __sk_buff *skb)
{
	if (bpf_skb_pull_data(skb, 64))
		return 0;
	return skb->len;
}
