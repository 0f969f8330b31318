/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"


SEC("lsm/file_open")
int BPF_PROG(chain, struct file *f, int before)
{
	if (before != 0)
		return before;
	return 0;
}
