// SPDX-License-Identifier: GPL-2.0-only
/**
 * Sleeping helpers and kfuncs that do so by touching memory that may fault (user memory). The others only sleep.
 * Facts: bodies of the functions (`kernel/bpf/helpers.c`, `kernel/trace/bpf_trace.c`): those that end in `copy_from_user*`,
 * `access_process_vm`, or `strncpy_from_user` without `pagefault_disable`.
 */
export const FAULTING: ReadonlySet<string> = new Set([
  'bpf_copy_from_user',
  'bpf_copy_from_user_task',
  'bpf_copy_from_user_str',
  'bpf_copy_from_user_task_str',
  'bpf_copy_from_user_dynptr',
  'bpf_copy_from_user_str_dynptr',
  'bpf_copy_from_user_task_dynptr',
  'bpf_copy_from_user_task_str_dynptr',
]);
