// SPDX-License-Identifier: GPL-2.0-only
package main

//go:generate go run github.com/cilium/ebpf/cmd/bpf2go -cc clang -cflags "-O2 -DLIMIT_OF_THE_BUILD=7" -target amd64 bpf counter.c -- -I./headers $EXTRA

func main() {}
