/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

struct keep {
	struct task_struct __kptr *who;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct keep);
} keeps SEC(".maps");

SEC("tp_btf/task_newtask")
int BPF_PROG(stash, struct task_struct *t, u64 flags)
{
	u32 k = 0;
	struct keep *s = bpf_map_lookup_elem(&keeps, &k);
	struct task_struct *mine;
	if (!s)
		return 0;
	mine = bpf_task_acquire(t);
	if (!mine)
		return 0;
	bpf_kptr_xchg(&s->who, mine);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(direct, struct task_struct *t, u64 flags)
{
	u32 k = 0;
	struct keep *s = bpf_map_lookup_elem(&keeps, &k);
	if (!s || !s->who)
		return 0;
	bpf_task_release(s->who);
	return 0;
}
