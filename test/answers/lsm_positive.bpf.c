/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

u32 mode;

SEC("lsm/file_open")
int BPF_PROG(gate, struct file *f)
{
	return mode;
}

SEC("lsm/file_open")
int BPF_PROG(gate_one, struct file *f)
{
	return (f->f_flags & 1) ? 1 : 0;
}
