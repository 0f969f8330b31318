// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where may a BPF program sleep? Both programs walk the memory areas (VMAs) of a task and copy the first bytes of each from user memory,
 * which may fault and sleep.
 *
 * Linux 7.3: the iterator hands out copies and holds nothing; only the RCU section forbids sleeping.
 * KF_FORBID_FAULT (proposed in 2026): mmap_lock is held with each VMA until that is released, so nothing may fault or sleep before.
 */
#include "bpf_example.h"

u64 bytes, files;

/* linux-7.3: accept. forbid-fault: reject, the copy faults while the VMA is held. */
SEC("fentry.s/__x64_sys_getpgid")
int copy_while_held(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	char head[16];

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		bpf_rcu_read_lock();
		if (vma->vm_file)
			files++;
		bpf_rcu_read_unlock();

		bpf_copy_from_user(head, sizeof(head), (void *)vma->vm_start);
		bytes += head[0];
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* linux-7.3: accept. forbid-fault: accept, the VMA is released before the copy. */
SEC("fentry.s/__x64_sys_getpgid")
int release_then_copy(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	char head[16];

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		u64 start = vma->vm_start;

		if (bpf_ksym_exists(bpf_iter_task_vma_release))
			bpf_iter_task_vma_release(&it);
		bpf_copy_from_user(head, sizeof(head), (void *)start);
		bytes += head[0];
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
