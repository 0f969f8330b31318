// SPDX-License-Identifier: GPL-2.0-only
/* The program: calls part B, reads its variables, and shares its map. */
#include "linked.h"

char LICENSE[] SEC("license") = "GPL";
const volatile int limit = 5;
static int calls;
__u64 total;

extern struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct entry);
} shared SEC(".maps");

extern int last_seen;
extern int weigh(struct entry *entry, int factor);
__weak int choice(int x)
{
	return x + 1;
}

/* in both parts, each its own */
static __noinline int helper(int x)
{
	return x * 3 + calls;
}

SEC("tc")
int first(void *ctx)
{
	__u32 key = 1;
	struct entry *entry = bpf_map_lookup_elem(&shared, &key);

	calls++;
	if (!entry)
		return helper(limit);
	total += entry->value;
	return weigh(entry, choice(limit)) + last_seen;
}
