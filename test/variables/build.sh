#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the objects beside their source as the extension compiles: with DWARF, of version 5 and of version 4.
set -e
cd "$(dirname "$0")"
for version in 5 4; do
	${CLANG:-clang-19} -g -gdwarf-$version -O2 -target bpf -mcpu=v3 -fdebug-compilation-dir=. -c names.bpf.c -o names-$version.bpf.o
done
