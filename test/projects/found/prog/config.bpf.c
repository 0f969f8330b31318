// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "config.h"

#if WITH_TRACING || defined(HAVE_EXTRA)
#error "nothing was configured"
#endif

SEC("socket")
int configured(void *ctx)
{
	return VERSION_MAJOR;
}
