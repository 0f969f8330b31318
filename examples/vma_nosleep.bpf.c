// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cases that the KF_FORBID_FAULT series (February 2026) set itself, written anew.
 * Above each program: what "forbid-fault" says. "forbid-sleep" says the same with "nosleep region".
 */
#include "bpf_example.h"

u64 seen;

/* reject: sleepable helper bpf_copy_from_user#148 in nofault region */
SEC("?fentry.s/__x64_sys_getpgid")
int nosleep_iter_sleep_without_release(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 buf = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		bpf_copy_from_user(&buf, sizeof(buf), (void *)vma->vm_start);
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	seen += buf;
	return 0;
}

/* reject: invalid mem access 'scalar' */
SEC("?fentry.s/__x64_sys_getpgid")
int nosleep_iter_vma_access_after_release(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		bpf_iter_task_vma_release(&it);
		start = vma->vm_start;
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	seen += start;
	return 0;
}

/* accept */
SEC("?fentry.s/__x64_sys_getpgid")
int nosleep_iter_release_then_sleep(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 buf = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		u64 start = vma->vm_start;

		bpf_iter_task_vma_release(&it);
		bpf_copy_from_user(&buf, sizeof(buf), (void *)start);
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	seen += buf;
	return 0;
}

/* reject: no acquired reference to release */
SEC("?fentry.s/__x64_sys_getpgid")
int nosleep_iter_double_release(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while (bpf_iter_task_vma_next(&it)) {
		bpf_iter_task_vma_release(&it);
		bpf_iter_task_vma_release(&it);
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* reject: no acquired reference to release */
SEC("?fentry.s/__x64_sys_getpgid")
int nosleep_iter_release_without_acquire(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_release(&it);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* reject: sleepable helper bpf_copy_from_user#148 in nofault region */
SEC("?fentry.s/__x64_sys_getpgid")
int nosleep_iter_nested_release_inner(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *vma;
	u64 buf = 0;

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	while (bpf_iter_task_vma_next(&outer)) {
		bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
		while ((vma = bpf_iter_task_vma_next(&inner))) {
			u64 start = vma->vm_start;

			bpf_iter_task_vma_release(&inner);
			bpf_copy_from_user(&buf, sizeof(buf), (void *)start);
			break;
		}
		bpf_iter_task_vma_destroy(&inner);
		break;
	}
	bpf_iter_task_vma_destroy(&outer);
	seen += buf;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
