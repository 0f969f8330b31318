/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void bpf_testmod_test_mod_kfunc(int i) __ksym __weak;
extern void no_such_kfunc(int i) __ksym __weak;

SEC("tc")
int probe_kfunc(struct __sk_buff *skb)
{
	if (bpf_ksym_exists(no_such_kfunc))
		no_such_kfunc(1);
	return bpf_ksym_exists(bpf_testmod_test_mod_kfunc) ? 1 : 2;
}

SEC("tc")
int blind_call(struct __sk_buff *skb)
{
	no_such_kfunc(1);
	return 0;
}
