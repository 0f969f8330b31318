/* SPDX-License-Identifier: GPL-2.0-only */ /* What all cases include. */
#pragma once
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

char LICENSE[] SEC("license") = "GPL";

#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))

/* Newer libbpf headers have these. */
#ifndef __arena
#define __arena __attribute__((address_space(1)))
#endif
#ifndef __arg_trusted
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#endif
#ifndef bpf_ksym_exists
#define bpf_ksym_exists(symbol) ((symbol) != (void *)0)
#endif

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
