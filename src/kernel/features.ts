// SPDX-License-Identifier: GPL-2.0-only
/**
 * Rules in which kernels differ, each a fact of its own: what a kernel does is no function of its version number, because stable kernels take
 * some changes and not others. `true` is what 7.3.4 does. A kernel's tables state every one of them; `scripts/kernel/features.ts` finds them in
 * its source, and says there how.
 */
export const FEATURES = {
  'alu.arenaMixed': 'A 64-bit operation is used with arena pointers always or never (`adjust_reg_min_max_vals`).',
  'alu.divModRange': 'Division and modulo by a constant have ranges (`adjust_scalar_min_max_vals`).',
  'alu.negRange': 'Negation has a range (`check_alu_op`).',
  'alu.swapRange': 'Byte swaps have ranges (`scalar_byte_swap`).',
  'arena.signExtends': 'A load from an arena may extend the sign (`convert_ctx_accesses`).',
  'atomic.loadAcquire': 'There are atomic loads with acquire and stores with release semantics (`check_atomic`).',
  'atomic.oneKind': 'An atomic operation on memory is not used with kinds of pointers that are handled differently (`check_atomic_rmw`).',
  'attach.faultableOnly': 'Sleepable programs attach to tracepoints that may fault only (`bpf_check_attach_target`).',
  'attach.syscallSleepable':
    'Without error injection, functions of system calls may still sleep and be modified (`check_attach_sleepable`).',
  'callback.loops': 'Callbacks run until nothing changes; before, once (`push_callback_call`).',
  'callback.noLdAbs': 'BPF_LD_ABS is refused in callbacks (`check_ld_abs`).',
  'callback.noTailCall': 'Tail calls are refused in callbacks (`check_max_stack_depth_subprog`).',
  'ctx.constVoid':
    'A pointer to void in a typed context is a number whatever qualifies it; before, only one to plain void (`btf_ctx_access`).',
  'ctx.fixedOffset': 'A context that is read as it is may be moved by a constant (`check_ctx_access`).',
  'ctx.kprobeWrite': 'The registers of a kprobe may be written (`kprobe_prog_is_valid_access`).',
  'ctx.memoryInSyscall':
    'Only system call programs hand their context on as memory; before, all whose context is read as it is (`check_helper_mem_access`).',
  'ctx.scalarPointer':
    'A pointer to anything but a struct in a typed context is a number; before, only one to void or an integer (`btf_ctx_access`).',
  'ctx.syscallUnaligned': 'The context of a system call program may be accessed unaligned (`syscall_prog_is_valid_access`).',
  'ctx.syscallVariable': 'The context of a system call program may be accessed at variable offsets (`is_var_ctx_off_allowed`).',
  'ctx.wholePointers': 'A pointer in a typed context is read whole, not in parts (`btf_ctx_access`).',
  'dynptr.identity':
    'Dynptrs are told apart, and end when they are overwritten; before, only their references are (`destroy_if_dynptr_stack_slot`).',
  'dynptr.overwriteClone': 'A referenced dynptr may be overwritten while another owns its resource too (`destroy_if_dynptr_stack_slot`).',
  'global.argTags': 'Arguments of global functions may be tagged (`btf_prepare_func_args`).',
  'global.arenaTypeTag':
    'A pointer whose type has the tag arena is an argument in the arena without a tag of its own (`btf_prepare_func_args`).',
  'global.whenCalled':
    'Global functions are explored after the main program, those that something calls; before, all of them first (`bpf_check`).',
  'global.nullIsNotMem': 'NULL as a constant is no memory that must not be NULL (`btf_check_func_arg_match`).',
  'global.packetChanges': 'A function that may change packet data takes no packet pointers as memory (`btf_check_func_arg_match`).',
  'global.sleepTracked': 'A global function that may sleep is refused where the caller must not, and only then (`check_func_call`).',
  'global.untrustedArgs': 'Arguments may be tagged as untrusted (`btf_prepare_func_args`).',
  'global.voidReturn': 'Functions may return nothing, or a pointer into the arena (`btf_prepare_func_args`).',
  'helper.cpuIdRange': 'The number of a CPU is below how many there are (`do_refine_retval_range`).',
  'helper.retvalRange': 'The value that a hook will return is an error or 0 (`do_refine_retval_range`).',
  'helper.kptrNonOwning': 'bpf_kptr_xchg takes fields of objects that the program does not own too (`kptr_xchg_dest_types`).',
  'helper.mapKeyIsMemory': 'Keys and values of maps are any memory; before, stack, packets, keys and values (`compatible_reg_types`).',
  'helper.zeroSizeTold': 'A size that may be zero is refused as such; before, the access of no bytes was checked (`check_mem_size_reg`).',
  'helper.readKeepsStack': 'A helper that only reads stack leaves what is known of it as it is (`check_stack_range_initialized`).',
  'helper.typedWrite': 'A helper that writes to a typed kernel object must be allowed to (`check_helper_mem_access`).',
  'jump.mayGotoZero': 'may_goto may lead to the next instruction (`check_cond_jmp_op`).',
  'kfunc.trustedByDefault': 'Every kfunc takes trusted pointers only; before, those with KF_TRUSTED_ARGS or KF_RCU (`check_kfunc_args`).',
  'kfunc.trustedResult':
    'An object of the kernel that a kfunc returns is trusted; before, only with a reference, or from an iterator (`check_kfunc_call`).',
  'ldAbs.returns': 'BPF_LD_ABS in a subprogram may return to its caller with 0 (`check_ld_abs`).',
  'linked.addConst': 'Scalars stay linked by constant distances (`adjust_reg_min_max_vals`).',
  'linked.subAndAlu32': 'Scalars stay linked by negative and 32-bit distances (`adjust_reg_min_max_vals`).',
  'lookup.constKeyNonNull': 'A look-up of an array with a constant key that is in range cannot fail (`can_elide_value_nullness`).',
  'map.lockInSleepable': 'Sleepable programs may use maps with a spin lock (`check_map_prog_compatibility`).',
  'map.resLockInTracing': 'Tracing programs may use maps with a resilient spin lock (`check_map_prog_compatibility`).',
  'map.timerInTracing': 'Tracing programs may use maps with a timer (`check_map_prog_compatibility`).',
  'map.workqueueInTracing': 'Tracing programs may use maps with a work queue (`check_map_prog_compatibility`).',
  'liveness.dataFlow':
    'What of a state is needed later follows from the data flow; before, each read marked the states before it (`mark_reg_read`).',
  'liveness.stackAhead':
    'What of the stack is needed later follows from the instructions alone; before, from the accesses met on the way (`bpf_compute_subprog_arg_access`).',
  'loops.components': 'Loops are strongly connected components; before, a state that closed one named its entry (`update_loop_entry`).',
  'precision.throughCalls':
    'What must be known precisely is followed back through calls of subprograms; before, all numbers on the path became precise (`backtrack_insn`).',
  'pruning.singularIds': 'Scalars that are linked with nothing lose their id when a state is kept (`bpf_clear_singular_ids`).',
  'pruning.scalarIds': 'Scalars are alike only if they are linked alike; other pointers if their ids correspond (`regsafe`).',
  'pruning.halfSlots': 'Stack slots are compared by halves, and bytes alike only for loops (`stacksafe`).',
  'linked.liveOnly': 'Only scalars in live registers learn from a branch (`collect_linked_regs`).',
  'spill.everyScalar': 'Zero and unknown scalars are spilled as others are, and through any pointer (`check_stack_write_fixed_off`).',
  'spill.narrowFills': 'A part of a spilled scalar can be filled, and zeros are kept (`check_stack_read_fixed_off`).',
  'spill.fillLinks': 'A register that is filled from the stack is linked with the slot (`check_stack_read_fixed_off`).',
  'packet.oneOffset':
    'The offset of a pointer to a packet or the stack is one number; before, a constant part stood beside the variable one (`adjust_ptr_min_max_vals`, `check_packet_access`).',
  'loops.callbacks': 'A call that runs callbacks is a loop of its own (`bpf_compute_scc`).',
  'loops.exact': 'Loops are compared exactly, and have checkpoints (`is_state_visited`).',
  'prepass.attachLast': 'The attach target is checked after instructions and control flow (`bpf_check`).',
  'prepass.constantBranches':
    'Branches that constants decide are settled before anything is explored; before, on the way, where the constants become precise (`bpf_prune_dead_branches`).',
  'prepass.kfuncsLast': 'Kfuncs are looked for after instructions, whose reserved fields are checked at once (`check_and_resolve_insns`).',
  'helper.trustedIsMemory': 'Helpers take trusted pointers into the kernel as memory, and there are trusted pointers (`mem_types`).',
  'pruning.dynptrIds':
    'Dynptrs and their slices are alike if they correspond; before, a slice only to one of the same dynptr, and dynptrs without a reference whichever they are (`regsafe`, `stacksafe`).',
  'pruning.mapUids':
    'Values of inner maps are alike if the maps correspond; before, only if the maps are the same where those have timers or work queues (`regsafe`).',
  'pruning.refIds':
    'References and locks that are held on two paths are alike if they correspond; before, only if they are the same (`refsafe`).',
  'pruning.packetBase': 'Packet pointers with one id are alike only if they start at the same fixed offset (`regsafe`).',
  'rcu.preemptGrants': 'Without preemption or interrupts a program is protected as in an RCU read section (`in_rcu_cs`).',
  'rcu.lastEnds':
    'What RCU protects becomes untrusted at the end of a section only where nothing else protects it, as in programs that cannot sleep; before, always (`check_kfunc_call`).',
  'rcu.lockEnds': 'What RCU protects becomes untrusted when the lock that protected it is released (`process_spin_lock`).',
  'rcu.nests': 'RCU read sections nest (`check_kfunc_call`).',
  'retval.lsmRange': 'Programs for LSM hooks return what the hook may return (`bpf_lsm_get_retval_range`).',
  'retval.setInRange': 'bpf_set_retval takes only values that the hook may return (`check_helper_call`).',
  'sockmap.lockedContexts':
    'Where a socket may be locked, sockmaps are not changed by the ordinary helpers: not in filters, classifiers and XDP (`may_update_sockmap`).',
  'structOps.stubs': 'Members of a struct_ops without a stub cannot be attached (`check_struct_ops_btf_id`).',
  'tailCall.returns': 'A tail call in a subprogram may return to its caller with any value (`check_helper_call`).',
  'walk.opaquePointer':
    'A member that points to anything but a struct is read as untrusted memory; before, as a number (`btf_struct_walk`).',
  'alu.maskFork': 'A mask that is 0 or -1 is combined with a constant on two paths (`maybe_fork_scalars`).',
  'branch.notNull': 'Trusted pointers, memory and maps are known not to be NULL; before, map values and sockets (`reg_not_null`).',
  'branch.keepsId':
    'A pointer that turned out not to be NULL keeps its id; before, only one to a value with a lock did (`mark_ptr_or_null_reg`).',
  'bounds.circular': 'Values have circular ranges; before, four pairs of bounds (`struct cnum64`).',
  'bounds.sign32':
    'A signed and an unsigned range of the low half bound each other where one crosses the wrap of the other (`__reg32_deduce_bounds`).',
  'bounds.halves':
    'A value and its low half bound each other, and any two values can be compared (`__reg_deduce_mixed_bounds`, `regs_refine_cond_op`).',
  'btf.gplOnly': 'Only programs under a GPL compatible licence look into objects of the kernel (`check_ptr_to_btf_access`).',
  'btf.memberTrust':
    'A pointer that is read from an object is trusted as far as the object and the member are; before, as any other, unless the object is untrusted (`check_ptr_to_btf_access`).',
  'btf.ownFlexArrays':
    'A flexible array at the end of an object that a program allocated is not entered beyond the object (`btf_struct_walk`).',
  'btf.plainReadOnly':
    'What a pointer that is neither trusted nor untrusted points to is not written, whoever may write such structs (`check_ptr_to_btf_access`).',
  'btf.untrustedReadOnly':
    'What an untrusted pointer points to is not written, whoever may write such structs (`check_ptr_to_btf_access`).',
  'call.manyRefs': 'A helper takes several arguments that belong to one reference (`check_func_arg`).',
  'callback.asyncAtomic': 'What a timer or a kernel task calls later runs as its kind does, whatever the program (`in_sleepable_context`).',
  'callback.valueIds': 'A map value that a callback takes has an identity, so that its lock has (`map_set_for_each_callback_args`).',
  'cast.nullApart':
    'That a cast of a socket with a reference is NULL is explored apart; before, the result was checked for NULL as others are (`check_helper_call`).',
  'cast.void': 'bpf_rdonly_cast takes void for plain memory (`check_special_kfunc`).',
  'kfunc.offsetFirst':
    'The offset of a pointer to a kfunc is checked before what it points to, and that of numbers too (`check_kfunc_args`).',
  'kfunc.kindByType': 'What a kfunc takes follows from its type alone; before, also from what it is given (`get_kfunc_ptr_arg_type`).',
  'kfunc.nullMemory': "NULL is no memory that a kfunc's length is checked with (`check_kfunc_args`).",
  'lookup.refined':
    'A look-up of a map or a socket has its type from the start, not only once it is known not to be NULL (`refine_map_lookup_value`).',
  'object.dropSafeInNmi': 'Programs that may run in an NMI do not free objects with fields that need more than that (`check_kfunc_call`).',
  'object.belowFrame': 'Iterators, dynptrs and saved flags lie below the frame pointer (`stack_slot_obj_get_spi`).',
  'spill.allPointers': "Every pointer can be spilled; before, not those to dynptrs and to a tracepoint's buffer (`is_spillable_regtype`).",
  'stack.varWriteScrubs':
    'A write at a variable offset makes ordinary bytes of spills that it may hit; before, their record was lost (`check_stack_write_var_off`).',
  'stack.zeroSpills': 'Reading bytes of a spilled zero gives zero (`mark_reg_stack_read`).',
  'field.kptrTags': 'A pointer tagged kptr owns a reference; before, one tagged kptr_ref did (`btf_find_kptr`).',
  'field.localKptrs': 'A program has objects of its own types, in map values too (`btf_parse_kptr`, `btf_parse_struct_metas`).',
  'field.uptr': 'Map values may hold pointers to user memory that is pinned (`btf_find_kptr`).',
  'call.ctxIsMemory': 'Helpers may take the context of a system call program as memory (`mem_types`).',
  'exit.exceptions': 'A function of the program can be named for exceptions (`bpf_find_exception_callback_insn_off`).',
  'exit.throwLocks': 'An exception inside a subprogram must not leave a lock or a region (`process_bpf_exit_full`).',
  'exit.oneWording': 'Leaving a program, tail calls and exceptions are refused in the same words (`check_resource_leak`).',
  'words.constDynptr': 'Wording: a dynptr that is constant is released.',
  'words.constTnum': 'Wording: a tristate number whose bits are all known is a number (`tnum_strn`).',
  'words.dynptrFromZero': 'Wording: arguments that are dynptrs are counted from 0.',
  'words.structWrite': 'Wording: a struct of the kernel that cannot be written there is named (`check_ptr_to_btf_access`).',
  'words.dynptrArg': 'Wording: arguments that are dynptrs.',
  'words.helperRead': 'Wording: a helper reads stack that was not written.',
  'words.helperStack': 'Wording: a helper reaches beyond the stack.',
  'words.irqArg': 'Wording: arguments that are saved interrupt flags.',
  'words.misaligned': 'Wording: the offset of an access that is not aligned.',
  'words.sleepGlobal': 'Wording: a global function that may sleep is called where that is not allowed.',
  'words.kfuncArg': 'Wording: arguments of kfuncs that are of the wrong kind.',
  'words.kfuncStruct': 'Wording: arguments of kfuncs that point to the wrong struct.',
  'words.loopStates': 'Wording: an endless loop is told with the two states that are alike (`is_state_visited`).',
  'words.stackOutside': 'Wording: an access beyond the stack is told with its constant offset (`check_stack_access_within_bounds`).',
  'words.mightSleep': 'Wording: a helper that may sleep is called where that is not allowed.',
  'words.iterArg': 'Wording: arguments that are iterators.',
  'words.iterPlace': 'Wording: an argument that should be an iterator is none.',
  'words.memoryPair': 'Wording: arguments that are memory and its length.',
  'words.releasedArg': 'Wording: a helper releases what holds no reference.',
  'words.releasedByKfunc': 'Wording: a kfunc releases what holds no reference.',
  'words.helperMissing': 'Wording: a helper that programs of this type have not.',
  'words.invalidArgs': 'Wording: a function is called with the wrong arguments.',
  'words.sleepableKinds': 'Wording: kinds of programs that can be sleepable, listed.',
  'words.sleepableMaps': 'Wording: maps that sleepable programs may use.',
  'words.sleepable': 'Wording: a program of a kind that cannot sleep is sleepable.',
  'words.trustedArg': 'Wording: arguments that must be trusted.',
  'log.liveRegs': 'Log: the table of live registers is written (`bpf_compute_live_registers`).',
  'log.oneOffset': "Log: a pointer's constant offset is part of its value; before, it stood by itself as `off=` (`print_reg_state`).",
  'log.parentId': 'Log: what a pointer was derived from is `parent_id=`; before, references are `ref_obj_id=` (`print_reg_state`).',
  'log.reports': 'Log: refusals are explained in structured reports (`kernel/bpf/diagnostics.c`).',
  'log.subprogLines': 'Log: statistics have a line for each function; before, a sum of stack depths (`print_verification_stats`).',
  'log.wholeRecord':
    'Log: registers are told with 32-bit bounds in one order, names of maps and files of source lines; before, briefly (`print_reg_state`, `verbose_linfo`).',
  'log.linkedTouched': 'Log: what a branch teaches linked scalars is told at once (`sync_linked_regs`).',
  'log.liveStack': 'Log: nothing is said of which stack slots turn out to live (`update_insn` of `kernel/bpf/liveness.c`).',
  'log.argIds': 'Log: memory that a global function is given has a number only where it may be NULL (`do_check_common`).',
  'log.argIdsOnce':
    'Log: what a global function is given is numbered once; before, types were made first and values again (`btf_prepare_func_args`).',
  'log.lockRefs': 'Log: locks are listed among references (`acquire_lock_state`); before, a state has one lock apart from them.',
  'log.mainArgs':
    'Log: an argument of the main program that is no context is told as one of a function; before, its type is unsupported (`btf_check_subprog_arg_match`).',
  'log.readSlots': 'Log: a stack slot that is read is told with its value (`check_stack_read_fixed_off`).',
  'log.timedMayGoto':
    'Log: a function with `may_goto` takes 16 bytes of stack for its counter and its time; before, 8 (`bpf_jit_supports_timed_may_goto`).',
  'log.zext': 'Log: the table of live registers says what is extended to 64 bits (`bpf_compute_live_registers`).',
  'ctx.storeImmediate': 'Immediates may be stored to a context (`check_store_imm`).',
  'isa.functionAddress': 'The address of a function of the kernel can be loaded (`check_pseudo_btf_id`).',
  'isa.gotox': 'There are jumps to an address in a register (`BPF_INSN_MAP`).',
  'isa.mayGoto': 'There is may_goto (`bpf_opcode_in_insntable`).',
  'isa.stackArgs': 'Arguments beyond the fifth are passed on the stack (`check_stack_arg_write`).',
  'isa.v4':
    'There are the instructions of cpu=v4: sign-extending loads and moves, byte swaps, signed division, long jumps (`BPF_INSN_MAP`).',
  'lock.staticCalls': 'Static functions may be called while a lock is held (`check_func_call`).',
} as const;

/** Key of {@link FEATURES}. */
export type Feature = keyof typeof FEATURES;

/** One kernel's answer to each. */
export type Features = Readonly<Record<Feature, boolean>>;
