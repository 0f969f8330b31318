// SPDX-License-Identifier: GPL-2.0-only
package internal

//go:generate $BPF2GO -cc $BPF_CLANG -cflags $BPF_CFLAGS -target $GOARCH Flows ../bpf/flows.c -- -I../bpf/headers_$GOARCH -DLIMIT_OF_THE_BUILD=7
