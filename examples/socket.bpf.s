// SPDX-License-Identifier: GPL-2.0-only
// BPF assembly in clang's spelling, through the C preprocessor. Both programs look a socket up, which is a reference that must be given
// back; the second forgets it where the socket is not the one it looks for.
//
//   find_socket   accepted
//   leak_socket   rejected: Unreleased reference id=2 alloc_insn=8

#define BPF_FUNC_sk_lookup_tcp 84
#define BPF_FUNC_sk_release 86
#define BPF_F_CURRENT_NETNS -1
#define TUPLE_BYTES 12
#define SK_FAMILY 4
#define AF_INET 2

	.section "tc","ax",@progbits

	.globl	find_socket
	.type	find_socket,@function
find_socket:
	r2 = 0
	*(u64 *)(r10 - 16) = r2
	*(u32 *)(r10 - 8) = r2
	r2 = r10
	r2 += -16
	r3 = TUPLE_BYTES
	r4 = BPF_F_CURRENT_NETNS
	r5 = 0
	call BPF_FUNC_sk_lookup_tcp
	if r0 == 0 goto nothing
	r6 = *(u32 *)(r0 + SK_FAMILY)
	r1 = r0
	call BPF_FUNC_sk_release
	r0 = 0
	if r6 == AF_INET goto found
	exit
found:
	r0 = 1
nothing:
	exit
	.size	find_socket, .-find_socket

	.globl	leak_socket
	.type	leak_socket,@function
leak_socket:
	r2 = 0
	*(u64 *)(r10 - 16) = r2
	*(u32 *)(r10 - 8) = r2
	r2 = r10
	r2 += -16
	r3 = TUPLE_BYTES
	r4 = BPF_F_CURRENT_NETNS
	r5 = 0
	call BPF_FUNC_sk_lookup_tcp
	if r0 == 0 goto done
	r6 = *(u32 *)(r0 + SK_FAMILY)
	if r6 != AF_INET goto done
	r1 = r0
	call BPF_FUNC_sk_release
done:
	r0 = 0
	exit
	.size	leak_socket, .-leak_socket

	.section "license","aw",@progbits
	.asciz	"GPL"
