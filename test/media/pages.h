/* SPDX-License-Identifier: GPL-2.0-only */
/* What the examples of docs/problems have from vmlinux.h and libbpf's headers: enough for clang alone. */
#pragma once
#include "bpf_example.h"

#define NULL ((void *)0)
#define __arena __attribute__((address_space(1)))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
#define __ulong(name, val) enum { name##__enum = val } name
#define bpf_core_type_id_local(type) __builtin_btf_type_id(*(typeof(type) *)0, 0)
#define bpf_core_field_exists(field) __builtin_preserve_field_info(field, 2)

#define BPF_MAP_TYPE_PROG_ARRAY 3
#define BPF_MAP_TYPE_RINGBUF 27
#define BPF_MAP_TYPE_ARENA 33
#define BPF_F_MMAPABLE 1024

typedef unsigned char __u8;

struct __sk_buff {
	u32 len;
	u32 other[18];
	u32 data;
	u32 data_end;
};

struct xdp_md {
	u32 data;
	u32 data_end;
};

struct bpf_list_head {
	u64 opaque[2];
} __attribute__((aligned(8)));

struct bpf_list_node {
	u64 opaque[3];
} __attribute__((aligned(8)));

struct bpf_dynptr {
	u64 opaque[2];
} __attribute__((aligned(8)));

struct bpf_iter_num {
	u64 opaque[1];
} __attribute__((aligned(8)));

struct bpf_iter_task {
	u64 opaque[3];
} __attribute__((aligned(8)));

static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;
static long (*const bpf_tail_call)(void *ctx, void *map, u32 index) = (void *)12;
static long (*const bpf_skb_pull_data)(struct __sk_buff *skb, u32 len) = (void *)39;
static long (*const bpf_map_push_elem)(void *map, const void *value, u64 flags) = (void *)87;
static long (*const bpf_probe_read_user)(void *dst, u32 size, const void *from) = (void *)112;
static long (*const bpf_probe_read_kernel)(void *dst, u32 size, const void *from) = (void *)113;
static void *(*const bpf_ringbuf_reserve)(void *ringbuf, u64 size, u64 flags) = (void *)131;
static void (*const bpf_ringbuf_discard)(void *data, u64 flags) = (void *)133;
static long (*const bpf_loop)(u32 n, void *callback, void *context, u64 flags) = (void *)181;
static long (*const bpf_dynptr_from_mem)(void *data, u32 size, u64 flags, struct bpf_dynptr *d) = (void *)197;
static long (*const bpf_ringbuf_reserve_dynptr)(void *map, u32 size, u64 flags, struct bpf_dynptr *d) = (void *)198;
static void (*const bpf_ringbuf_submit_dynptr)(struct bpf_dynptr *d, u64 flags) = (void *)199;
static void (*const bpf_ringbuf_discard_dynptr)(struct bpf_dynptr *d, u64 flags) = (void *)200;
static long (*const bpf_dynptr_read)(void *dst, u32 len, const struct bpf_dynptr *d, u32 offset, u64 flags) = (void *)201;

extern void *bpf_obj_new_impl(u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, unsigned int flags) __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym;
extern void bpf_throw(u64 cookie) __ksym;
