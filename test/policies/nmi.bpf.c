// SPDX-License-Identifier: GPL-2.0-only
/*
 * A class that no kernel has, described by nmi.bpf-policy.json: a section in which the program must be fit for an NMI, with kfuncs of
 * its own. Nothing but the file knows it.
 * @policies nmi
 */
#include "policy_test.h"

u64 sum;

extern void bpf_nmi_enter(void) __ksym __weak;
extern void bpf_nmi_exit(void) __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} progs SEC(".maps");

/*
 * @row nmi
 * @expect nmi reject "sleepable helper bpf_copy_from_user#148 in NMI section"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int nmi_copy(void *ctx)
{
	u64 buf = 0;

	bpf_nmi_enter();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_nmi_exit();
	sum += buf;
	return 0;
}

/*
 * @row nmi
 * @expect nmi accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int nmi_then_copy(void *ctx)
{
	u64 buf = 0;

	bpf_nmi_enter();
	sum++;
	bpf_nmi_exit();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf;
	return 0;
}

/*
 * @row nmi
 * @expect nmi reject "tail_call cannot be used inside NMI section"
 */
SEC("?tc")
int nmi_tail_call(struct __sk_buff *ctx)
{
	bpf_nmi_enter();
	bpf_tail_call(ctx, &progs, 0);
	bpf_nmi_exit();
	return 0;
}

/*
 * @row nmi
 * @expect nmi reject "unmatched exit of the NMI section (kernel function bpf_nmi_exit)"
 */
SEC("?tc")
int nmi_unmatched(struct __sk_buff *ctx)
{
	bpf_nmi_exit();
	return 0;
}

/*
 * It nests.
 * @row nmi
 * @expect nmi reject "sleepable helper bpf_copy_from_user#148 in NMI section"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int nmi_nested(void *ctx)
{
	u64 buf = 0;

	bpf_nmi_enter();
	bpf_nmi_enter();
	bpf_nmi_exit();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_nmi_exit();
	sum += buf;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
