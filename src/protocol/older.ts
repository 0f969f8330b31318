// SPDX-License-Identifier: GPL-2.0-only
/** What did much the same before a helper or kfunc came: facts of the kernel's source, for kernels that do not have it. */

/** Something older. */
export interface Older {
  /** Helpers that it is made of: a kernel without them does not have it either. */
  readonly helpers: readonly string[];
  /** What it is, to follow "instead: ". */
  readonly text: string;
}

const loop: Older = { helpers: ['bpf_loop'], text: 'bpf_loop(), or a loop with a constant bound' };
const perf: Older = {
  helpers: ['bpf_perf_event_output'],
  text: 'bpf_perf_event_output() into a BPF_MAP_TYPE_PERF_EVENT_ARRAY',
};
const skbBytes: Older = { helpers: ['bpf_skb_load_bytes'], text: 'bpf_skb_load_bytes() into the stack' };
const xdpBytes: Older = { helpers: ['bpf_xdp_load_bytes'], text: 'bpf_xdp_load_bytes() into the stack' };

/**
 * By the name of what is newer. The source of each is beside it: the function of the kernel that says what it does, or where both are.
 */
export const OLDER: Readonly<Record<string, Older>> = {
  // kernel/bpf/bpf_iter.c: bpf_iter_num_new, bpf_loop
  bpf_iter_num_new: loop,
  bpf_iter_num_next: loop,
  bpf_iter_num_destroy: loop,
  bpf_loop: { helpers: [], text: 'a loop with a constant bound' },
  // fs/bpf_fs_kfuncs.c: bpf_path_d_path; kernel/trace/bpf_trace.c: bpf_d_path, bpf_d_path_allowed
  bpf_path_d_path: { helpers: ['bpf_d_path'], text: 'bpf_d_path(), in the hooks that may call it' },
  // fs/bpf_fs_kfuncs.c: bpf_get_task_exe_file
  bpf_get_task_exe_file: {
    helpers: ['bpf_probe_read_kernel'],
    text: 'BPF_CORE_READ(task, mm, exe_file), which holds no reference',
  },
  // kernel/bpf/helpers.c: bpf_strcmp, bpf_strncmp, bpf_strlen; kernel/trace/bpf_trace.c: bpf_probe_read_kernel_str
  bpf_strcmp: { helpers: ['bpf_strncmp'], text: 'bpf_strncmp(), whose second text is a constant' },
  bpf_strlen: {
    helpers: ['bpf_probe_read_kernel_str'],
    text: 'bpf_probe_read_kernel_str() into a buffer, which gives the length with its NUL',
  },
  // kernel/bpf/helpers.c: bpf_copy_from_user_str; kernel/trace/bpf_trace.c: bpf_probe_read_user_str
  bpf_copy_from_user_str: {
    helpers: ['bpf_probe_read_user_str'],
    text: 'bpf_probe_read_user_str(), which fails for memory that is not there at the moment',
  },
  bpf_copy_from_user: {
    helpers: ['bpf_probe_read_user'],
    text: 'bpf_probe_read_user(), which fails for memory that is not there at the moment',
  },
  // kernel/trace/bpf_trace.c: bpf_send_signal_task, bpf_send_signal
  bpf_send_signal_task: { helpers: ['bpf_send_signal'], text: 'bpf_send_signal(), which signals the current process' },
  // kernel/bpf/map_iter.c: bpf_map_sum_elem_count
  bpf_map_sum_elem_count: { helpers: ['bpf_for_each_map_elem'], text: 'bpf_for_each_map_elem() with a callback that counts' },
  // kernel/bpf/task_iter.c: bpf_iter_task_vma_new, bpf_find_vma
  bpf_iter_task_vma_new: { helpers: ['bpf_find_vma'], text: 'bpf_find_vma() for one address, or a SEC("iter/task_vma") program for all' },
  // net/core/filter.c: bpf_dynptr_from_skb, bpf_skb_load_bytes, bpf_dynptr_from_xdp, bpf_xdp_load_bytes
  bpf_dynptr_from_skb: skbBytes,
  bpf_dynptr_from_xdp: xdpBytes,
  // kernel/bpf/helpers.c: bpf_rdonly_cast; a pointer that is read by a helper needs no type
  bpf_rdonly_cast: { helpers: ['bpf_probe_read_kernel'], text: 'BPF_CORE_READ(), which reads from any address' },
  // kernel/trace/bpf_trace.c: bpf_probe_read_kernel_common, bpf_probe_read_compat
  bpf_probe_read_kernel: { helpers: ['bpf_probe_read'], text: 'bpf_probe_read()' },
  bpf_probe_read_user: { helpers: ['bpf_probe_read'], text: 'bpf_probe_read()' },
  bpf_probe_read_kernel_str: { helpers: ['bpf_probe_read_str'], text: 'bpf_probe_read_str()' },
  bpf_probe_read_user_str: { helpers: ['bpf_probe_read_str'], text: 'bpf_probe_read_str()' },
  // kernel/trace/bpf_trace.c: bpf_get_current_task_btf, bpf_get_current_task
  bpf_get_current_task_btf: { helpers: ['bpf_get_current_task'], text: 'bpf_get_current_task() and BPF_CORE_READ()' },
  // kernel/bpf/ringbuf.c: bpf_ringbuf_output; kernel/trace/bpf_trace.c: bpf_perf_event_output
  bpf_ringbuf_output: perf,
  bpf_ringbuf_reserve: perf,
  bpf_ringbuf_submit: perf,
  bpf_ringbuf_discard: perf,
  // kernel/bpf/helpers.c: bpf_ktime_get_boot_ns, bpf_ktime_get_coarse_ns, bpf_ktime_get_ns
  bpf_ktime_get_boot_ns: { helpers: ['bpf_ktime_get_ns'], text: 'bpf_ktime_get_ns(), which does not count the time of a suspended system' },
  bpf_ktime_get_coarse_ns: { helpers: ['bpf_ktime_get_ns'], text: 'bpf_ktime_get_ns()' },
  // kernel/trace/bpf_trace.c: bpf_trace_vprintk, bpf_trace_printk
  bpf_trace_vprintk: { helpers: ['bpf_trace_printk'], text: 'bpf_trace_printk(), which takes three values' },
};
