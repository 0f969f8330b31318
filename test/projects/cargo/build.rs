// SPDX-License-Identifier: GPL-2.0-only
use libbpf_cargo::SkeletonBuilder;

fn main() {
    SkeletonBuilder::new()
        .source("src/bpf/count.bpf.c")
        .clang_args(["-I", "src", "-DLIMIT_OF_THE_BUILD=7", &format!("-I{}", vmlinux())])
        .build_and_generate("src/bpf/count.skel.rs")
        .unwrap();
}
