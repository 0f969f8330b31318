/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} frames SEC(".maps");

SEC("xdp")
int sniff(struct xdp_md *ctx)
{
	u8 *p = (void *)(long)ctx->data, *e = (void *)(long)ctx->data_end;
	struct tcphdr *t = (void *)(p + 34);
	u8 *out;
	int n, i;
	if ((void *)(t + 1) > (void *)e)
		return XDP_PASS;
	n = t->doff * 4;
	if (n < 20)
		return XDP_PASS;
	out = bpf_ringbuf_reserve(&frames, 32, 0);
	if (!out)
		return XDP_PASS;
	for (i = 0; i < n; i++)
		out[i] = p[34 + i];
	bpf_ringbuf_submit(out, 0);
	return XDP_PASS;
}
