// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "machine.h"

SEC("kprobe/vfs_read")
int limited(struct pt_regs *ctx)
{
	return FIRST_ARGUMENT(ctx) > LIMIT_OF_READS + RELEASE_NUMBER;
}

char LICENSE[] SEC("license") = "GPL";
