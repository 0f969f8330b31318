// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "gen/tables.h"

SEC("socket")
int first_table(void *ctx)
{
	return table_of(0);
}
