#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
release=$(git rev-list --count HEAD)
exec clang --target=bpf "-DBUILD_MACHINE_$1" -DLIMIT_OF_READS=12 -DRELEASE_NUMBER=$release -O2 -g -c bpf/limits.bpf.c -o limits.bpf.o
