// SPDX-License-Identifier: GPL-2.0-only
/* An object whose line records name a Rust source on another machine, as rustc's do. */
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define SEC(name) __attribute__((section(name), used))
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
char LICENSE[] SEC("license") = "GPL";
#line 4 "/build/probe/src/main.rs"
struct { int (*type)[1]; int (*max_entries)[16]; __u32 *key; __u64 *value; } COUNTS SEC(".maps");
#line 6 "/build/probe/src/main.rs"
SEC("tc")
int probe(void *ctx) {
    __u64 count, *value; __u32 key = 0; value = bpf_map_lookup_elem(&COUNTS, &key);
    count = *value;
    return count;
}
