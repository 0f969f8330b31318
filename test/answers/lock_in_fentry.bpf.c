/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

private(pool) struct bpf_spin_lock pool_lk;
u64 next_id;

SEC("fentry/do_nanosleep")
int BPF_PROG(give_id)
{
	bpf_spin_lock(&pool_lk);
	next_id++;
	bpf_spin_unlock(&pool_lk);
	return 0;
}
