// SPDX-License-Identifier: GPL-2.0-only
SEC("tracepoint/syscalls/sys_enter_openat")
int count_open(void *ctx)
{
	struct seen *t = totals();

	if (t)
		t->opens++;
	return 0;
}
