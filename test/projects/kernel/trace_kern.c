// SPDX-License-Identifier: GPL-2.0-only
/* As programs are that are compiled within a kernel's tree: its own headers, whose types they take as they are. */
#include <linux/ptrace.h>
#include <linux/version.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/if_ether.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, u32);
	__type(value, u64);
	__uint(max_entries, 64);
} seen SEC(".maps");

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(on_connect, struct sock *sk)
{
	u32 state = BPF_CORE_READ(sk, sk_state);
	u64 now = bpf_ktime_get_ns();

	if (state == TCP_CLOSE)
		bpf_map_update_elem(&seen, &state, &now, BPF_ANY);
	return 0;
}

SEC("tc")
int classify(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;

	if (data + sizeof(*eth) > end || eth->h_proto != htons(ETH_P_IP))
		return TC_ACT_OK;
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
u32 _version SEC("version") = LINUX_VERSION_CODE;
