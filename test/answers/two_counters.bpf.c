/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

char line[128];
u32 ncpu;

SEC("syscall")
int dump_mask(void *ctx)
{
	struct bpf_iter_num it;
	int *next, at = 0;
	bpf_iter_num_new(&it, 0, ncpu);
	while ((next = bpf_iter_num_next(&it))) {
		int i = *next;
		if (i && !(i & 7) && at < 128)
			line[at++] = '|';
		if (at < 128)
			line[at++] = '0' + (bpf_get_prandom_u32() & 1);
	}
	bpf_iter_num_destroy(&it);
	return at;
}
