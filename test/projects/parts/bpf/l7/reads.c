// SPDX-License-Identifier: GPL-2.0-only
SEC("tracepoint/syscalls/sys_enter_read")
int count_read(void *ctx)
{
	struct seen *t = totals();

	if (t)
		t->reads++;
	return 0;
}
