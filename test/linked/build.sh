#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the parts, of the harder ones both byte orders, and what `bpftool gen object` (or LINKER, a command that takes the same arguments) makes of
# them: the tests want ours to be the same. Needs clang, llvm-strip and a bpftool with libbpf 1.8.
set -e
cd "$(dirname "$0")"
object() {
	${CLANG:-clang} -g -O2 -target "$2" -mcpu=v3 -fdebug-compilation-dir=. -c "$1.bpf.c" -o "$3"
	${STRIP:-llvm-strip} -g "$3"
}
link() {
	${LINKER:-bpftool} gen object "$@"
}
for part in part_a part_b other_license other_types; do
	object $part bpf $part.bpf.o
done
link linked.bpf.o part_a.bpf.o part_b.bpf.o
for order in el eb; do
	for part in hard_a hard_b ops_a ops_b; do
		object $part bpf$order $part.$order.o
	done
	link hard_ab.$order.o hard_a.$order.o hard_b.$order.o
	link hard_ba.$order.o hard_b.$order.o hard_a.$order.o
	link ops_ab.$order.o ops_a.$order.o ops_b.$order.o
done
