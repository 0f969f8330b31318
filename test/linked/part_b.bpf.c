// SPDX-License-Identifier: GPL-2.0-only
/* Defines what part A calls, and has a program of its own. */
#include "linked.h"

char LICENSE[] SEC("license") = "GPL";
const volatile char letter = 'b';
const volatile __u64 mask = 0xff;
static int calls = 7;
int last_seen;

struct counted { int count; struct entry *of; };
static struct counted counted;

struct {
	__uint(type, 1);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct entry);
} shared SEC(".maps");

static __noinline int helper(int x)
{
	return x * 5 - calls;
}

__hidden int deepest(int x)
{
	return helper(x) + letter;
}

int weigh(struct entry *entry, int factor)
{
	if (!entry)
		return 0;
	last_seen = entry->value & mask;
	counted.count++;
	return deepest(factor);
}

int choice(int x)
{
	return x - 1;
}

SEC("tc")
int second(void *ctx)
{
	return deepest(bpf_ktime_get_ns());
}
