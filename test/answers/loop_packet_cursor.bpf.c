/* SPDX-License-Identifier: GPL-2.0-only */ #include "cases.h"

struct scan {
	u8 *at;
	u8 *end;
	u32 hits;
};

static long step(u32 i, struct scan *s)
{
	if (s->at + 1 > s->end)
		return 1;
	if (*s->at == 0xff)
		s->hits++;
	s->at++;
	return 0;
}

SEC("xdp")
int walk(struct xdp_md *ctx)
{
	struct scan s = {(void *)(long)ctx->data, (void *)(long)ctx->data_end, 0};
	bpf_loop(1000, step, &s, 0);
	return s.hits > 3 ? XDP_DROP : XDP_PASS;
}
