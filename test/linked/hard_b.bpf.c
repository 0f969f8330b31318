// SPDX-License-Identifier: GPL-2.0-only
/* The other part: what hard_a.bpf.c declares is here, and the other way round. */
#include "hard.h"
char LICENSE[] SEC("license") = "GPL";
struct task_struct { int tgid; int pid; long more; } __core;
struct point { int x, y; };
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern int CONFIG_HZ __kconfig;
extern _Bool CONFIG_BPF_JIT __kconfig __weak;
int which(int x) { return x + 2; }
__weak int other(int x) { return x * 6; }
struct point origin = { 3, 4 };
__u64 hits SEC(".data.hits") = 9;
__hidden int hidden_one(struct point *p) { return p->x * 2 + CONFIG_HZ; }
struct { __uint(type, 2); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } totals SEC(".maps");
extern struct { __uint(type, 1); __uint(max_entries, 8); __type(key, __u32); __type(value, struct point); } points __attribute__((section(".maps")));
const volatile __u8 tiny = 2;
const volatile __u64 far __attribute__((aligned(128))) = 8;
static char text[] = "between";
static __u64 own;
static __noinline int same(int x) { own -= x; return own * 2; }
static long each(__u32 i, void *ctx) { own ^= i; return 0; }
SEC("xdp") int drop(void *ctx)
{
	__u32 key = 1; struct point *p = bpf_map_lookup_elem(&points, &key);
	bpf_loop(5, each, 0, 0);
	return which(1) + same(tiny) + far + (p ? p->x : text[own & 3]) + CONFIG_BPF_JIT;
}
SEC("fentry/do_nanosleep") int pid(__u64 *ctx)
{
	struct task_struct *t = bpf_task_acquire((void *)ctx[0]);
	int pid = 0;
	if (t) { pid = t->pid; bpf_task_release(t); }
	return pid;
}
