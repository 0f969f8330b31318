#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the parts, and linked.bpf.o of part A and part B with `bpftool gen object` (or LINKER, a command that takes the same arguments): the
# tests want ours to be the same. Needs clang, llvm-strip and a bpftool with libbpf 1.8.
set -e
cd "$(dirname "$0")"
for source in *.bpf.c; do
	object=${source%.c}.o
	${CLANG:-clang} -g -O2 -target bpf -mcpu=v3 -fdebug-compilation-dir=. -c "$source" -o "$object"
	${STRIP:-llvm-strip} -g "$object"
done
${LINKER:-bpftool} gen object linked.bpf.o part_a.bpf.o part_b.bpf.o
