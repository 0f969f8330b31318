// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program of the pictures in docs/policies.md: an RCU section, then the first VMA of the task, and while it is at hand a call that
 * sleeps and one that faults.
 */
#include "policy_test.h"

u64 sum;

/*
 * @row picture
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "sleepable helper bpf_get_task_stack#141 in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "sleepable helper bpf_get_task_stack#141 in nofault region"
 * @expect acquire-lock reject "sleepable helper bpf_get_task_stack#141 in lock region"
 * @expect acquire-lock-fault reject "sleepable helper bpf_copy_from_user#148 in lock region"
 * @expect fault-class reject "sleepable helper bpf_copy_from_user#148 in fault-free region"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int first_vma(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 stack[4] = {}, head = 0;

	bpf_rcu_read_lock();
	sum += task->real_parent->pid;
	bpf_rcu_read_unlock();

	bpf_iter_task_vma_new(&it, task, 0);
	vma = bpf_iter_task_vma_next(&it);
	if (vma) {
		bpf_get_task_stack(task, stack, sizeof(stack), 0);
		bpf_copy_from_user(&head, sizeof(head), (void *)vma->vm_start);
	}
	bpf_iter_task_vma_destroy(&it);
	sum += stack[0] + head;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
