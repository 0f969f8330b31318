/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct job { u64 when; struct bpf_rb_node node; };
struct page_ref { u64 nr; struct bpf_list_node link; };
private(A) struct bpf_spin_lock tree_lock;
private(A) struct bpf_rb_root jobs __contains(job, node);
private(B) struct bpf_spin_lock list_lock;
private(B) struct bpf_list_head pages __contains(page_ref, link);
u64 seen;
#define make(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), NULL))

static bool earlier(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct job, node)->when < container_of(b, struct job, node)->when;
}

SEC("tc")
int add_unlocked(void *ctx)
{
	struct job *j = make(struct job);

	if (!j)
		return 0;
	bpf_rbtree_add_impl(&jobs, &j->node, earlier, NULL, 0);
	return 0;
}

SEC("tc")
int add_after_unlock(void *ctx)
{
	struct job *j = make(struct job);

	if (!j)
		return 0;
	bpf_spin_lock(&tree_lock);
	seen++;
	bpf_spin_unlock(&tree_lock);
	bpf_rbtree_add_impl(&jobs, &j->node, earlier, NULL, 0);
	return 0;
}

SEC("tc")
int wrong_lock(void *ctx)
{
	struct page_ref *p = make(struct page_ref);

	if (!p)
		return 0;
	bpf_spin_lock(&tree_lock);
	bpf_list_push_back_impl(&pages, &p->link, NULL, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

SEC("tc")
int removed_and_lost(void *ctx)
{
	struct bpf_rb_node *first, *gone;

	bpf_spin_lock(&tree_lock);
	first = bpf_rbtree_first(&jobs);
	if (!first) {
		bpf_spin_unlock(&tree_lock);
		return 0;
	}
	gone = bpf_rbtree_remove(&jobs, first);
	bpf_spin_unlock(&tree_lock);
	if (gone)
		seen = container_of(gone, struct job, node)->when;
	return 0;
}

SEC("tc")
int pushed_twice(void *ctx)
{
	struct page_ref *p = make(struct page_ref);

	if (!p)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_back_impl(&pages, &p->link, NULL, 0);
	bpf_list_push_back_impl(&pages, &p->link, NULL, 0);
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("tc")
int dropped_then_read(void *ctx)
{
	struct page_ref *p = make(struct page_ref);

	if (!p)
		return 0;
	bpf_obj_drop_impl(p, NULL);
	seen = p->nr;
	return 0;
}

SEC("tc")
int unlock_missing(void *ctx)
{
	struct bpf_rb_node *first;

	bpf_spin_lock(&tree_lock);
	first = bpf_rbtree_first(&jobs);
	if (!first)
		return 0;
	bpf_spin_unlock(&tree_lock);
	return 0;
}
