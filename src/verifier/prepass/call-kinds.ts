// SPDX-License-Identifier: GPL-2.0-only
/** Calls that run a callback of the program, by behaviour tag. Facts: `kernel/bpf/verifier.c: is_sync_callback_calling_function` and its kin. */
import { isHelperCall, isKfuncCall, type Insn } from '../../isa/insn';
import { type Behaviour, behaviours } from '../../kernel/behaviour';
import type { VerifierEnv } from '../env';
import { kfuncBehaviour } from './kfunc-facts';

const SYNC = behaviours('for_each_map_elem', 'find_vma', 'loop', 'user_ringbuf_drain', 'rbtree_add_impl', 'rbtree_add');
const ASYNC = behaviours('timer_set_callback', 'wq_set_callback', 'task_work_schedule_signal', 'task_work_schedule_resume');

/** Behaviour tag of the helper or kfunc that an instruction calls, null for other instructions and ordinary callees. */
export function calleeBehaviour(env: VerifierEnv, insn: Insn): Behaviour | null {
  if (isHelperCall(insn)) return env.kernel.anyHelperProto(insn.imm)?.behaviour ?? null;
  if (isKfuncCall(insn)) return kfuncBehaviour(env, insn);
  return null;
}

/** Runs its callback before it returns (`bpf_is_sync_callback_calling_insn`). */
export function callsSyncCallback(behaviour: Behaviour | null): boolean {
  return SYNC.has(behaviour);
}

/** Registers its callback to run later (`bpf_is_async_callback_calling_insn`). */
export function callsAsyncCallback(behaviour: Behaviour | null): boolean {
  return ASYNC.has(behaviour);
}
