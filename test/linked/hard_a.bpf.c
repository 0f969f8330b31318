// SPDX-License-Identifier: GPL-2.0-only
/* The harder cases: weak against strong, externs of all kinds, statics of one name, aligned sections, struct_ops. */
#include "hard.h"
char LICENSE[] SEC("license") = "GPL";
struct task_struct { int pid; int tgid; } __core;
struct point { int x, y; };
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern int CONFIG_HZ __kconfig;
extern const void bpf_prog_active __ksym;
/* weak here, strong in the other */
__weak int which(int x) { return x + 1; }
/* strong here, weak in the other */
__noinline int other(int x) { return x * 5; }
/* extern variable and function */
extern struct point origin;
extern __u64 hits;
extern int hidden_one(struct point *p);
struct { __uint(type, 1); __uint(max_entries, 8); __type(key, __u32); __type(value, struct point); } points SEC(".maps");
extern struct { __uint(type, 2); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } totals __attribute__((section(".maps")));
const volatile __u8 small = 1;
const volatile __u64 aligned __attribute__((aligned(64))) = 7;
static __u64 own;
static __noinline int same(int x) { own += x; return own; }
static long each(__u32 i, void *ctx) { own += i; return 0; }
SEC("tp_btf/task_newtask") int on_task(__u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0], *got;
	struct point *p; __u32 key = t->pid;
	got = bpf_task_acquire(t);
	if (got) bpf_task_release(got);
	p = bpf_map_lookup_elem(&points, &key);
	if (p) hits += hidden_one(p);
	bpf_loop(3, each, 0, 0);
	return 0;
}
SEC("xdp") int pass(void *ctx)
{
	__u32 key = 0; __u64 *total = bpf_map_lookup_elem(&totals, &key);
	if (total) *total += small + aligned;
	return which(origin.x) + other(origin.y) + same(3) + CONFIG_HZ + (__u64)&bpf_prog_active;
}
