#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Builds the object beside its source. Needs clang and llvm-strip. Its line records have no texts: clang finds no such file.
set -e
cd "$(dirname "$0")"
${CLANG:-clang} -g -O2 -target bpf -mcpu=v3 -fdebug-compilation-dir=/build/probe -c probe.bpf.c -o probe.o
${STRIP:-llvm-strip} -g probe.o
