// SPDX-License-Identifier: GPL-2.0-only
/* Cannot be linked with the others: another license. */
#include "linked.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tc")
int third(void *ctx)
{
	return 0;
}
