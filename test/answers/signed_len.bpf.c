/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

#define ROOM 256
struct parcel {
	u32 n;
	char body[ROOM];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct parcel);
} scratch SEC(".maps");

SEC("kprobe/tcp_sendmsg")
int BPF_KPROBE(copy_body, void *sk, void *from, int count)
{
	u32 z = 0;
	struct parcel *m = bpf_map_lookup_elem(&scratch, &z);
	if (!m || count > ROOM)
		return 0;
	bpf_probe_read_user(m->body, count, from);
	return 0;
}
