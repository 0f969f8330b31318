/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_local_irq_save(unsigned long *f) __ksym;
extern void bpf_local_irq_restore(unsigned long *f) __ksym;
u64 c;

SEC("tc")
int crossed(struct __sk_buff *skb)
{
	unsigned long outer, inner;
	bpf_local_irq_save(&outer);
	bpf_local_irq_save(&inner);
	c++;
	bpf_local_irq_restore(&outer);
	bpf_local_irq_restore(&inner);
	return 0;
}
