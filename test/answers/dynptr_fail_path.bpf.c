/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} outq SEC(".maps");

SEC("tp_btf/sched_process_exit")
int BPF_PROG(post)
{
	struct bpf_dynptr d;
	u64 v = bpf_ktime_get_ns();
	if (bpf_ringbuf_reserve_dynptr(&outq, 64, 0, &d) < 0)
		return 0;
	bpf_dynptr_write(&d, 0, &v, sizeof(v), 0);
	bpf_ringbuf_submit_dynptr(&d, 0);
	return 0;
}
