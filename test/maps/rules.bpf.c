// SPDX-License-Identifier: GPL-2.0-only
/*
 * One map an object: each rule of map creation broken alone, and beside it what just passes. `node test/maps/record.mjs build` compiles the file
 * once for each case below (-DCASE_name) into objects/name.bpf.o; kernel.jsonl is what Linux 7.3.4 said of them (README.md).
 */
typedef unsigned int __u32;
typedef unsigned long long __u64;
#define SEC(name) __attribute__((section(name), used))
#define __uint(name, val) int (*name)[val]
#define __type(name, val) __typeof__(val) *name
#define __ulong(name, val) enum { name##__value = val } name
#define __array(name, val) __typeof__(val) *name[]
#define MAP(...) struct { __VA_ARGS__ } m SEC(".maps");
#define TYPED(key_t, value_t) __type(key, key_t); __type(value, value_t);
#define SIZED(k, v) __uint(key_size, k); __uint(value_size, v);
#define ENTRIES(n) __uint(max_entries, n);
#define FLAGS(n) __uint(map_flags, n);

enum {
	HASH = 1, ARRAY, PROG_ARRAY, PERF_EVENT_ARRAY, PERCPU_HASH, PERCPU_ARRAY, STACK_TRACE, CGROUP_ARRAY, LRU_HASH, LRU_PERCPU_HASH, LPM_TRIE,
	ARRAY_OF_MAPS, HASH_OF_MAPS, DEVMAP, SOCKMAP, CPUMAP, XSKMAP, SOCKHASH, CGROUP_STORAGE, REUSEPORT_SOCKARRAY, PERCPU_CGROUP_STORAGE, QUEUE,
	STACK, SK_STORAGE, DEVMAP_HASH, STRUCT_OPS, RINGBUF, INODE_STORAGE, TASK_STORAGE, BLOOM_FILTER, USER_RINGBUF, CGRP_STORAGE, ARENA,
	INSN_ARRAY, RHASH,
};
enum {
	NO_PREALLOC = 1 << 0, NO_COMMON_LRU = 1 << 1, NUMA_NODE = 1 << 2, RDONLY = 1 << 3, STACK_BUILD_ID = 1 << 5, ZERO_SEED = 1 << 6,
	RDONLY_PROG = 1 << 7, WRONLY_PROG = 1 << 8, CLONE = 1 << 9, MMAPABLE = 1 << 10, PRESERVE_ELEMS = 1 << 11, INNER_MAP = 1 << 12,
	SEGV_ON_FAULT = 1 << 17, RB_OVERWRITE = 1 << 19, UNKNOWN = 1 << 20,
};

struct bpf_spin_lock { __u32 val; };
struct bpf_timer { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_refcount { __u32 opaque[1]; } __attribute__((aligned(4)));
struct locked { struct bpf_spin_lock lock; __u32 count; };
struct timed { struct bpf_timer timer; __u64 count; };
struct big70000 { char bytes[70000]; };
struct prefix { __u32 length; char data[4]; };

char LICENSE[] SEC("license") = "GPL";

#define INNER(type_, ...) struct inner { __uint(type, type_); __VA_ARGS__ };

#if 0
#elif defined(CASE_array)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1))
#elif defined(CASE_array_key8)
MAP(__uint(type, ARRAY); TYPED(__u64, __u64) ENTRIES(1))
#elif defined(CASE_array_no_value)
MAP(__uint(type, REUSEPORT_SOCKARRAY); SIZED(4, 0) ENTRIES(1))
#elif defined(CASE_array_too_big)
MAP(__uint(type, ARRAY); SIZED(4, 65536) ENTRIES(0x7fffffff))
#elif defined(CASE_array_unknown_flag)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(UNKNOWN))
#elif defined(CASE_array_no_prealloc)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_array_both_directions)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(RDONLY_PROG | WRONLY_PROG))
#elif defined(CASE_array_preserve_elems)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(PRESERVE_ELEMS))
#elif defined(CASE_array_value_31_bits)
MAP(__uint(type, ARRAY); SIZED(4, 0x80000000) ENTRIES(1))
#elif defined(CASE_array_extra)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) __ulong(map_extra, 3);)
#elif defined(CASE_array_numa_node)
MAP(__uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NUMA_NODE) __uint(numa_node, 70000);)
#elif defined(CASE_percpu_array_numa)
MAP(__uint(type, PERCPU_ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NUMA_NODE))
#elif defined(CASE_percpu_array_mmapable)
MAP(__uint(type, PERCPU_ARRAY); TYPED(__u32, __u64) ENTRIES(1) FLAGS(MMAPABLE))
#elif defined(CASE_percpu_array_70000)
MAP(__uint(type, PERCPU_ARRAY); TYPED(__u32, struct big70000) ENTRIES(1))
#elif defined(CASE_percpu_array_32768)
MAP(__uint(type, PERCPU_ARRAY); SIZED(4, 32768) ENTRIES(1))
#elif defined(CASE_percpu_array_32769)
MAP(__uint(type, PERCPU_ARRAY); SIZED(4, 32769) ENTRIES(1))
#elif defined(CASE_array_inner_flag)
MAP(__uint(type, PROG_ARRAY); SIZED(4, 4) ENTRIES(1) FLAGS(INNER_MAP))
#elif defined(CASE_prog_array)
MAP(__uint(type, PROG_ARRAY); TYPED(__u32, __u32) ENTRIES(1))
#elif defined(CASE_prog_array_value8)
MAP(__uint(type, PROG_ARRAY); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_prog_array_rdonly_prog)
MAP(__uint(type, PROG_ARRAY); SIZED(4, 4) ENTRIES(1) FLAGS(RDONLY_PROG))
#elif defined(CASE_perf_without_sizes)
MAP(__uint(type, PERF_EVENT_ARRAY);)
#elif defined(CASE_perf_without_entries)
MAP(__uint(type, PERF_EVENT_ARRAY); SIZED(4, 4))
#elif defined(CASE_perf_preserve)
MAP(__uint(type, PERF_EVENT_ARRAY); SIZED(4, 4) FLAGS(PRESERVE_ELEMS))
#elif defined(CASE_cgroup_array_value8)
MAP(__uint(type, CGROUP_ARRAY); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_hash)
MAP(__uint(type, HASH); TYPED(__u64, __u64) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_hash_unknown_flag)
MAP(__uint(type, HASH); TYPED(__u32, __u64) ENTRIES(1) FLAGS(UNKNOWN))
#elif defined(CASE_hash_common_lru)
MAP(__uint(type, HASH); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NO_COMMON_LRU))
#elif defined(CASE_hash_both_directions)
MAP(__uint(type, HASH); TYPED(__u32, __u64) ENTRIES(1) FLAGS(RDONLY_PROG | WRONLY_PROG))
#elif defined(CASE_hash_too_large)
MAP(__uint(type, HASH); SIZED(4, 0x400000) ENTRIES(1))
#elif defined(CASE_hash_large)
MAP(__uint(type, HASH); SIZED(4, 0x3fff00) ENTRIES(1))
#elif defined(CASE_percpu_hash_too_large)
MAP(__uint(type, PERCPU_HASH); SIZED(4, 32776) ENTRIES(1))
#elif defined(CASE_percpu_hash_numa)
MAP(__uint(type, PERCPU_HASH); SIZED(4, 8) ENTRIES(1) FLAGS(NUMA_NODE))
#elif defined(CASE_lru_no_prealloc)
MAP(__uint(type, LRU_HASH); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_lru_own_lists)
MAP(__uint(type, LRU_HASH); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NO_COMMON_LRU))
#elif defined(CASE_lru_own_lists_numa)
MAP(__uint(type, LRU_HASH); TYPED(__u32, __u64) ENTRIES(1) FLAGS(NO_COMMON_LRU | NUMA_NODE))
#elif defined(CASE_lru_percpu_no_key)
MAP(__uint(type, LRU_PERCPU_HASH); SIZED(0, 8) ENTRIES(1))
#elif defined(CASE_lpm)
MAP(__uint(type, LPM_TRIE); TYPED(struct prefix, __u64) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_lpm_preallocated)
MAP(__uint(type, LPM_TRIE); TYPED(struct prefix, __u64) ENTRIES(1))
#elif defined(CASE_lpm_key4)
MAP(__uint(type, LPM_TRIE); SIZED(4, 8) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_lpm_key260)
MAP(__uint(type, LPM_TRIE); SIZED(260, 8) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_lpm_key261)
MAP(__uint(type, LPM_TRIE); SIZED(261, 8) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_lpm_zero_seed)
MAP(__uint(type, LPM_TRIE); SIZED(8, 8) ENTRIES(1) FLAGS(NO_PREALLOC | ZERO_SEED))
#elif defined(CASE_lpm_no_value)
MAP(__uint(type, LPM_TRIE); SIZED(8, 0) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_array_of_maps)
INNER(ARRAY, TYPED(__u32, __u64) ENTRIES(1))
MAP(__uint(type, ARRAY_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_refused)
INNER(ARRAY, TYPED(__u64, __u64) ENTRIES(1))
MAP(__uint(type, ARRAY_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_prog_array)
INNER(PROG_ARRAY, SIZED(4, 4) ENTRIES(1))
MAP(__uint(type, ARRAY_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_sockmap)
INNER(SOCKMAP, SIZED(4, 4) ENTRIES(1))
MAP(__uint(type, HASH_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_insn_array)
INNER(INSN_ARRAY, SIZED(4, 16) ENTRIES(1))
MAP(__uint(type, HASH_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_cpumap)
INNER(CPUMAP, SIZED(4, 4) ENTRIES(1))
MAP(__uint(type, HASH_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_cgroup_storage)
INNER(CGROUP_STORAGE, SIZED(8, 4))
MAP(__uint(type, HASH_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_without_entries)
INNER(HASH, TYPED(__u32, __u64))
MAP(__uint(type, HASH_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_inner_ringbuf)
INNER(RINGBUF, ENTRIES(4096))
MAP(__uint(type, ARRAY_OF_MAPS); ENTRIES(1) __uint(key_size, 4); __array(values, struct inner);)
#elif defined(CASE_outer_key8)
INNER(ARRAY, TYPED(__u32, __u64) ENTRIES(1))
MAP(__uint(type, ARRAY_OF_MAPS); ENTRIES(1) __uint(key_size, 8); __array(values, struct inner);)
#elif defined(CASE_devmap_value8)
MAP(__uint(type, DEVMAP); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_devmap_value16)
MAP(__uint(type, DEVMAP); SIZED(4, 16) ENTRIES(1))
#elif defined(CASE_devmap_hash_key8)
MAP(__uint(type, DEVMAP_HASH); SIZED(8, 4) ENTRIES(1))
#elif defined(CASE_devmap_rdonly_prog)
MAP(__uint(type, DEVMAP); SIZED(4, 4) ENTRIES(1) FLAGS(RDONLY_PROG))
#elif defined(CASE_sockmap_value8)
MAP(__uint(type, SOCKMAP); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_sockmap_value16)
MAP(__uint(type, SOCKMAP); SIZED(4, 16) ENTRIES(1))
#elif defined(CASE_sockmap_no_prealloc)
MAP(__uint(type, SOCKMAP); SIZED(4, 4) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_sockhash_key512)
MAP(__uint(type, SOCKHASH); SIZED(512, 4) ENTRIES(1))
#elif defined(CASE_sockhash_key516)
MAP(__uint(type, SOCKHASH); SIZED(516, 4) ENTRIES(1))
#elif defined(CASE_cpumap_entries)
MAP(__uint(type, CPUMAP); SIZED(4, 4) ENTRIES(8193))
#elif defined(CASE_cpumap_value12)
MAP(__uint(type, CPUMAP); SIZED(4, 12) ENTRIES(1))
#elif defined(CASE_cpumap_rdonly)
MAP(__uint(type, CPUMAP); SIZED(4, 4) ENTRIES(1) FLAGS(RDONLY))
#elif defined(CASE_xskmap_value8)
MAP(__uint(type, XSKMAP); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_reuseport_value8)
MAP(__uint(type, REUSEPORT_SOCKARRAY); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_reuseport_value16)
MAP(__uint(type, REUSEPORT_SOCKARRAY); SIZED(4, 16) ENTRIES(1))
#elif defined(CASE_cgroup_storage)
MAP(__uint(type, CGROUP_STORAGE); SIZED(8, 4))
#elif defined(CASE_cgroup_storage_key4)
MAP(__uint(type, CGROUP_STORAGE); SIZED(4, 4))
#elif defined(CASE_cgroup_storage_entries)
MAP(__uint(type, CGROUP_STORAGE); SIZED(8, 4) ENTRIES(1))
#elif defined(CASE_cgroup_storage_large)
MAP(__uint(type, CGROUP_STORAGE); SIZED(8, 65536))
#elif defined(CASE_percpu_cgroup_storage_large)
MAP(__uint(type, PERCPU_CGROUP_STORAGE); SIZED(8, 32769))
#elif defined(CASE_queue)
MAP(__uint(type, QUEUE); SIZED(0, 4) ENTRIES(1))
#elif defined(CASE_stack_with_key)
MAP(__uint(type, STACK); TYPED(__u32, __u64) ENTRIES(1))
#elif defined(CASE_queue_large)
MAP(__uint(type, QUEUE); SIZED(0, 0x400001) ENTRIES(1))
#elif defined(CASE_queue_no_prealloc)
MAP(__uint(type, QUEUE); SIZED(0, 4) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_stack_no_value)
MAP(__uint(type, STACK); ENTRIES(1))
#elif defined(CASE_stack_trace)
MAP(__uint(type, STACK_TRACE); SIZED(4, 1016) ENTRIES(1))
#elif defined(CASE_stack_trace_128)
MAP(__uint(type, STACK_TRACE); SIZED(4, 1024) ENTRIES(1))
#elif defined(CASE_stack_trace_odd)
MAP(__uint(type, STACK_TRACE); SIZED(4, 12) ENTRIES(1))
#elif defined(CASE_stack_trace_build_id)
MAP(__uint(type, STACK_TRACE); SIZED(4, 64) ENTRIES(1) FLAGS(STACK_BUILD_ID))
#elif defined(CASE_stack_trace_build_id_odd)
MAP(__uint(type, STACK_TRACE); SIZED(4, 72) ENTRIES(1) FLAGS(STACK_BUILD_ID))
#elif defined(CASE_stack_trace_key8)
MAP(__uint(type, STACK_TRACE); SIZED(8, 64) ENTRIES(1))
#elif defined(CASE_stack_trace_no_prealloc)
MAP(__uint(type, STACK_TRACE); SIZED(4, 64) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_ringbuf_with_value)
MAP(__uint(type, RINGBUF); TYPED(__u32, __u64) ENTRIES(4096))
#elif defined(CASE_ringbuf_overwrite)
MAP(__uint(type, RINGBUF); ENTRIES(4096) FLAGS(RB_OVERWRITE))
#elif defined(CASE_user_ringbuf_overwrite)
MAP(__uint(type, USER_RINGBUF); ENTRIES(4096) FLAGS(RB_OVERWRITE))
#elif defined(CASE_ringbuf_mmapable)
MAP(__uint(type, RINGBUF); ENTRIES(4096) FLAGS(MMAPABLE))
#elif defined(CASE_bloom_key)
MAP(__uint(type, BLOOM_FILTER); SIZED(4, 4) ENTRIES(1))
#elif defined(CASE_bloom_extra_15)
MAP(__uint(type, BLOOM_FILTER); __type(value, __u32); ENTRIES(1) __ulong(map_extra, 15);)
#elif defined(CASE_bloom_extra_16)
MAP(__uint(type, BLOOM_FILTER); __type(value, __u32); ENTRIES(1) __ulong(map_extra, 16);)
#elif defined(CASE_bloom_large)
MAP(__uint(type, BLOOM_FILTER); __uint(value_size, 0x400001); ENTRIES(1))
#elif defined(CASE_bloom_no_prealloc)
MAP(__uint(type, BLOOM_FILTER); __type(value, __u32); ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage)
MAP(__uint(type, TASK_STORAGE); TYPED(int, __u64) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage_preallocated)
MAP(__uint(type, TASK_STORAGE); TYPED(int, __u64))
#elif defined(CASE_task_storage_untyped)
MAP(__uint(type, TASK_STORAGE); SIZED(4, 8) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage_key8)
MAP(__uint(type, TASK_STORAGE); TYPED(__u64, __u64) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage_key_struct)
MAP(__uint(type, TASK_STORAGE); TYPED(struct bpf_spin_lock, __u64) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage_entries)
MAP(__uint(type, TASK_STORAGE); TYPED(int, __u64) ENTRIES(1) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage_large)
MAP(__uint(type, TASK_STORAGE); TYPED(int, struct big70000) FLAGS(NO_PREALLOC))
#elif defined(CASE_task_storage_timer)
MAP(__uint(type, TASK_STORAGE); TYPED(int, struct timed) FLAGS(NO_PREALLOC))
#elif defined(CASE_sk_storage_clone)
MAP(__uint(type, SK_STORAGE); TYPED(int, __u64) FLAGS(NO_PREALLOC | CLONE))
#elif defined(CASE_inode_storage_rdonly)
MAP(__uint(type, INODE_STORAGE); TYPED(int, __u64) FLAGS(NO_PREALLOC | RDONLY))
#elif defined(CASE_cgrp_storage_typed_key_only)
MAP(__uint(type, CGRP_STORAGE); __type(key, int); __uint(value_size, 8); FLAGS(NO_PREALLOC))
#elif defined(CASE_arena)
MAP(__uint(type, ARENA); ENTRIES(1) FLAGS(MMAPABLE))
#elif defined(CASE_arena_not_mmapable)
MAP(__uint(type, ARENA); ENTRIES(1))
#elif defined(CASE_arena_value)
MAP(__uint(type, ARENA); SIZED(4, 4) ENTRIES(1) FLAGS(MMAPABLE))
#elif defined(CASE_arena_too_large)
MAP(__uint(type, ARENA); ENTRIES(1048577) FLAGS(MMAPABLE))
#elif defined(CASE_arena_odd_address)
MAP(__uint(type, ARENA); ENTRIES(1) FLAGS(MMAPABLE) __ulong(map_extra, 0x100000000001ull);)
#elif defined(CASE_arena_across_4g)
MAP(__uint(type, ARENA); ENTRIES(2) FLAGS(MMAPABLE) __ulong(map_extra, 0x1000fffff000ull);)
#elif defined(CASE_arena_rdonly)
MAP(__uint(type, ARENA); ENTRIES(1) FLAGS(MMAPABLE | RDONLY))
#elif defined(CASE_insn_array_value8)
MAP(__uint(type, INSN_ARRAY); SIZED(4, 8) ENTRIES(1))
#elif defined(CASE_insn_array_flags)
MAP(__uint(type, INSN_ARRAY); SIZED(4, 16) ENTRIES(1) FLAGS(RDONLY))
#elif defined(CASE_rhash)
MAP(__uint(type, RHASH); TYPED(__u32, __u64) ENTRIES(8) FLAGS(NO_PREALLOC))
#elif defined(CASE_rhash_preallocated)
MAP(__uint(type, RHASH); TYPED(__u32, __u64) ENTRIES(8))
#elif defined(CASE_rhash_zero_seed)
MAP(__uint(type, RHASH); TYPED(__u32, __u64) ENTRIES(8) FLAGS(NO_PREALLOC | ZERO_SEED))
#elif defined(CASE_rhash_extra_33_bits)
MAP(__uint(type, RHASH); TYPED(__u32, __u64) ENTRIES(8) FLAGS(NO_PREALLOC) __ulong(map_extra, 1ull << 32);)
#elif defined(CASE_rhash_extra_17_bits)
MAP(__uint(type, RHASH); TYPED(__u32, __u64) ENTRIES(70000) FLAGS(NO_PREALLOC) __ulong(map_extra, 65536);)
#elif defined(CASE_rhash_extra_entries)
MAP(__uint(type, RHASH); TYPED(__u32, __u64) ENTRIES(8) FLAGS(NO_PREALLOC) __ulong(map_extra, 9);)
#elif defined(CASE_rhash_key_65536)
MAP(__uint(type, RHASH); SIZED(65536, 8) ENTRIES(8) FLAGS(NO_PREALLOC))
#elif defined(CASE_type_77)
MAP(__uint(type, 77); SIZED(4, 4) ENTRIES(1))
#elif defined(CASE_name_with_dollar)
struct { __uint(type, ARRAY); TYPED(__u32, __u64) ENTRIES(1) } m$ SEC(".maps");
#elif defined(CASE_data_section_name)
int variable SEC(".data.with-dash") = 1;
#elif defined(CASE_percpu_section_large)
char variable[40000] SEC(".percpu") = { 1 };
#elif defined(CASE_lock_in_percpu_array)
#define USES_LOCK struct locked
MAP(__uint(type, PERCPU_ARRAY); TYPED(__u32, struct locked) ENTRIES(1))
#elif defined(CASE_lock_in_percpu_hash)
#define USES_LOCK struct locked
MAP(__uint(type, PERCPU_HASH); TYPED(__u32, struct locked) ENTRIES(1))
#elif defined(CASE_lock_in_lru_hash)
#define USES_LOCK struct locked
MAP(__uint(type, LRU_HASH); TYPED(__u32, struct locked) ENTRIES(1))
#elif defined(CASE_lock_in_read_only)
#define USES_LOCK struct locked
MAP(__uint(type, ARRAY); TYPED(__u32, struct locked) ENTRIES(1) FLAGS(RDONLY_PROG))
#elif defined(CASE_lock_key_typed_only)
#define USES_LOCK struct locked
MAP(__uint(type, ARRAY); __type(key, __u32); __uint(value_size, 8); ENTRIES(1))
#elif defined(CASE_lock_value_typed_only)
#define USES_LOCK struct locked
MAP(__uint(type, ARRAY); __uint(key_size, 4); __type(value, struct locked); ENTRIES(1))
#elif defined(CASE_lock_key_struct)
#define USES_LOCK struct locked
MAP(__uint(type, ARRAY); TYPED(struct bpf_refcount, struct locked) ENTRIES(1))
#elif defined(CASE_lock_twice)
struct twice { struct bpf_spin_lock lock, second; };
#define USES_LOCK struct twice
MAP(__uint(type, ARRAY); TYPED(__u32, struct twice) ENTRIES(1))
#elif defined(CASE_lock_in_array)
#define USES_LOCK struct locked
MAP(__uint(type, ARRAY); TYPED(__u32, struct locked) ENTRIES(1))
#else
#error "name a case"
#endif

static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_spin_lock)(struct bpf_spin_lock *lock) = (void *)93;
static long (*const bpf_spin_unlock)(struct bpf_spin_lock *lock) = (void *)94;

SEC("tc")
int p(void *ctx)
{
#ifdef USES_LOCK
	__u32 key = 0;
	USES_LOCK *value = bpf_map_lookup_elem(&m, &key);

	if (!value)
		return 0;
	bpf_spin_lock(&value->lock);
	bpf_spin_unlock(&value->lock);
#endif
	return 0;
}
