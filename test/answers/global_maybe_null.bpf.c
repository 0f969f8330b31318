/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct opts {
	u32 a, b;
};

__weak __noinline int pick(struct opts *o)
{
	return o->a;
}

SEC("tc")
int use(struct __sk_buff *skb)
{
	struct opts o = {1, 2};
	return pick(&o);
}
