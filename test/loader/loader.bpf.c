// SPDX-License-Identifier: GPL-2.0-only
/* What only a loader knows: values of constants, what is attached to what, types that no section name says. */
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) __typeof__(val) *name
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_trace_printk)(const char *format, __u32 size, ...) = (void *)6;

char LICENSE[] SEC("license") = "GPL";

enum mode { OFF, ON, LOUD };
const volatile int limit = 3;
const volatile _Bool careless = 0;
const volatile enum mode mode = OFF;
const volatile struct { __u32 port; __u32 hosts[4]; } config = { 80, { 1, 2, 3, 4 } };
const volatile char title[8] = "none";

struct {
	__uint(type, 2);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

/* Right as long as nobody is careless. */
SEC("tc")
int guarded(void *ctx)
{
	__u32 key = limit + config.hosts[2];
	__u64 *value = bpf_map_lookup_elem(&numbers, &key);

	if (careless)
		return *value;
	return value && mode == ON ? *value + config.port + title[1] : 0;
}

/* Its target is set at run time. */
SEC("fentry/placeholder")
int traced(void *ctx)
{
	return 0;
}

/* As other loaders name sections. */
SEC("xdp_prog")
int old_name(void *ctx)
{
	return 2;
}

SEC("classifier/ingress/main")
int old_classifier(void *ctx)
{
	return 0;
}

/* No loader could know. */
SEC("handler")
int unnamed(void *ctx)
{
	return 0;
}
