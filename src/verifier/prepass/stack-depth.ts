// SPDX-License-Identifier: GPL-2.0-only
/** Combined stack of call chains, after a successful check. Facts: `kernel/bpf/verifier.c: check_max_stack_depth`. */
import { calledSlot } from '../../isa/flow';
import { isFuncRef, isKfuncCall, isPseudoCall } from '../../isa/insn';
import { MAX_STACK } from '../../isa/opcode';
import type { ProgTypeConstant } from '../../kernel/constants';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { callSiteFrom } from './call-sites';
import { dropFastcallStack } from './fastcall';
import { kfuncBehaviour } from './kfunc-facts';
import { findSubprog, isGlobal, subprogCount } from './subprog-table';

/** Deepest chain of static frames (`MAX_CALL_FRAMES`). */
const MAX_CALL_FRAMES = 16;
/** Callers of a tail call may use less than this, bytes. */
const TAIL_CALL_STACK = 256;
/** From this size on a subprogram gets a private stack, bytes (`BPF_PRIV_STACK_MIN_SIZE`). */
const PRIVATE_STACK_MIN = 64;

/** Program types that run without a trampoline and always may have a private stack. */
const PRIVATE_STACK_TYPES = ['KPROBE', 'TRACEPOINT', 'PERF_EVENT', 'RAW_TRACEPOINT'] as const;

/** Where the walk returns to. */
interface ChainLink {
  returnTo: number;
  caller: number;
  frame: number;
}

/** Refuses chains that need too much stack or mix calls that do not go together; sets `env.maxStackDepth`. Runs the spill removal first. */
export function checkMaxStackDepth(env: VerifierEnv): void {
  dropFastcallStack(env);
  const count = subprogCount(env);
  const tailCalls = env.subprogs.some((s, i) => i < count && s.hasTailCall);
  const adaptive = !tailCalls && mayHavePrivateStack(env);
  const links: ChainLink[] = Array.from({ length: count }, () => ({ returnTo: 0, caller: -1, frame: 0 }));
  for (let i = count - 1; i >= 0; i--) {
    if (i === 0 || env.subprogs[i]!.isAsyncCb) new ChainWalk(env, links, i === 0 && adaptive).run(i);
  }
}

/** `bpf_enable_priv_stack` on x86-64. */
function mayHavePrivateStack(env: VerifierEnv): boolean {
  const { kernel, prog } = env;
  const isType = (name: ProgTypeConstant): boolean => kernel.constant(`BPF_PROG_TYPE_${name}`) === prog.progType;
  if (PRIVATE_STACK_TYPES.some(isType)) return true;
  if (isType('TRACING')) return env.expectedAttachType !== kernel.constant('BPF_TRACE_ITER');
  return (isType('LSM') || isType('STRUCT_OPS')) && env.attach.privStackRequested;
}

/** Bytes that a frame takes when compiled. */
function roundUp(depth: number): number {
  return (depth + 15) & ~15;
}

class ChainWalk {
  private depth = 0;
  private frame = 0;
  private tailCallReachable = false;
  /** Subprograms entered so far. */
  private entered = 0;

  constructor(
    private readonly env: VerifierEnv,
    private readonly links: ChainLink[],
    private readonly privateStack: boolean,
  ) {}

  /** Walks all instructions of a subprogram and of everything that it calls. */
  run(root: number): void {
    const { env, links } = this;
    let idx = root;
    let i = env.subprogs[idx]!.start;
    links[idx]!.caller = -1;
    this.enter(idx);
    for (;;) {
      const call = this.nextCall(idx, i);
      if (call !== null) {
        links[idx]!.frame = this.frame;
        links[idx]!.returnTo = call.at + 1;
        links[call.subprog]!.caller = idx;
        i = env.subprogs[call.subprog]!.start;
        idx = call.subprog;
        this.tailCallReachable = env.subprogs[idx]!.hasTailCall;
        this.frame = isGlobal(env, idx) ? 0 : this.frame + 1;
        // every chain is walked: their number may be exponential in dead code, which nothing else bounds
        if ((++this.entered & 0xfff) === 0) env.breathe();
        if (this.frame >= MAX_CALL_FRAMES) {
          env.reject(Errno.E2BIG, `the call stack of ${this.frame} frames is too deep !\n`, undefined, {
            kind: 'call-depth',
            depth: this.frame,
          });
        }
        this.enter(idx);
        continue;
      }
      this.leave(idx);
      if (this.frame === 0 && links[idx]!.caller < 0) return;
      if (env.subprogs[idx]!.privStack !== 'adaptive') this.depth -= roundUp(env.subprogs[idx]!.stackDepth);
      idx = links[idx]!.caller;
      this.frame = links[idx]!.frame;
      i = links[idx]!.returnTo;
      this.tailCallReachable = env.subprogs[idx]!.tailCallReachable;
    }
  }

  /** Subprogram and its callers, innermost first. */
  private *chain(idx: number): Generator<number> {
    for (let s = idx; s >= 0; s = this.links[s]!.caller) yield s;
  }

  private inCallback(idx: number): boolean {
    for (const s of this.chain(idx)) if (this.env.subprogs[s]!.isCb) return true;
    return false;
  }

  private enter(idx: number): void {
    const { env } = this;
    const info = env.subprogs[idx]!;
    if (!this.privateStack) info.privStack = 'none';
    if (info.hasLdAbs && env.kernel.features['callback.noLdAbs'] && this.inCallback(idx))
      env.reject(Errno.EINVAL, 'cannot use BPF_LD_[ABS|IND] within callback\n', undefined, {
        kind: 'ld-abs',
        how: 'callback',
      });
    if (idx > 0 && info.hasTailCall && this.depth >= TAIL_CALL_STACK) {
      env.reject(
        Errno.EACCES,
        `tail_calls are not allowed when call stack of previous frames is ${this.depth} bytes. Too large\n`,
        undefined,
        {
          kind: 'tail-call',
          how: 'stack',
          depth: this.depth,
        },
      );
    }
    const own = roundUp(info.stackDepth);
    if (info.stackArgCnt > 0)
      info.privStack = 'none'; // one register serves both
    else if (this.privateStack && info.privStack === 'unknown' && own >= PRIVATE_STACK_MIN) info.privStack = 'adaptive';

    if (info.privStack === 'adaptive') {
      env.maxStackDepth = Math.max(env.maxStackDepth, own);
      if (own > MAX_STACK)
        env.reject(Errno.EACCES, `stack size of subprog ${idx} is ${own}. Too large\n`, undefined, {
          kind: 'stack-size',
          depth: own,
          name: env.subprogs[idx]?.name ?? '',
        });
      return;
    }
    this.depth += own;
    env.maxStackDepth = Math.max(env.maxStackDepth, this.depth);
    if (this.depth > MAX_STACK) {
      const calls = [...this.chain(idx)].length;
      env.reject(Errno.EACCES, `combined stack size of ${calls} calls is ${this.depth}. Too large\n`, undefined, {
        kind: 'stack-size',
        depth: this.depth,
        name: '',
      });
    }
  }

  /** Next call to follow from instruction `from` on, dead code included; null at the subprogram's end. */
  private nextCall(idx: number, from: number): { at: number; subprog: number } | null {
    const { env } = this;
    const end = env.subprogs[idx + 1]!.start;
    for (let k = callSiteFrom(env, from); k < env.callSites.length; k++) {
      const i = env.callSites[k]!;
      if (i >= end) break;
      const insn = env.insns[i]!;
      if (isKfuncCall(insn) && insn.off === 0) {
        if (kfuncBehaviour(env, insn) === 'throw' && this.inCallback(idx)) {
          env.reject(Errno.EINVAL, `bpf_throw kfunc (insn ${i}) cannot be called from callback subprog ${idx}\n`, undefined, {
            kind: 'throw',
            how: 'callback',
            at: i,
          });
        }
        continue;
      }
      const direct = isPseudoCall(insn);
      if (!direct && !isFuncRef(insn)) continue;
      const subprog = findSubprog(env, calledSlot(insn, i));
      if (subprog < 0) env.reject(Errno.EFAULT, `verifier bug: callee not found at insn ${calledSlot(insn, i)} (sidx < 0)\n`);
      const callee = env.subprogs[subprog]!;
      if (callee.isAsyncCb) {
        if (!direct) continue; // runs later, on a stack of its own
        if (callee.isExceptionCb)
          env.reject(Errno.EINVAL, `insn ${i} cannot call exception cb directly`, undefined, {
            kind: 'throw',
            how: 'direct-call',
            at: i,
          });
      }
      return { at: i, subprog };
    }
    return null;
  }

  private leave(idx: number): void {
    const { env } = this;
    const withStackArgs = 'tail_calls are not allowed in programs with stack args\n';
    if (this.tailCallReachable) {
      for (const s of this.chain(idx)) {
        const info = env.subprogs[s]!;
        if (info.isCb && env.kernel.features['callback.noTailCall'])
          env.reject(Errno.EINVAL, 'cannot tail call within callback\n', undefined, { kind: 'tail-call', how: 'callback' });
        if (info.stackArgCnt > 0) env.reject(Errno.EINVAL, withStackArgs, undefined, { kind: 'tail-call', how: 'stack-arguments' });
        info.tailCallReachable = true;
      }
    } else if (idx === 0 && env.subprogs[0]!.hasTailCall && env.subprogs[0]!.stackArgCnt > 0) {
      env.reject(Errno.EINVAL, withStackArgs, undefined, { kind: 'tail-call', how: 'stack-arguments' });
    }
  }
}
