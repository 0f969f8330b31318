/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task,
				 u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
extern struct file *bpf_get_task_exe_file(struct task_struct *task) __ksym;
extern void bpf_put_file(struct file *f) __ksym;
char first[16];
u64 end;

SEC("lsm.s/bprm_committed_creds")
int BPF_PROG(snap, struct linux_binprm *b)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *v;
	struct file *f = bpf_get_task_exe_file(bpf_get_current_task_btf());
	if (!f)
		return 0;
	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((v = bpf_iter_task_vma_next(&it))) {
		if (v->vm_file == f) {
			bpf_copy_from_user(first, sizeof(first), (void *)v->vm_start);
			end = v->vm_end;
		}
	}
	bpf_iter_task_vma_destroy(&it);
	bpf_put_file(f);
	return 0;
}
