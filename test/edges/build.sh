#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the objects beside their sources. Needs clang and llvm-strip.
set -e
cd "$(dirname "$0")"
for source in *.bpf.c; do
	object=${source%.c}.o
	${CLANG:-clang-19} -g -O2 -target bpf -mcpu=v3 -fdebug-compilation-dir=. -I ../../examples -c "$source" -o "$object"
	${STRIP:-llvm-strip-19} -g "$object"
done
