/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct msg {
	u32 n;
	char body[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct msg);
} scratch SEC(".maps");

SEC("kprobe/tcp_sendmsg")
int BPF_KPROBE(copy_body, void *sk, void *from)
{
	u32 z = 0;
	struct msg *m = bpf_map_lookup_elem(&scratch, &z);
	if (!m)
		return 0;
	bpf_probe_read_user(m->body, 16, from);
	return 0;
}
