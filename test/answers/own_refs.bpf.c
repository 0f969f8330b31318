/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct held { struct task_struct __kptr *task; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct held); } keep SEC(".maps");
u32 pid_seen;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;

SEC("tc")
int sock_leaked(struct __sk_buff *skb)
{
	struct bpf_sock_tuple where = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &where, sizeof(where.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return 0;
	if (sk->family != 2)
		return 1;
	bpf_sk_release(sk);
	return 0;
}

SEC("tc")
int sock_unchecked(struct __sk_buff *skb)
{
	struct bpf_sock_tuple where = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &where, sizeof(where.ipv4), BPF_F_CURRENT_NETNS, 0);

	bpf_sk_release(sk);
	return 0;
}

SEC("tc")
int sock_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple where = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &where, sizeof(where.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return 0;
	bpf_sk_release(sk);
	pid_seen = sk->family;
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(taken_out, struct task_struct *t, u64 flags)
{
	u32 k = 0;
	struct task_struct *old;
	struct held *h = bpf_map_lookup_elem(&keep, &k);

	if (!h)
		return 0;
	old = bpf_kptr_xchg(&h->task, NULL);
	if (!old)
		return 0;
	pid_seen = old->pid;
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(twice_released, struct task_struct *t, u64 flags)
{
	struct task_struct *mine = bpf_task_acquire(t);

	if (!mine)
		return 0;
	bpf_task_release(mine);
	bpf_task_release(mine);
	return 0;
}

SEC("tp_btf/task_newtask")
int BPF_PROG(not_mine, struct task_struct *t, u64 flags)
{
	bpf_task_release(t);
	return 0;
}

SEC("lsm.s/file_open")
int BPF_PROG(kptr_without_rcu, struct file *f)
{
	u32 k = 0;
	struct task_struct *p;
	struct held *h = bpf_map_lookup_elem(&keep, &k);

	if (!h)
		return 0;
	p = h->task;
	if (!p)
		return 0;
	p = bpf_task_acquire(p);
	if (p)
		bpf_task_release(p);
	return 0;
}

struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u32); } stages SEC(".maps");

SEC("tc")
int tail_with_socket(struct __sk_buff *skb)
{
	struct bpf_sock_tuple where = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &where, sizeof(where.ipv4), BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return 0;
	bpf_tail_call(skb, &stages, 1);
	bpf_sk_release(sk);
	return 0;
}
