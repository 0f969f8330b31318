// SPDX-License-Identifier: GPL-2.0-only
/** Finds in a kernel's source which of the rules of `src/kernel/features.ts` it has. */
import type { Feature, Features } from '../../src/kernel/features';
import type { KernelSource } from './source';

const BPF = ['kernel/bpf/verifier.c'];

/** Whether one of the files (those that exist) has text that matches. */
function has(source: KernelSource, pattern: RegExp, files: readonly string[] = BPF): boolean {
  return files.some((f) => source.exists(f) && pattern.test(source.text(f)));
}

/** How each is found. What is looked for is the function, name or test that makes the rule. */
const PROBES: Readonly<Record<Feature, (source: KernelSource) => boolean>> = {
  'alu.divModRange': (s) => has(s, /\bscalar_min_max_udiv\b/),
  'alu.negSwapRange': (s) => has(s, /\bscalar_byte_swap\b/),
  'atomic.loadAcquire': (s) => has(s, /\bBPF_LOAD_ACQ\b/, ['kernel/bpf/verifier.c', 'include/uapi/linux/bpf.h']),
  'attach.syscallSleepable': (s) => has(s, /\bhas_arch_syscall_prefix\b/),
  'ctx.scalarPointer': (s) => has(s, /!btf_type_is_struct_ptr\(btf, t\)/, ['kernel/bpf/btf.c']),
  'global.sleepTracked': (s) => has(s, /\bmight_sleep && !in_sleepable/),
  'kfunc.trustedByDefault': (s) => !has(s, /\bKF_TRUSTED_ARGS\b/, ['include/linux/btf.h']),
  'lookup.constKeyNonNull': (s) => has(s, /\bcan_elide_value_nullness\b/),
  'map.timerInTracing': (s) => !has(s, /tracing progs cannot use bpf_timer yet/),
  'map.workqueueInTracing': (s) => !has(s, /tracing progs cannot use bpf_wq yet/),
  'map.lockInSleepable': (s) => !has(s, /sleepable progs cannot use bpf_spin_lock yet/),
  'liveness.dataFlow': (s) => !has(s, /\bpropagate_liveness\b/),
  'loops.components': (s) => has(s, /\bmaybe_enter_scc\b/, ['kernel/bpf/states.c', ...BPF]),
  'callback.loops': (s) => has(s, /\bpush_callback_call\b/),
  'spill.everyScalar': (s) => !has(s, /register_is_bounded\(reg\) &&\s*!register_is_null/),
  'spill.narrowFills': (s) => has(s, /\bbpf_stack_narrow_access_ok\b/),
  'pruning.scalarIds': (s) => has(s, /\bcheck_scalar_ids\b/, ['kernel/bpf/states.c', ...BPF]),
  'pruning.singularIds': (s) => has(s, /\bbpf_clear_singular_ids\b/),
  'pruning.halfSlots': (s) => has(s, /\bis_spilled_scalar_after\b/, ['kernel/bpf/states.c', ...BPF]),
  'linked.liveOnly': (s) => has(s, /live_regs = aux\[/),
  'spill.fillLinks': (s) =>
    has(s, /assign_scalar_id_before_mov\(env, reg\);\s*(?:state->regs\[dst_regno\] = \*reg|copy_register_state\(&state->regs\[dst_regno)/),
  'loops.exact': (s) => has(s, /\bRANGE_WITHIN\b/, ['kernel/bpf/states.c', ...BPF]),
  'field.kptrTags': (s) => has(s, /"kptr_untrusted"/, ['kernel/bpf/btf.c']),
  'callback.noLdAbs': (s) => has(s, /cannot use BPF_LD_\[ABS\|IND\] within callback/),
  'ctx.syscallUnaligned': (s) => !/syscall_prog_is_valid_access[^}]*off % size/.test(s.text('kernel/bpf/syscall.c')),
  'global.argTags': (s) => has(s, /"arg:"/, ['kernel/bpf/btf.c']),
  'attach.faultableOnly': (s) => has(s, /non-faultable tracepoint/),
  'structOps.stubs': (s) => has(s, /cfi_stubs/, [...BPF, 'kernel/bpf/bpf_struct_ops.c']),
  'prepass.attachLast': (s) => has(s, /\bcheck_and_resolve_insns\b/),
  'helper.trustedIsMemory': (s) => has(s, /\bPTR_TRUSTED\b/, ['include/linux/bpf.h']),
  'words.helperMissing': (s) => has(s, /program of this type cannot use helper/),
  'words.invalidArgs': (s) => has(s, /Caller passes invalid args into func#%d \('%s'\)/),
  'words.sleepableKinds': (s) => !has(s, /lsm, and kprobe\/uprobe programs can be sleepable/),
  'words.sleepableMaps': (s) => has(s, /hash, ringbuf and local storage maps/, [...BPF, 'kernel/bpf/map_compat.c']),
  'pruning.packetBase': (s) => has(s, /rold->id && rold->r64\.base/, ['kernel/bpf/states.c']),
  'walk.opaquePointer': (s) => has(s, /\bWALK_PTR_UNTRUSTED\b/, ['kernel/bpf/btf.c']),
  'retval.setInRange': (s) => has(s, /At bpf_set_retval|"bpf_set_retval"/),
  'alu.arenaMixed': (s) => has(s, /with and without arena pointer/),
  'callback.noTailCall': (s) => has(s, /cannot tail call within callback/),
  'ctx.kprobeWrite': (s) => has(s, /\bkprobe_write_ctx\b/, ['kernel/trace/bpf_trace.c']),
  'ctx.syscallVariable': (s) => has(s, /\bis_var_ctx_off_allowed\b/),
  'dynptr.overwriteClone': (s) => has(s, /\bdynptr_ref_cnt\b/),
  'global.arenaTypeTag': (s) => has(s, /\bbtf_scan_type_tags\b/, ['kernel/bpf/btf.c']),
  'global.nullIsNotMem': (s) => has(s, /type_may_be_null\(reg->type\) \|\| (?:bpf_)?register_is_null\(reg\)/),
  'global.packetChanges': (s) => has(s, /is a packet pointer, but func#/),
  'global.untrustedArgs': (s) => has(s, /\bARG_TAG_UNTRUSTED\b/, ['kernel/bpf/btf.c']),
  'global.voidReturn': (s) => !has(s, /doesn't return scalar\. Only those/, ['kernel/bpf/btf.c']),
  'helper.readKeepsStack': (s) => has(s, /bool clobber = type == BPF_WRITE/),
  'helper.typedWrite': (s) => !has(s, /check_ptr_to_btf_access\([^;]*\baccess_size, BPF_READ, -1\)/),
  'jump.mayGotoZero': (s) => !has(s, /insn->dst_reg \|\| insn->imm \|\| insn->off == 0/),
  'linked.subAndAlu32': (s) => has(s, /\bBPF_ADD_CONST32\b/, ['kernel/bpf/verifier.c', 'include/linux/bpf_verifier.h']),
  'sockmap.lockedContexts': (s) =>
    !has(s, /case BPF_PROG_TYPE_XDP:\s*case BPF_PROG_TYPE_SK_REUSEPORT:\s*case BPF_PROG_TYPE_FLOW_DISSECTOR:/),
  'tailCall.returns': (s) => has(s, /func_id == BPF_FUNC_tail_call\) \{\s*if \(env->cur_state->curframe\)/),
  'alu.maskFork': (s) => has(s, /\bmaybe_fork_scalars\b/),
  'bounds.circular': (s) => s.exists('include/linux/cnum.h'),
  'bounds.halves': (s) => has(s, /\bregs_refine_cond_op\b/),
  'call.manyRefs': (s) => !has(s, /more than one arg with ref_obj_id R%d %u %u\\n",\s*regno, reg->ref_obj_id,\s*meta->ref_obj_id\);/),
  'callback.asyncAtomic': (s) => !has(s, /return env->prog->(?:aux->)?sleepable \|\|/),
  'callback.valueIds': (s) => has(s, /callee->regs\[BPF_REG_3\]\.id = \+\+env->id_gen/),
  'cast.void': (s) => has(s, /must be of a struct or void/),
  'kfunc.nullMemory': (s) => !has(s, /is_kfunc_arg_optional/),
  'lookup.refined': (s) => has(s, /\brefine_map_lookup_value\b/),
  'object.belowFrame': (s) => has(s, /off >= 0 \|\| off % BPF_REG_SIZE/),
  'spill.allPointers': (s) => !has(s, /\bis_spillable_regtype\b/),
  'stack.zeroSpills': (s) => has(s, /\bzero_spill_mask\b/),
  'field.uptr': (s) => has(s, /\bBPF_UPTR\b/, ['include/linux/bpf.h']),
  'call.ctxIsMemory': (s) => has(s, /bpf_reg_types mem_types = \{[^}]*\bPTR_TO_CTX\b/),
  'exit.oneWording': (s) => has(s, /static int check_resource_leak\(/),
  'words.constDynptr': (s) => !has(s, /cannot release unowned const bpf_dynptr/),
  'words.dynptrArg': (s) => !has(s, /Expected an initialized dynptr as arg #%d/),
  'words.helperRead': (s) => !has(s, /" indirect" : ""/),
  'words.helperStack': (s) => !has(s, /" indirect access to"/),
  'words.iterArg': (s) => !has(s, /expected an initialized iter_%s as arg #%d/),
  'words.iterPlace': (s) => !has(s, /arg#%d expected pointer to an iterator/),
  'words.memoryPair': (s) => !has(s, /"arg#%d arg#%d memory, len pair/),
  'packet.oneOffset': (s) => has(s, /err = check_mem_region_access\(env, reg, argno, off, size, reg->range/),
  'words.releasedArg': (s) => !has(s, /must be referenced when passed to release function/),
  'words.releasedByKfunc': (s) => !has(s, /release kernel function %s expects/),
  'words.sleepable': (s) => !has(s, /programs can be sleepable\\n/),
  'words.trustedArg': (s) => !has(s, /passed to trusted arg%d/),
  'ctx.storeImmediate': (s) => !has(s, /BPF_ST stores into R%d %s is not allowed/),
  'isa.gotox': (s) => has(s, /\bJMP, JA, X\b|BPF_JMP \| BPF_JA \| BPF_X\]/, ['kernel/bpf/core.c']),
  'isa.mayGoto': (s) => has(s, /\[BPF_JMP \| BPF_JCOND\]/, ['kernel/bpf/core.c']),
  'isa.v4': (s) => has(s, /\bLDX, MEMSX\b/, ['kernel/bpf/core.c']),
  'lock.staticCalls': (s) => !has(s, /insn->src_reg == BPF_PSEUDO_CALL \|\|\s*insn->imm != BPF_FUNC_spin_unlock/),
};

/** Every feature, as this source has it. */
export function findFeatures(source: KernelSource): Features {
  return Object.fromEntries(Object.entries(PROBES).map(([name, probe]) => [name, probe(source)])) as Record<Feature, boolean>;
}
