// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("socket")
int limit(void *ctx)
{
	return LIMIT_OF_THE_BUILD;
}
