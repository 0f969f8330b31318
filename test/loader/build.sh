#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the objects beside their sources. Needs clang and llvm-strip.
set -e
cd "$(dirname "$0")"
for source in *.bpf.c; do
	object=${source%.c}.o
	${CLANG:-clang} -g -O2 -target bpf -mcpu=v3 -fdebug-compilation-dir=. -c "$source" -o "$object"
	# what editors show has its place by the debug information
	[ "$source" = loader.bpf.c ] && cp "$object" loader.debug.o
	${STRIP:-llvm-strip} -g "$object"
done
