// SPDX-License-Identifier: GPL-2.0-only
/* Functions outside of .text: libbpf does not open the file, cilium/ebpf links them. */
#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))
char LICENSE[] SEC("license") = "GPL";
struct __sk_buff { unsigned int len; };
struct xdp_md { unsigned int data, data_end, data_meta, ingress_ifindex; };

/* static, in a section of its own */
static __noinline __attribute__((section(".text.unlikely"))) int rare(int x)
{
	return x * 7;
}

/* static, in the section of programs, and only called there */
static __noinline __attribute__((section("xdp"))) int near(int x)
{
	return x ^ 3;
}

static __noinline int plain(int x)
{
	return x + 11;
}

SEC("xdp")
int calls_rare(struct xdp_md *ctx)
{
	return rare(ctx->ingress_ifindex) + plain(ctx->ingress_ifindex);
}

SEC("xdp")
int calls_near(struct xdp_md *ctx)
{
	return near(ctx->ingress_ifindex);
}

/* a program that is called as a function, by one of another section and by one of its own */
SEC("tc/ingress")
__noinline int called(struct __sk_buff *ctx)
{
	return ctx->len == 1;
}

SEC("tc/egress")
int calls_program(struct __sk_buff *ctx)
{
	return called(ctx);
}

SEC("tc/ingress")
int calls_neighbour(struct __sk_buff *ctx)
{
	return called(ctx);
}

SEC("xdp")
int calls_nobody(struct xdp_md *ctx)
{
	return 2;
}
