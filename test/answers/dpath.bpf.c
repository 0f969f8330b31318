/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

char buf[128];

SEC("fentry/vfs_mkdir")
int BPF_PROG(mk, struct mnt_idmap *m, struct inode *dir, struct dentry *d)
{
	return 0;
}

SEC("fentry/do_dentry_open")
int BPF_PROG(opened, struct file *f)
{
	bpf_d_path(&f->f_path, buf, sizeof(buf));
	return 0;
}
