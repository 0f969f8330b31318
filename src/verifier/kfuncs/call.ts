// SPDX-License-Identifier: GPL-2.0-only
import type { Insn } from '../../isa/insn';
import { MAX_ERRNO } from '../../isa/limits';
import type { Behaviour } from '../../kernel/behaviour';
import type { ProgTypeConstant } from '../../kernel/constants';
import { Kf } from '../../kernel/profile';
import { pushCallbackCall, setRbtreeAddCallbackState, setTaskWorkCallbackState, setTimerCallbackState } from '../calls/callbacks';
import type { SetCalleeState } from '../calls/call-frame';
import { clearAllPktPointers } from '../calls/clobber';
import { processExit } from '../calls/exit';
import type { CallMeta } from '../call-meta';
import { releaseReg } from '../calls/release';
import { checkReturnCode } from '../calls/retcode';
import { Op } from '../../policy/types';
import { allows, inRcuReadSection, kfuncDemand, nonSleepableDescription } from '../contexts';
import { sRange64 } from '../domain';
import { why } from '../diag';
import { pushStack } from '../engine/stack';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno, Refused } from '../errors';
import { applyEffect } from '../objects/context';
import { releaseElementOrReject } from '../objects/element';
import { convertOwningNonOwning, isListPush, isRbtreeAdd } from '../objects/graph';
import { iterRecord, processIterNext } from '../objects/iter-next';
import { unknownScalar } from '../regs';
import { FieldType } from '../state/map';
import { NOT_INIT } from '../state/reg';
import { checkKfuncArgs, releasesElement } from './args';
import { MAX_REG_ARGS } from './classify';
import { fetchKfunc, mayCall } from './collect';
import { KfArg } from './kinds';
import { locks, setKfuncResult } from './result';
import { isObjDrop, isPercpuObjDrop, structOf } from './special';
import type { KfuncMeta } from './meta';

/** Kfuncs that run or register a callback of the program → how its arguments are made. */
const CALLBACKS: ReadonlyMap<Behaviour | null, () => SetCalleeState> = new Map<Behaviour | null, () => SetCalleeState>([
  ['rbtree_add', () => setRbtreeAddCallbackState],
  ['rbtree_add_impl', () => setRbtreeAddCallbackState],
  ['wq_set_callback', () => setTimerCallbackState],
  ['task_work_schedule_signal', () => setTaskWorkCallbackState],
  ['task_work_schedule_resume', () => setTaskWorkCallbackState],
]);

/**
 * Executes a kfunc call (`check_kfunc_call`). Returns null when the path ends there (an exception was thrown), else undefined.
 * A call of id 0 does nothing here; it is refused when instructions are rewritten.
 */
export function checkKfuncCall(env: VerifierEnv, insn: Insn, insnIdx: number): null | undefined {
  if (insn.imm === 0) return undefined;
  const kfunc = fetchKfunc(env, insn);
  if (kfunc === null) env.reject(Errno.EINVAL, '', undefined, { kind: 'kfunc-missing' });
  if (!mayCall(env, kfunc)) {
    env.reject(
      Errno.EACCES,
      `calling kernel function ${kfunc.name} is not allowed\n`,
      () =>
        why.notPermitted(
          insnIdx,
          `kfunc ${kfunc.name}`,
          'this program cannot call the kfunc',
          'Use a kfunc allowed for this program type and attach point, or change the program context.',
        ),
      { kind: 'kfunc-unavailable', callee: kfunc.name, how: 'program' },
    );
  }
  const meta = startMeta(env, kfunc);
  if ((kfunc.flags & Kf.ITER_NEXT) !== 0) env.aux.set(insnIdx, Fact.IS_ITER_NEXT);
  else env.aux.clear(insnIdx, Fact.IS_ITER_NEXT);

  if (locks(kfunc)) forkFailedLock(env);
  else if (kfunc.behaviour === '__bpf_trap')
    env.reject(Errno.EFAULT, 'unexpected __bpf_trap() due to uninitialized variable?\n', undefined, {
      kind: 'trap',
    });
  checkPermission(env, kfunc, insnIdx);
  checkKfuncArgs(env, kfunc, meta, insnIdx);
  checkDropInTracing(env, kfunc, meta);
  pushCallback(env, kfunc, meta, insn, insnIdx);
  changeContext(env, kfunc, insnIdx);
  checkContext(env, kfunc);
  release(env, kfunc, meta);
  insertNode(env, meta);
  if (kfunc.behaviour === 'throw') {
    env.seenException = true;
    // without a callback the cookie becomes the program's result
    if (env.exceptionCallbackSubprog === 0) checkReturnCode(env, 1, 'R1');
  }
  readArgs(env, kfunc);
  setKfuncResult(env, kfunc, meta, insnIdx);
  if (env.frame.marks !== null) env.frame.marks.regs[0]!.written = true;
  if (kfunc.behaviour === 'xdp_pull_data') clearAllPktPointers(env);
  noteStackArgs(env, kfunc);
  env.diag?.end();
  if ((kfunc.flags & Kf.ITER_NEXT) !== 0) processIterNext(env, insnIdx, meta);
  if (kfunc.behaviour === 'throw') {
    processExit(env, true);
    return null;
  }
  return undefined;
}

/** Marks the arguments as read (`mark_btf_func_reg_size`). */
function readArgs(env: VerifierEnv, kfunc: KfuncMeta): void {
  const { marks } = env.frame;
  if (marks === null) return;
  const count = Math.min(kfunc.proto.params.length, MAX_REG_ARGS);
  for (let regno = 1; regno <= count; regno++) marks.readReg(regno);
}

function startMeta(env: VerifierEnv, kfunc: KfuncMeta): CallMeta {
  const meta = env.callMeta.clear();
  meta.kfunc = kfunc.kfunc;
  meta.kfuncFlags = kfunc.flags;
  meta.btf = kfunc.btf;
  meta.funcProto = kfunc.proto;
  meta.funcName = kfunc.name;
  meta.behaviour = kfunc.behaviour;
  meta.releaseRegno = (kfunc.flags & Kf.RELEASE) !== 0 ? 1 : 0;
  return meta;
}

/** A lock that can fail: the path where it did is put away first, with an error in R0 and nothing held. */
function forkFailedLock(env: VerifierEnv): void {
  let branch;
  try {
    branch = pushStack(env, env.insnIdx + 1, env.insnIdx, false);
  } catch (e) {
    if (e instanceof Refused) env.verbose('failed to push state for failed lock acquisition\n');
    throw e;
  }
  const { regs } = branch.cur;
  for (let i = 1; i <= MAX_REG_ARGS; i++) regs[i] = NOT_INIT;
  regs[0] = unknownScalar(env).withVal(sRange64(-MAX_ERRNO, -1));
}

function checkPermission(env: VerifierEnv, kfunc: KfuncMeta, insnIdx: number): void {
  if ((kfunc.flags & Kf.PERFMON) !== 0 && !env.allowPtrLeaks) {
    env.reject(
      Errno.EPERM,
      `${kfunc.name} is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n`,
      () =>
        why.notPermitted(
          insnIdx,
          `kfunc ${kfunc.name}`,
          'the kfunc requires CAP_PERFMON',
          'Load the program with CAP_PERFMON, or avoid the kfunc.',
        ),
      { kind: 'capability', name: 'CAP_PERFMON', callee: kfunc.name },
    );
  }
  if ((kfuncDemand(env, kfunc.name, (kfunc.flags & Kf.SLEEPABLE) !== 0) & Op.SLEEP) !== 0 && !env.cur.inSleepable) {
    env.reject(
      Errno.EACCES,
      `program must be sleepable to call sleepable kfunc ${kfunc.name}\n`,
      () =>
        why.sleepForbidden(
          env,
          insnIdx,
          `sleepable kfunc ${kfunc.name}`,
          'Mark the program sleepable if the program type allows it, or use a non-sleepable kfunc.',
        ),
      { kind: 'sleep', callee: kfunc.name, demand: kfuncDemand(env, kfunc.name, (kfunc.flags & Kf.SLEEPABLE) !== 0) },
    );
  }
}

const NMI_SAFE =
  FieldType.SPIN_LOCK |
  FieldType.RES_SPIN_LOCK |
  FieldType.TIMER |
  FieldType.WORKQUEUE |
  FieldType.TASK_WORK |
  FieldType.KPTR_UNREF |
  FieldType.REFCOUNT;
const TRACING_TYPES: readonly ProgTypeConstant[] = ['KPROBE', 'TRACEPOINT', 'PERF_EVENT', 'RAW_TRACEPOINT', 'RAW_TRACEPOINT_WRITABLE'];

/** Freeing an object may free what its fields hold, which not every tracing program may. */
function checkDropInTracing(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta): void {
  const { kernel } = env;
  if (!kernel.features['object.dropSafeInNmi'] || !(isObjDrop(kfunc.behaviour) || isPercpuObjDrop(kfunc.behaviour))) return;
  const isTracing = (name: ProgTypeConstant): boolean => env.progType === kernel.constant(`BPF_PROG_TYPE_${name}`);
  const atAnyTime =
    TRACING_TYPES.some(isTracing) ||
    (isTracing('TRACING') && env.expectedAttachType !== kernel.constant('BPF_TRACE_ITER') && !env.sleepable);
  if (!atAnyTime) return;
  const record = structOf(env, meta);
  if (record?.fields.some((field) => (field.type & NMI_SAFE) === 0) === true) {
    env.reject(Errno.EINVAL, `${kfunc.name} cannot be used in tracing programs on types with NMI unsafe fields\n`, undefined, {
      kind: 'kfunc-unavailable',
      callee: kfunc.name,
      how: 'nmi',
    });
  }
}

function pushCallback(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta, insn: Insn, insnIdx: number): void {
  const setState = CALLBACKS.get(kfunc.behaviour);
  if (setState === undefined) return;
  try {
    pushCallbackCall(env, insn, insnIdx, meta.subprogno, setState());
  } catch (e) {
    if (e instanceof Refused) env.verbose(`kfunc ${kfunc.name}#${kfunc.id} failed callback verification\n`);
    throw e;
  }
}

/** Contexts without token are entered and left here; those with one were while its argument was checked. */
function changeContext(env: VerifierEnv, kfunc: KfuncMeta, insnIdx: number): void {
  const { effect } = kfunc;
  if (effect === null) return;
  const { token } = effect.cls;
  const kind = token === 'stack-slot' ? KfArg.IRQ_FLAG : KfArg.RES_SPIN_LOCK;
  if (token !== 'none' && (token === 'pointer' || !kfunc.args.some((param) => param.kind === kind))) {
    env.unmodelled(`${kfunc.name} has no argument for the ${token} of ${effect.cls.name}`);
  }
  applyEffect(env, effect, kfunc.name, insnIdx);
}

function checkContext(env: VerifierEnv, kfunc: KfuncMeta): void {
  const demand = kfuncDemand(env, kfunc.name, (kfunc.flags & Kf.SLEEPABLE) !== 0);
  if (!allows(env.cur, demand)) {
    env.reject(
      Errno.EACCES,
      `kernel func ${kfunc.name} is sleepable within ${nonSleepableDescription(env.cur, demand)}\n`,
      () =>
        why.sleepForbidden(
          env,
          env.insnIdx,
          `sleepable kfunc ${kfunc.name}`,
          'Move the kfunc call outside the critical section, or use a non-sleepable kfunc.',
        ),
      { kind: 'sleep', callee: kfunc.name, demand },
    );
  }
  if ((kfunc.flags & Kf.RCU_PROTECTED) !== 0 && !inRcuReadSection(env)) {
    env.reject(
      Errno.EACCES,
      `kernel func ${kfunc.name} requires RCU critical section protection\n`,
      () =>
        why.regionRequired(
          env,
          env.insnIdx,
          kfunc.name,
          'Call this kfunc between bpf_rcu_read_lock() and bpf_rcu_read_unlock(), keeping all exit paths balanced.',
        ),
      { kind: 'needs-rcu', callee: kfunc.name },
    );
  }
}

function release(env: VerifierEnv, kfunc: KfuncMeta, meta: CallMeta): void {
  if (meta.releaseRegno === 0) return;
  if (kfunc.args.some((param) => releasesElement(env, param, meta))) releaseElementOrReject(env, iterRecord(env.cur, meta).id);
  else releaseReg(env, env.regs[meta.releaseRegno]!, false, meta.dynptr.type !== 0);
}

/** A list or tree takes over the object of the node in R2. */
function insertNode(env: VerifierEnv, meta: CallMeta): void {
  if (!isListPush(meta.behaviour) && !isRbtreeAdd(meta.behaviour)) return;
  const node = env.regs[2]!;
  convertOwningNonOwning(env, node.id);
}

/** The caller's frame must have room for the arguments that travel on the stack. */
function noteStackArgs(env: VerifierEnv, kfunc: KfuncMeta): void {
  const count = kfunc.proto.params.length - MAX_REG_ARGS;
  if (count <= 0) return;
  const caller = env.subprogs[env.frame.subprogno]!;
  caller.stackArgCnt = Math.max(caller.stackArgCnt, Math.max(0, caller.argCnt - MAX_REG_ARGS) + count);
}
