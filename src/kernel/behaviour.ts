// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which calls have effects that prototype and flags do not tell, as tags. The verifier switches on tags and never on names,
 * so a kernel, a policy or an overlay can give a function an effect by data alone.
 *
 * A tag is the helper's or kfunc's own name without `bpf_` (`obj_new`, `for_each_map_elem`), listed once here; each is asked for somewhere
 * (`test/unit/kernel/profile.test.ts`).
 * Twins (`obj_new` and `obj_new_impl`) keep distinct tags although they mean nearly the same.
 * What a call does to execution contexts (entering, leaving, acquiring, callbacks) is no tag: that is data of the policy (`src/policy`).
 */

/** Kfuncs that the verifier treats one by one (`kernel/bpf/verifier.c: special_kfunc_list`), but for those that it only rewrites. */
const SPECIAL_KFUNCS = [
  'bpf_obj_new_impl',
  'bpf_obj_new',
  'bpf_obj_drop_impl',
  'bpf_obj_drop',
  'bpf_refcount_acquire_impl',
  'bpf_refcount_acquire',
  'bpf_list_push_front_impl',
  'bpf_list_push_front',
  'bpf_list_push_back_impl',
  'bpf_list_push_back',
  'bpf_list_add',
  'bpf_list_pop_front',
  'bpf_list_pop_back',
  'bpf_list_del',
  'bpf_list_front',
  'bpf_list_back',
  'bpf_list_is_first',
  'bpf_list_is_last',
  'bpf_list_empty',
  'bpf_cast_to_kern_ctx',
  'bpf_rdonly_cast',
  'bpf_rbtree_remove',
  'bpf_rbtree_add_impl',
  'bpf_rbtree_add',
  'bpf_rbtree_first',
  'bpf_rbtree_root',
  'bpf_rbtree_left',
  'bpf_rbtree_right',
  'bpf_dynptr_from_skb',
  'bpf_dynptr_from_xdp',
  'bpf_dynptr_from_skb_meta',
  'bpf_xdp_pull_data',
  'bpf_dynptr_slice',
  'bpf_dynptr_slice_rdwr',
  'bpf_dynptr_clone',
  'bpf_percpu_obj_new_impl',
  'bpf_percpu_obj_new',
  'bpf_percpu_obj_drop_impl',
  'bpf_percpu_obj_drop',
  'bpf_throw',
  'bpf_wq_set_callback',
  'bpf_iter_css_task_new',
  'bpf_session_cookie',
  'bpf_get_kmem_cache',
  'bpf_dynptr_from_file',
  'bpf_dynptr_file_discard',
  '__bpf_trap',
  'bpf_task_work_schedule_signal',
  'bpf_task_work_schedule_resume',
  'bpf_session_is_return',
] as const;

/** Helpers whose number the verifier tests (`kernel/bpf/{verifier,backtrack,cfg,fixups}.c: BPF_FUNC_*`). */
const SPECIAL_HELPERS = [
  'bpf_cgrp_storage_delete',
  'bpf_cgrp_storage_get',
  'bpf_current_task_under_cgroup',
  'bpf_dynptr_data',
  'bpf_dynptr_from_mem',
  'bpf_dynptr_write',
  'bpf_find_vma',
  'bpf_for_each_map_elem',
  'bpf_get_current_task',
  'bpf_get_current_task_btf',
  'bpf_get_func_ip',
  'bpf_get_local_storage',
  'bpf_get_retval',
  'bpf_get_smp_processor_id',
  'bpf_get_stack',
  'bpf_get_stackid',
  'bpf_get_task_stack',
  'bpf_inode_storage_delete',
  'bpf_inode_storage_get',
  'bpf_kptr_xchg',
  'bpf_loop',
  'bpf_map_delete_elem',
  'bpf_map_lookup_elem',
  'bpf_map_lookup_percpu_elem',
  'bpf_map_peek_elem',
  'bpf_map_pop_elem',
  'bpf_map_push_elem',
  'bpf_map_update_elem',
  'bpf_msg_redirect_hash',
  'bpf_msg_redirect_map',
  'bpf_per_cpu_ptr',
  'bpf_perf_event_output',
  'bpf_perf_event_read',
  'bpf_perf_event_read_value',
  'bpf_probe_read_kernel_str',
  'bpf_probe_read_str',
  'bpf_probe_read_user_str',
  'bpf_redirect_map',
  'bpf_ringbuf_discard_dynptr',
  'bpf_ringbuf_output',
  'bpf_ringbuf_query',
  'bpf_ringbuf_reserve',
  'bpf_ringbuf_reserve_dynptr',
  'bpf_ringbuf_submit_dynptr',
  'bpf_set_retval',
  'bpf_sk_fullsock',
  'bpf_sk_redirect_hash',
  'bpf_sk_redirect_map',
  'bpf_sk_release',
  'bpf_sk_select_reuseport',
  'bpf_sk_storage_delete',
  'bpf_sk_storage_get',
  'bpf_skb_output',
  'bpf_skb_under_cgroup',
  'bpf_skc_to_mptcp_sock',
  'bpf_skc_to_tcp6_sock',
  'bpf_skc_to_tcp_request_sock',
  'bpf_skc_to_tcp_sock',
  'bpf_skc_to_tcp_timewait_sock',
  'bpf_skc_to_udp6_sock',
  'bpf_snprintf',
  'bpf_sock_hash_update',
  'bpf_sock_map_update',
  'bpf_tail_call',
  'bpf_task_storage_delete',
  'bpf_task_storage_get',
  'bpf_tcp_sock',
  'bpf_this_cpu_ptr',
  'bpf_timer_set_callback',
  'bpf_user_ringbuf_drain',
  'bpf_xdp_output',
] as const;

type TagOf<Name extends string> = Name extends `bpf_${infer Tag}` ? Tag : Name;

/** Tag of a kfunc's behaviour. */
export type KfuncBehaviour = TagOf<(typeof SPECIAL_KFUNCS)[number]>;
/** Tag of a helper's behaviour. */
export type HelperBehaviour = TagOf<(typeof SPECIAL_HELPERS)[number]>;
/** What a call does beyond prototype and flags, as a tag. */
export type Behaviour = KfuncBehaviour | HelperBehaviour;

/** The tag of an identity: its name without a leading `bpf_` (`__bpf_trap` stays as it is). */
function ownTag<Name extends string>(name: Name): readonly [string, TagOf<Name>] {
  return [name, (name.startsWith('bpf_') ? name.slice(4) : name) as TagOf<Name>];
}

/** Kfunc name → tag. */
export const KFUNC_BEHAVIOUR: ReadonlyMap<string, KfuncBehaviour> = new Map(SPECIAL_KFUNCS.map((name) => ownTag(name)));

/** Helper name → tag. */
export const HELPER_BEHAVIOUR: ReadonlyMap<string, HelperBehaviour> = new Map(SPECIAL_HELPERS.map((name) => ownTag(name)));

/** Some tags, to be asked with that of a call: an ordinary call (null) is never among them. */
export function behaviours(...tags: readonly (Behaviour | null)[]): ReadonlySet<Behaviour | null> {
  return new Set<Behaviour | null>(tags);
}
