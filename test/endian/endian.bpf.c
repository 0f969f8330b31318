// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same source for both byte orders (build.sh). What is only right on a machine of one of them has the name of that one; the others are as
 * right or wrong on both.
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) __typeof__(val) *name
#define __noinline __attribute__((noinline))
#define __weak __attribute__((weak))
#define __kconfig __attribute__((section(".kconfig")))
#define __core __attribute__((preserve_access_index))
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;

char LICENSE[] SEC("license") = "GPL";

/* 64, 32 and 16 bits whose lowest byte is 1, and whose others are 0 */
const volatile __u64 one = 1;
const volatile __u32 one32 = 1;
const volatile __u16 one16 = 1;
const volatile __u32 wide = 0x12345678;
extern int LINUX_KERNEL_VERSION __kconfig;

struct task_struct {
	int pid;
	unsigned in_execve : 1;
} __core;

struct {
	__uint(type, 1);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

static __u64 *wrong(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&numbers, &key);
}

/* The first byte of a number is its lowest one here, and 0 there: nobody checks the pointer then. */
#define FIRST_BYTE(order, first)                                        \
	SEC("tc")                                                       \
	int order##_first_byte(void *ctx)                               \
	{                                                               \
		__u64 *value = wrong();                                 \
		if (*(const volatile __u8 *)&one == first &&            \
		    *(const volatile __u8 *)&one32 == first &&          \
		    *(const volatile __u8 *)&one16 == first)            \
			return value ? *value : 0;                      \
		return *value;                                          \
	}
FIRST_BYTE(little, 1)
FIRST_BYTE(big, 0)

/* Numbers as a whole are the same on both. */
SEC("tc")
int whole(void *ctx)
{
	__u64 *value = wrong();

	if (one == 1 && one32 == 1 && one16 == 1 && wide == 0x12345678 && (LINUX_KERNEL_VERSION >> 16) < 100)
		return value ? *value : 0;
	return *value;
}

/* What to-big-endian and to-little-endian make of a constant, which the verifier follows. */
#define CONVERTED(order, how, result)                                   \
	SEC("tc")                                                       \
	__attribute__((naked)) int order(void *ctx)                     \
	{                                                               \
		asm volatile("r1 = 0x1234;"                             \
			     "r1 = " how " r1;"                         \
			     "r0 = 0;"                                  \
			     "if r1 == " result " goto +1;"             \
			     "r0 = *(u64 *)(r0 + 0);"                   \
			     "exit;");                                  \
	}
CONVERTED(little_to_be, "be16", "0x3412")
CONVERTED(big_to_be, "be16", "0x1234")
CONVERTED(little_to_le, "le16", "0x1234")
CONVERTED(big_to_le, "le16", "0x3412")

/* Half of a spilled number: the low one is the first in memory here, the last there. Its bounds are known only if it is read as the low one. */
#define HALF(order, at)                                                 \
	SEC("tc")                                                       \
	__attribute__((naked)) int order##_half_of_spill(void *ctx)     \
	{                                                               \
		asm volatile("r1 = *(u32 *)(r1 + 0);"                   \
			     "r1 &= 7;"                                 \
			     "*(u64 *)(r10 - 16) = r1;"                 \
			     "*(u64 *)(r10 - 8) = r1;"                  \
			     "r2 = *(u32 *)(r10 - " at ");"             \
			     "r3 = r10;"                                \
			     "r3 += -16;"                               \
			     "r3 += r2;"                                \
			     "r0 = *(u8 *)(r3 + 0);"                    \
			     "exit;");                                  \
	}
HALF(little, "16")
HALF(big, "12")

/* A function of its own, a field of the kernel's, and a bit of one. */
static __noinline long pid_of(struct task_struct *task)
{
	long pid = 0;

	bpf_probe_read_kernel(&pid, 4, &task->pid);
	return pid;
}

SEC("raw_tp/sched_switch")
int field(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[1];
	__u64 bits = 0;

	bpf_probe_read_kernel(&bits, __builtin_preserve_field_info(task->in_execve, 1),
			      (const char *)task + __builtin_preserve_field_info(task->in_execve, 0));
	bits <<= __builtin_preserve_field_info(task->in_execve, 4);
	bits >>= __builtin_preserve_field_info(task->in_execve, 5);
	return pid_of(task) + bits;
}

/* Refused on both, at the same instruction. */
SEC("tc")
int unchecked(void *ctx)
{
	return *wrong();
}
