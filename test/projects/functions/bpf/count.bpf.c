// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("kprobe/vfs_unlink")
int BPF_KPROBE(count_unlink, void *idmap)
{
	return LIMIT_OF_THE_BUILD - LIMIT_OF_THE_BUILD;
}

char LICENSE[] SEC("license") = "GPL";
