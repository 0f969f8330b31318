/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
} pages SEC(".maps");

struct link_node {
	struct link_node __arena *next;
	u64 v;
};

struct link_node __arena *head;

SEC("syscall")
int sum(void *ctx)
{
	struct link_node __arena *n = head;
	u64 s = 0;
	struct bpf_iter_num it;
	bpf_iter_num_new(&it, 0, 100);
	while (bpf_iter_num_next(&it)) {
		if (!n)
			break;
		s += n->v;
		n = n->next;
	}
	bpf_iter_num_destroy(&it);
	return s;
}
