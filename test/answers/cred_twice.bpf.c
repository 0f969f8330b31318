/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

u64 last_uid;

static __always_inline u32 owner(struct task_struct *t)
{
	if (!t->cred)
		return ~0u;
	barrier();
	return t->cred->uid.val;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *t)
{
	last_uid = owner(t);
	return 0;
}
