/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

s32 wanted;
u32 found;

SEC("kprobe/do_nanosleep")
int climb(void *ctx)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	while (BPF_CORE_READ(t, pid) != 1) {
		if (BPF_CORE_READ(t, pid) == wanted)
			found = 1;
		t = BPF_CORE_READ(t, real_parent);
	}
	return 0;
}
