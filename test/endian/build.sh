#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the objects beside their source, of either byte order. Needs clang and llvm-objcopy.
set -e
cd "$(dirname "$0")"
for order in el eb; do
	${CLANG:-clang} -g -O2 -target bpf$order -mcpu=v3 -fdebug-compilation-dir=. -c endian.bpf.c -o endian.$order.o
done
