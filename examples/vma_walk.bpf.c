// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks the memory areas of a task and reads user memory of each.
 * While an element of the iterator is held, mmap_lock is held, so a page fault could deadlock: that is what KF_FORBID_FAULT
 * teaches the verifier. Choose the policy "forbid-fault" to see it.
 */
#include "bpf_example.h"

u64 bytes, files;

/* forbid-fault: accept. Read what is needed, give the element back, then fault. */
SEC("fentry.s/__x64_sys_getpgid")
int copy_heads(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	char head[16];

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		u64 start = vma->vm_start;

		bpf_rcu_read_lock();
		if (vma->vm_file)
			files++;
		bpf_rcu_read_unlock();

		bpf_iter_task_vma_release(&it);
		bpf_copy_from_user(head, sizeof(head), (void *)start);
		bytes += head[0];
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* forbid-fault: reject, bpf_copy_from_user in nofault region. Giving back the inner element leaves the outer one held. */
SEC("fentry.s/__x64_sys_getpgid")
int nested_walk(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *vma;
	char head[16];

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&outer)) {
		bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
		vma = bpf_iter_task_vma_next(&inner);
		if (vma) {
			u64 start = vma->vm_start;

			bpf_iter_task_vma_release(&inner);
			bpf_copy_from_user(head, sizeof(head), (void *)start);
			bytes += head[0];
		}
		bpf_iter_task_vma_destroy(&inner);
	}
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
