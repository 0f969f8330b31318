// SPDX-License-Identifier: GPL-2.0-only
/* Cannot be linked with part B: another idea of weigh(). */
#include "linked.h"

char LICENSE[] SEC("license") = "GPL";
extern int weigh(struct entry *entry, __u64 factor);

SEC("tc")
int third(void *ctx)
{
	struct entry entry = {};

	return weigh(&entry, 1);
}
