// SPDX-License-Identifier: GPL-2.0-only
/*
 * One program or more for each row of the table of differences between the regimes: what mainline accepts, what the posted series, the
 * counter-proposal and the markers with a fault class say of it.
 */
#include "policy_test.h"

u64 sum;

struct timer_value {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct timer_value);
} timers SEC(".maps");

struct wq_value {
	struct bpf_wq work;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct wq_value);
} works SEC(".maps");

/*
 * A fault while the VMA is held.
 * @row H1 A4.1
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "sleepable helper bpf_copy_from_user#148 in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "sleepable helper bpf_copy_from_user#148 in nofault region"
 * @expect acquire-lock,acquire-lock-fault reject "sleepable helper bpf_copy_from_user#148 in lock region"
 * @expect fault-class reject "sleepable helper bpf_copy_from_user#148 in fault-free region"
 * @hazard 6.12 task-vma-mmap-lock
 * @hazard 7.0 task-vma-mmap-lock
 * @no-hazard 7.1
 * @no-hazard 7.3
 */
SEC("?fentry.s/__x64_sys_getpgid")
int copy_in_body(void *ctx)
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
	sum += buf;
	return 0;
}

/*
 * The same after the release.
 * @row H2 A4.3
 * @expect linux-7.3,context-classes reject "kfunc 'bpf_iter_task_vma_release' is referenced but wasn't resolved"
 * @expect * accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int release_then_copy(void *ctx)
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
	sum += buf;
	return 0;
}

/*
 * The VMA is gone after the release.
 * @row H3 A4.2
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect * reject "invalid mem access 'scalar'"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int read_after_release(void *ctx)
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
	sum += start;
	return 0;
}

/*
 * Released twice.
 * @row H4 A4.4
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect * reject "no acquired reference to release"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int double_release(void *ctx)
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

/*
 * Released before there is an element.
 * @row H4 A4.5
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect * reject "no acquired reference to release"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int release_before_next(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_release(&it);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/*
 * Two walks, one inside the other; giving back the inner element leaves the outer one held.
 * @row H5 A4.6
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect forbid-sleep reject "sleepable helper bpf_copy_from_user#148 in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "sleepable helper bpf_copy_from_user#148 in nofault region"
 * @expect acquire-lock,acquire-lock-fault reject "sleepable helper bpf_copy_from_user#148 in lock region"
 * @expect acquire-lock-once reject "VMA lock is already held and does not nest"
 * @expect fault-class reject "sleepable helper bpf_copy_from_user#148 in fault-free region"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int nested_release_inner(void *ctx)
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
	sum += buf;
	return 0;
}

/*
 * As mainline can load it: no release, the copy in the inner body.
 * @row H5
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "in nofault region"
 * @expect acquire-lock,acquire-lock-fault reject "in lock region"
 * @expect acquire-lock-once reject "does not nest"
 * @expect fault-class reject "in fault-free region"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int nested_copy(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *vma;
	u64 buf = 0;

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	while (bpf_iter_task_vma_next(&outer)) {
		bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
		while ((vma = bpf_iter_task_vma_next(&inner))) {
			bpf_copy_from_user(&buf, sizeof(buf), (void *)vma->vm_start);
			break;
		}
		bpf_iter_task_vma_destroy(&inner);
		break;
	}
	bpf_iter_task_vma_destroy(&outer);
	sum += buf;
	return 0;
}

/*
 * Two walks, the outer element given back before the inner one: only an order would mind.
 * @row H5
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect acquire-lock-once reject "does not nest"
 * @expect acquire-lock-lifo reject "cannot leave VMA lock out of order, expected id="
 * @expect * accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int release_outer_first(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&outer)) {
		if (bpf_iter_task_vma_next(&inner))
			bpf_iter_task_vma_release(&outer);
	}
	bpf_iter_task_vma_destroy(&inner);
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

/*
 * A kfunc that sleeps and cannot fault.
 * @row H6
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "kernel func bpf_iter_kmem_cache_new is sleepable within nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "kernel func bpf_iter_kmem_cache_new is sleepable within nofault region"
 * @expect acquire-lock,acquire-lock-once reject "kernel func bpf_iter_kmem_cache_new is sleepable within lock region"
 * @expect acquire-lock-fault,fault-class accept
 * @no-hazard 6.12
 */
SEC("?fentry.s/__x64_sys_getpgid")
int sleep_without_fault(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct bpf_iter_kmem_cache caches;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&it)) {
		bpf_iter_kmem_cache_new(&caches);
		bpf_iter_kmem_cache_destroy(&caches);
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/*
 * A helper that sleeps and cannot fault.
 * @row H6
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "sleepable helper bpf_get_task_stack#141 in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "sleepable helper bpf_get_task_stack#141 in nofault region"
 * @expect acquire-lock,acquire-lock-once reject "sleepable helper bpf_get_task_stack#141 in lock region"
 * @expect acquire-lock-fault,fault-class accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int stack_in_body(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_iter_task_vma it;
	u64 frames[4] = {};

	bpf_iter_task_vma_new(&it, task, 0);
	if (bpf_iter_task_vma_next(&it))
		bpf_get_task_stack(task, frames, sizeof(frames), 0);
	bpf_iter_task_vma_destroy(&it);
	sum += frames[0];
	return 0;
}

/*
 * Left with the VMA held; destroying the iterator gives it back.
 * @row H7
 * @expect * accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int break_destroy_copy(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 buf = 0, start = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		start = vma->vm_start;
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	bpf_copy_from_user(&buf, sizeof(buf), (void *)start);
	sum += buf;
	return 0;
}

/*
 * A plain reference forbids nothing.
 * @row H8
 * @expect * accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int task_held_copy(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);
	u64 buf = 0;

	if (!task)
		return 0;
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_task_release(task);
	sum += buf;
	return 0;
}

/*
 * @row H9
 * @expect * reject "sleepable helper bpf_copy_from_user#148 in rcu_read_lock region"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int rcu_copy(void *ctx)
{
	u64 buf = 0;

	bpf_rcu_read_lock();
	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	bpf_rcu_read_unlock();
	sum += buf;
	return 0;
}

/*
 * @row H10
 * @expect * reject "cannot restore irq state out of order, expected id=2 acquired at insn_idx"
 */
SEC("?tc")
int irq_out_of_order(struct __sk_buff *ctx)
{
	unsigned long a, b;

	bpf_local_irq_save(&a);
	bpf_local_irq_save(&b);
	bpf_local_irq_restore(&a);
	bpf_local_irq_restore(&b);
	return 0;
}

/*
 * Classes are left in any order.
 * @row H11
 * @expect * accept
 */
SEC("?tc")
int interleaved(struct __sk_buff *ctx)
{
	bpf_rcu_read_lock();
	bpf_preempt_disable();
	bpf_rcu_read_unlock();
	bpf_preempt_enable();
	return 0;
}

/*
 * Two walks. On one path the first element is given back, on the other the second; then the second, once more. As posted, the state
 * after the first path counts as covering the one after the second, since an element's iterator is not compared: nobody sees that the
 * second element was given back already.
 * @row H12
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect forbid-sleep,forbid-fault accept
 * @expect acquire-lock-once reject "does not nest"
 * @expect * reject "no acquired reference to release"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int merged_releases(void *ctx)
{
	struct bpf_iter_task_vma it1, it2;

	bpf_iter_task_vma_new(&it1, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_new(&it2, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&it1) && bpf_iter_task_vma_next(&it2)) {
		u32 way = bpf_get_prandom_u32();

		if (way & 1)
			sum += 1;
		/*
		 * Different ends keep the compiler from making one call of the two. They are long enough for the verifier to remember
		 * the state where the paths meet: it does after eight instructions and two jumps.
		 */
		if (way & 4) {
			bpf_iter_task_vma_release(&it1);
			asm volatile("r0 = 1; r0 += 1; r0 += 1; r0 += 1; r0 += 1" : : : "r0");
		} else {
			bpf_iter_task_vma_release(&it2);
			asm volatile("r0 = 2; r0 += 2; r0 += 2; r0 += 2; r0 += 2" : : : "r0");
		}
		bpf_iter_task_vma_release(&it2);
	}
	bpf_iter_task_vma_destroy(&it2);
	bpf_iter_task_vma_destroy(&it1);
	return 0;
}

/* A global function that faults; it is verified on its own, and fine. */
__noinline int copy_at(u64 addr)
{
	u64 buf = 0;

	bpf_copy_from_user(&buf, sizeof(buf), (void *)addr);
	return buf;
}

/*
 * @row H13
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "sleepable global function copy_at() called in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "sleepable global function copy_at() called in nofault region"
 * @expect acquire-lock,acquire-lock-fault,acquire-lock-once reject "sleepable global function copy_at() called in lock region"
 * @expect fault-class reject "sleepable global function copy_at() called in fault-free region"
 * @hazard 6.12 task-vma-mmap-lock
 */
SEC("?fentry.s/__x64_sys_getpgid")
int global_copy_in_body(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		sum += copy_at(vma->vm_start);
		break;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* A global function that sleeps and cannot fault. */
__noinline int sleep_only(u64 addr)
{
	struct bpf_iter_kmem_cache caches;

	bpf_iter_kmem_cache_new(&caches);
	bpf_iter_kmem_cache_destroy(&caches);
	return addr & 1;
}

/*
 * @row H13
 * @expect linux-7.3,context-classes accept
 * @expect forbid-sleep reject "sleepable global function sleep_only() called in nosleep region"
 * @expect forbid-fault,forbid-fault-sound reject "sleepable global function sleep_only() called in nofault region"
 * @expect acquire-lock,acquire-lock-once reject "sleepable global function sleep_only() called in lock region"
 * @expect acquire-lock-fault,fault-class accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int global_sleep_in_body(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&it))
		sum += sleep_only(1);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

static long found(struct task_struct *task, struct vm_area_struct *vma, void *ctx)
{
	u64 buf = 0;

	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf;
	return 0;
}

/*
 * The callback runs with mmap_lock held; only a policy that says so refuses the fault.
 * @row H14
 * @expect fault-class reject "sleepable helper bpf_copy_from_user#148 in mmap_lock region"
 * @expect * accept
 * @hazard 6.12 find-vma-mmap-lock
 * @hazard 7.3 find-vma-mmap-lock
 */
SEC("?fentry.s/__x64_sys_getpgid")
int copy_in_find_vma(void *ctx)
{
	bpf_find_vma(bpf_get_current_task_btf(), 0x1000, found, 0, 0);
	return 0;
}

static int on_timer(void *map, u32 *key, struct timer_value *value)
{
	u64 buf = 0;

	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf;
	return 0;
}

/*
 * Timers run their callbacks in interrupts, whatever the program may.
 * @row H15
 * @expect * reject "sleepable helper bpf_copy_from_user#148 in non-sleepable prog"
 */
SEC("?fentry.s/__x64_sys_getpgid")
int timer_copy(void *ctx)
{
	u32 key = 0;
	struct timer_value *v = bpf_map_lookup_elem(&timers, &key);

	if (!v)
		return 0;
	bpf_timer_init(&v->timer, &timers, 1);
	bpf_timer_set_callback(&v->timer, on_timer);
	return 0;
}

static int on_work(void *map, int *key, void *value)
{
	u64 buf = 0;

	bpf_copy_from_user(&buf, sizeof(buf), (void *)0x1000);
	sum += buf;
	return 0;
}

/*
 * Workqueues run theirs in a task.
 * @row H16
 * @expect * accept
 */
SEC("?tc")
int wq_copy(struct __sk_buff *ctx)
{
	u32 key = 0;
	struct wq_value *v = bpf_map_lookup_elem(&works, &key);

	if (!v)
		return 0;
	bpf_wq_init(&v->work, &works, 0);
	bpf_wq_set_callback(&v->work, on_work, 0);
	return 0;
}

/*
 * Plain reading under the iterator, in a program that never sleeps.
 * @row A4.7
 * @expect * accept
 */
SEC("?raw_tp/sys_enter")
int vma_for_each(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u32 seen = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		if (seen++ >= 1000)
			break;
		sum += vma->vm_end - vma->vm_start;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/*
 * Read, release, copy, a thousand times.
 * @row A4.8
 * @expect linux-7.3,context-classes reject "wasn't resolved"
 * @expect * accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int release_and_copy_loop(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u32 seen = 0;
	u64 buf;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		u64 start = vma->vm_start;

		if (seen++ >= 1000)
			break;
		bpf_iter_task_vma_release(&it);
		bpf_copy_from_user(&buf, sizeof(buf), (void *)start);
		sum += buf;
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/*
 * Two walks of one task, nothing released, nothing sleeps.
 * @row A4.9
 * @expect acquire-lock-once reject "does not nest"
 * @expect * accept
 */
SEC("?fentry.s/__x64_sys_getpgid")
int nested_walk(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *vma;

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&outer)) {
		bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
		vma = bpf_iter_task_vma_next(&inner);
		if (vma)
			sum += vma->vm_start;
		bpf_iter_task_vma_destroy(&inner);
	}
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
