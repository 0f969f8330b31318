// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a call that may sleep does while it sleeps: whether it can touch user memory in a way that takes a page fault, or takes
 * mmap_lock itself (FAULT), or only waits (SLEEP). Both are forbidden where sleeping is; where only faults are, the second kind is fine.
 * Facts are read from the function bodies of Linux 7.3.4; each row names the place.
 */

/** One sleeping helper or kfunc. */
export interface SleepFact {
  readonly name: string;
  readonly faults: boolean;
  /** Where it is decided. */
  readonly source: string;
}

const fault = (source: string, ...names: readonly string[]): SleepFact[] => names.map((name) => ({ name, faults: true, source }));
const sleepOnly = (source: string, ...names: readonly string[]): SleepFact[] => names.map((name) => ({ name, faults: false, source }));

/** Helpers with `might_sleep` and kfuncs with KF_SLEEPABLE of 7.3.4. */
export const SLEEP_FACTS: readonly SleepFact[] = [
  // helpers
  ...fault('kernel/bpf/helpers.c: copy_from_user', 'bpf_copy_from_user'),
  ...fault('kernel/bpf/helpers.c: access_process_vm takes mmap_lock and faults pages in', 'bpf_copy_from_user_task'),
  ...fault('kernel/bpf/syscall.c: a program load writes its log to user memory (kernel/bpf/log.c: bpf_verifier_vlog)', 'bpf_sys_bpf'),
  ...sleepOnly('kernel/bpf/syscall.c: close_fd', 'bpf_sys_close'),
  ...sleepOnly('kernel/bpf/btf.c: mutex and memory of the BTF registry', 'bpf_btf_find_by_name_kind'),
  ...sleepOnly('security/integrity/ima/ima_main.c: reads the file through the page cache', 'bpf_ima_inode_hash', 'bpf_ima_file_hash'),
  ...sleepOnly(
    'kernel/bpf/stackmap.c: stack_map_lock_vma only tries mmap_lock; build_id_parse_file reads the file',
    'bpf_get_stack',
    'bpf_get_task_stack',
  ),
  // kernel/bpf
  ...fault('kernel/bpf/helpers.c: strncpy_from_user', 'bpf_copy_from_user_str'),
  ...fault('kernel/bpf/helpers.c: copy_remote_vm_str takes mmap_lock and faults pages in', 'bpf_copy_from_user_task_str'),
  ...fault(
    'kernel/trace/bpf_trace.c: copy_user_data_sleepable, copy_user_str_sleepable',
    'bpf_copy_from_user_dynptr',
    'bpf_copy_from_user_str_dynptr',
    'bpf_copy_from_user_task_dynptr',
    'bpf_copy_from_user_task_str_dynptr',
  ),
  ...sleepOnly('kernel/bpf/helpers.c: lookup_user_key waits for the key', 'bpf_lookup_user_key'),
  ...sleepOnly('kernel/bpf/helpers.c: verify_pkcs7_signature allocates and computes', 'bpf_verify_pkcs7_signature'),
  ...sleepOnly('kernel/bpf/crypto.c: allocates and loads the algorithm', 'bpf_crypto_ctx_create'),
  ...sleepOnly(
    'kernel/bpf/kmem_cache_iter.c: slab_mutex',
    'bpf_iter_kmem_cache_new',
    'bpf_iter_kmem_cache_next',
    'bpf_iter_kmem_cache_destroy',
  ),
  ...sleepOnly(
    'kernel/bpf/dmabuf_iter.c, drivers/dma-buf: mutex of the list of buffers',
    'bpf_iter_dmabuf_new',
    'bpf_iter_dmabuf_next',
    'bpf_iter_dmabuf_destroy',
  ),
  // elsewhere
  ...sleepOnly('kernel/cgroup/rstat.c: might_sleep between CPUs', 'css_rstat_flush'),
  ...sleepOnly('mm/bpf_memcontrol.c: mem_cgroup_flush_stats', 'bpf_mem_cgroup_flush_stats'),
  ...sleepOnly(
    'fs/bpf_fs_kfuncs.c: locks of the inode, reads of the file system; the buffers are kernel memory',
    'bpf_get_dentry_xattr',
    'bpf_get_file_xattr',
    'bpf_set_dentry_xattr',
    'bpf_remove_dentry_xattr',
    'bpf_real_data_inode',
  ),
  ...sleepOnly(
    'fs/binfmt_misc_bpf.c: allocates; the buffers are kernel memory',
    'bpf_binprm_set_interp',
    'bpf_binprm_select_interp',
    'bpf_binprm_set_interp_arg',
    'bpf_binprm_set_flags',
  ),
  ...sleepOnly(
    'net/core/bpf_ksock.c: socket locks; messages come from kernel memory',
    'bpf_ksock_create',
    'bpf_ksock_connect',
    'bpf_ksock_send',
  ),
  ...fault('io_uring/bpf-ops.c: io_submit_sqes runs requests of user space on its memory', 'bpf_io_uring_submit_sqes'),
  ...sleepOnly('kernel/sched/ext: allocates with GFP_KERNEL, mutex', 'scx_bpf_create_dsq', 'scx_bpf_cid_override'),
  ...sleepOnly(
    'drivers/hid/bpf/hid_bpf_dispatch.c: waits for the device; the buffers are kernel memory',
    'hid_bpf_allocate_context',
    'hid_bpf_release_context',
    'hid_bpf_hw_request',
    'hid_bpf_hw_output_report',
    'hid_bpf_input_report',
  ),
  ...sleepOnly('net/bpf/test_run.c: empty body', 'bpf_fentry_test1'),
  // bpf_testmod
  ...sleepOnly(
    'tools/testing/selftests/bpf/test_kmods/bpf_testmod.c: socket locks at most; messages come from kernel memory',
    'bpf_kfunc_call_test_sleepable',
    'bpf_kfunc_init_sock',
    'bpf_kfunc_close_sock',
    'bpf_kfunc_call_kernel_connect',
    'bpf_kfunc_call_kernel_bind',
    'bpf_kfunc_call_kernel_listen',
    'bpf_kfunc_call_kernel_sendmsg',
    'bpf_kfunc_call_sock_sendmsg',
    'bpf_kfunc_call_kernel_getsockname',
    'bpf_kfunc_call_kernel_getpeername',
  ),
  ...fault(
    'tools/testing/selftests/bpf/test_kmods/bpf_testmod.c: run a struct_ops program, which may do anything',
    'bpf_kfunc_st_ops_test_prologue',
    'bpf_kfunc_st_ops_test_epilogue',
    'bpf_kfunc_st_ops_test_pro_epilogue',
  ),
];

const facts: ReadonlyMap<string, SleepFact> = new Map(SLEEP_FACTS.map((f) => [f.name, f]));

/** What is known of a sleeping helper or kfunc; undefined for one that 7.3.4 does not have. */
export function sleepFact(name: string): SleepFact | undefined {
  return facts.get(name);
}

/** Whether a helper or kfunc that may sleep may fault as well. One that is not known may do anything. */
export function mayFaultToo(name: string): boolean {
  return facts.get(name)?.faults ?? true;
}
