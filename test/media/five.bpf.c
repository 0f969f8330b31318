// SPDX-License-Identifier: GPL-2.0-only
/* Five refusals of different kinds. What every medium has to say of them stands in five.ts. */
#include "bpf_example.h"

char LICENSE[] SEC("license") = "GPL";

struct __sk_buff {
	u32 fields[19];
	u32 data;
	u32 data_end;
};

struct ethhdr {
	unsigned char dest[6];
	unsigned char source[6];
	unsigned short proto;
} __attribute__((packed));

static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, u32 len) = (void *)39;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

u64 last;

SEC("fentry/vfs_read")
int leak(void *ctx)
{
	struct task_struct *p = bpf_task_from_pid(1);

	if (!p)
		return 0;
	if (p->pid == last)
		return 0;
	last = p->tgid;
	bpf_task_release(p);
	return 0;
}

SEC("tc")
int packet(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *data_end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;

	if (data + sizeof(*eth) > data_end)
		return 0;
	if (bpf_skb_pull_data(skb, 54))
		return 0;
	return eth->proto == 8;
}

SEC("fentry.s/__x64_sys_getpgid")
int asleep(void *ctx)
{
	u64 head = 0;

	bpf_rcu_read_lock();
	bpf_copy_from_user(&head, sizeof(head), (void *)8);
	bpf_rcu_read_unlock();
	last = head;
	return 0;
}

SEC("fentry/vfs_write")
int unchecked(void *ctx)
{
	u32 key = bpf_ktime_get_ns();
	u64 *v = bpf_map_lookup_elem(&counts, &key);

	*v += 1;
	return 0;
}

SEC("kprobe/vfs_read")
int misplaced(void *ctx)
{
	struct task_struct *p = bpf_task_from_pid(1);

	if (p)
		bpf_task_release(p);
	return 0;
}
