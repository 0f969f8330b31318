/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

extern void *bpf_obj_new_impl(u64 id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *p, void *meta) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *h, struct bpf_list_node *n, void *meta,
				   u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *h) __ksym;

struct item {
	u64 v;
	struct bpf_list_node link;
};
private(q) struct bpf_spin_lock qlock;
private(q) struct bpf_list_head queue __contains(item, link);

SEC("tc")
int fill(struct __sk_buff *skb)
{
	struct item *it = bpf_obj_new_impl(bpf_core_type_id_local(struct item), NULL);
	if (!it)
		return 0;
	it->v = skb->len;
	bpf_spin_lock(&qlock);
	bpf_list_push_back_impl(&queue, &it->link, NULL, 0);
	bpf_spin_unlock(&qlock);
	return it->v;
}

SEC("tc")
int drain(struct __sk_buff *skb)
{
	struct bpf_list_node *n;
	bpf_spin_lock(&qlock);
	n = bpf_list_pop_front(&queue);
	bpf_spin_unlock(&qlock);
	if (!n)
		return 0;
	bpf_obj_drop_impl(n, NULL);
	return 0;
}

SEC("tc")
int alloc_in_lock(struct __sk_buff *skb)
{
	struct item *it;
	bpf_spin_lock(&qlock);
	it = bpf_obj_new_impl(bpf_core_type_id_local(struct item), NULL);
	if (it)
		bpf_list_push_back_impl(&queue, &it->link, NULL, 0);
	bpf_spin_unlock(&qlock);
	return 0;
}
