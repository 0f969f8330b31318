/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task,
				 u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
u64 seen;

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(grep_maps)
{
	struct task_struct *me = bpf_get_current_task_btf();
	struct bpf_iter_task_vma it;
	struct vm_area_struct *v;
	u64 w = 0;
	bpf_iter_task_vma_new(&it, me, 0);
	while ((v = bpf_iter_task_vma_next(&it))) {
		bpf_copy_from_user_task(&w, sizeof(w), (void *)v->vm_start, me, 0);
		seen += w;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

static long on_vma(struct task_struct *t, struct vm_area_struct *v, void *arg)
{
	u64 w = 0;
	bpf_copy_from_user(&w, sizeof(w), (void *)v->vm_start);
	seen += w;
	return 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(with_find_vma)
{
	u64 x = 0;
	bpf_find_vma(bpf_get_current_task_btf(), 0x400000, on_vma, &x, 0);
	return 0;
}
