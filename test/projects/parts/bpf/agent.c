// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct seen {
	__u64 reads, opens;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} seen SEC(".maps");

static struct seen *totals(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&seen, &key);
}

#include "l7/reads.c"
#include "opens.c"

char LICENSE[] SEC("license") = "GPL";
