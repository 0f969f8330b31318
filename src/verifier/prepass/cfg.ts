// SPDX-License-Identifier: GPL-2.0-only
/**
 * Depth-first walk over the control flow: finds unreachable code, and marks where states are compared and history is kept.
 * Order and marks are the kernel's (`kernel/bpf/cfg.c: bpf_check_cfg`), since they decide the course of the exploration.
 */
import { calledSlot, goesOn, isMayGoto, jumpTarget } from '../../isa/flow';
import { type Insn, isFuncRef, isHelperCall, isKfuncCall, isLdImm64, isPseudoCall } from '../../isa/insn';
import { Class, classOf, Jmp, jmpOp, Mode, modeOf, usesReg } from '../../isa/opcode';
import { Kf, type CallerContext } from '../../kernel/profile';
import { Op } from '../../policy/types';
import { Fact, type SubprogInfo } from '../aux';
import { helperDemand, kfuncDemand } from '../contexts';
import { why } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { verboseLinfo } from '../log/linfo';
import { calleeBehaviour, callsAsyncCallback, callsSyncCallback } from './call-kinds';
import { jumpTargets } from './jump-table';
import { kfuncFacts } from './kfunc-facts';
import { subprogOf } from './subprog-table';

const enum Mark {
  NONE = 0,
  DISCOVERED = 0x10,
  EXPLORED = 0x20,
}
/** What an instruction is that a jump leads to. */
const JUMPED_TO = Fact.PRUNE_POINT | Fact.JMP_POINT | Fact.JUMP_TARGET;

const enum Edge {
  FALLTHROUGH = 1,
  BRANCH = 2,
}

/**
 * Ways of all indirect jumps together, which each pass goes along: as many as the square of the instructions. The kernel has no limit but its
 * memory; compilers make a few thousand.
 */
const MOST_INDIRECT_WAYS = 1 << 22;

/** Walks the program from its entry and the exception callback; fills the marks of `env.aux` and the effects of `env.subprogs`. */
export function checkCfg(env: VerifierEnv): void {
  const walk = new CfgWalk(env);
  walk.from(0);
  if (env.exceptionCallbackSubprog > 0) walk.from(env.subprogs[env.exceptionCallbackSubprog]!.start);
  walk.checkReached();
  env.changesPktData = env.subprogs[0]!.changesPktData;
  env.mightSleep = env.subprogs[0]!.mightSleep;
}

function noteDemand(subprog: SubprogInfo, demand: number): void {
  if ((demand & Op.SLEEP) !== 0) subprog.mightSleep = true;
  if ((demand & Op.FAULT) !== 0) subprog.mightFault = true;
}

class CfgWalk {
  private readonly state: Uint8Array;
  /** Instructions of which something remains to be explored; {@link depth} of them. */
  private readonly stack: Int32Array;
  private depth = 0;
  private readonly caller: CallerContext;
  /** Targets of the indirect jumps of a subprogram, which they share: known once the first of them led to all. */
  private readonly indirect = new Map<number, readonly number[]>();
  private indirectWays = 0;

  constructor(private readonly env: VerifierEnv) {
    this.state = new Uint8Array(env.insns.length);
    this.stack = new Int32Array(env.insns.length);
    this.caller = env.caller();
  }

  from(entry: number): void {
    if (this.state[entry] === Mark.EXPLORED) return;
    this.state[entry] = Mark.DISCOVERED;
    this.stack[this.depth++] = entry;
    while (this.depth > 0) {
      const at = this.goStraight(this.stack[this.depth - 1]!);
      if (this.visit(at)) continue;
      this.state[at] = Mark.EXPLORED;
      this.depth--;
    }
  }

  /**
   * Passes instructions from the top of the stack on by that only go on, as long as they lead to new ones: nothing of them remains for when the walk
   * comes back. Edges that lead back are told to loaders who must not have any; for them every instruction stays on the stack. Returns the new top.
   */
  private goStraight(top: number): number {
    const { env, state, stack } = this;
    if (!env.bpfCapable) return top;
    const { insns } = env;
    let at = top;
    while (at + 1 < insns.length && state[at + 1] === Mark.NONE && goesOn(insns[at]!.code)) {
      state[at++] = Mark.EXPLORED;
      state[at] = Mark.DISCOVERED;
    }
    stack[this.depth - 1] = at;
    return at;
  }

  checkReached(): void {
    const { env, state } = this;
    for (let i = 0; i < env.insns.length; i++) {
      if (state[i] !== Mark.EXPLORED) this.refuseUnreachable(i);
      if (!isLdImm64(env.insns[i]!)) continue;
      if (state[i + 1] !== Mark.NONE) this.refuseIntoImmediate(i);
      i++;
    }
  }

  private refuseUnreachable(at: number): never {
    return this.env.reject(Errno.EINVAL, `unreachable insn ${at}\n`, () => why.unreachable(at), {
      kind: 'control-flow',
      how: 'unreachable',
      at,
    });
  }
  private refuseIntoImmediate(at: number): never {
    return this.env.reject(Errno.EINVAL, `jump into the middle of ldimm64 insn ${at}\n`, () => why.jumpIntoImmediate(at), {
      kind: 'control-flow',
      how: 'into-immediate',
      at,
    });
  }

  /** Handles the next edge of an instruction; true while something of it remains to be explored first. */
  private visit(at: number): boolean {
    const { env } = this;
    const insn = env.insns[at]!;
    const cls = classOf(insn.code);
    if (isFuncRef(insn)) return this.visitCall(at, insn, true);
    if (cls !== Class.JMP && cls !== Class.JMP32) {
      const mode = modeOf(insn.code);
      if (cls === Class.LD && (mode === Mode.ABS || mode === Mode.IND)) this.addHiddenExit(at);
      return this.push(at, at + (isLdImm64(insn) ? 2 : 1), Edge.FALLTHROUGH);
    }
    switch (jmpOp(insn.code)) {
      case Jmp.EXIT:
        return false;
      case Jmp.CALL:
        this.noteCallEffects(at, insn);
        return this.visitCall(at, insn, isPseudoCall(insn));
      case Jmp.JA: {
        if (usesReg(insn.code)) return this.visitGotox(at);
        const target = jumpTarget(insn, at);
        if (this.push(at, target, Edge.FALLTHROUGH)) return true;
        env.aux.set(target, JUMPED_TO);
        return false;
      }
      default: {
        env.aux.set(at, isMayGoto(insn) ? Fact.PRUNE_POINT | Fact.FORCE_CHECKPOINT : Fact.PRUNE_POINT);
        if (this.push(at, at + 1, Edge.FALLTHROUGH)) return true;
        return this.push(at, jumpTarget(insn, at), Edge.BRANCH);
      }
    }
  }

  private push(from: number, to: number, edge: Edge): boolean {
    const { env, state } = this;
    if (state[from]! >= (Mark.DISCOVERED | edge)) return false;
    if (to < 0 || to >= env.insns.length) {
      verboseLinfo(env, from, `${from}: `);
      env.reject(
        Errno.EINVAL,
        `jump out of range from insn ${from} to ${to}\n`,
        () => why.jumpOutOfProgram(from, to, env.insns.length - 1),
        { kind: 'control-flow', how: 'jump-out', at: from },
      );
    }
    if (edge === Edge.BRANCH) env.aux.set(to, JUMPED_TO);
    if (state[to] === Mark.NONE) {
      state[from] = Mark.DISCOVERED | edge;
      state[to] = Mark.DISCOVERED;
      if (this.depth >= env.insns.length) env.reject(Errno.E2BIG, '', undefined, { kind: 'limit', name: 'jumps' });
      this.stack[this.depth++] = to;
      return true;
    }
    if (state[to] === Mark.EXPLORED) {
      state[from] = Mark.DISCOVERED | edge;
    } else if (!env.bpfCapable) {
      verboseLinfo(env, from, `${from}: `);
      verboseLinfo(env, to, `${to}: `);
      env.reject(Errno.EINVAL, `back-edge from insn ${from} to ${to}\n`, () => why.backEdge(from, to), {
        kind: 'control-flow',
        how: 'back-edge',
        at: from,
      });
    }
    return false;
  }

  private visitCall(at: number, insn: Insn, visitCallee: boolean): boolean {
    const { env } = this;
    const next = at + (isLdImm64(insn) ? 2 : 1);
    if (this.push(at, next, Edge.FALLTHROUGH)) return true;
    env.aux.set(next, Fact.PRUNE_POINT | Fact.JMP_POINT);
    if (!visitCallee) return false;

    const entry = calledSlot(insn, at);
    env.aux.set(at, Fact.PRUNE_POINT);
    const caller = env.subprogs[subprogOf(env, at)]!;
    const callee = env.subprogs[subprogOf(env, entry)]!;
    caller.changesPktData ||= callee.changesPktData;
    caller.mightSleep ||= callee.mightSleep;
    caller.mightFault ||= callee.mightFault;
    caller.mightThrow ||= callee.mightThrow;
    return this.push(at, entry, Edge.BRANCH);
  }

  /** What is called tells its caller; of a helper all is known at the first edge, of a kfunc something may be written at each. */
  private noteCallEffects(at: number, insn: Insn): void {
    const { env } = this;
    if (isHelperCall(insn) && this.state[at] !== Mark.DISCOVERED) return;
    const subprog = env.subprogs[subprogOf(env, at)]!;
    const behaviour = calleeBehaviour(env, insn);
    if (callsAsyncCallback(behaviour)) env.aux.set(at, Fact.PRUNE_POINT);
    if (callsSyncCallback(behaviour)) env.aux.set(at, Fact.CALLS_CALLBACK | Fact.FORCE_CHECKPOINT | Fact.PRUNE_POINT | Fact.JMP_POINT);
    if (isHelperCall(insn)) {
      const proto = env.kernel.helperProto(insn.imm, this.caller);
      if (proto !== null) noteDemand(subprog, helperDemand(env, proto.name, proto.mightSleep));
      if (env.kernel.anyHelperProto(insn.imm)?.changesPktData === true) subprog.changesPktData = true;
      if (behaviour === 'tail_call') this.addHiddenExit(at);
    } else if (isKfuncCall(insn)) {
      const kfunc = kfuncFacts(env, insn);
      if (kfunc === null) return;
      if ((kfunc.flags & Kf.ITER_NEXT) !== 0) env.aux.set(at, Fact.PRUNE_POINT | Fact.FORCE_CHECKPOINT);
      noteDemand(subprog, kfuncDemand(env, kfunc.name, (kfunc.flags & Kf.SLEEPABLE) !== 0));
      if (behaviour === 'xdp_pull_data') subprog.changesPktData = true;
      if (behaviour === 'throw') subprog.mightThrow = true;
    }
  }

  /** A tail call that succeeds and a failing LD_ABS leave the subprogram (`visit_abnormal_return_insn`). */
  private addHiddenExit(at: number): void {
    const { env } = this;
    env.aux.rareOf(at).jt ??= [at + 1, env.subprogs[subprogOf(env, at)]!.exitIdx];
  }

  private visitGotox(at: number): boolean {
    const { env, state } = this;
    const aux = env.aux.rareOf(at);
    const subprog = subprogOf(env, at);
    const known = this.indirect.get(subprog);
    const targets = known ?? jumpTargets(env, at);
    if (aux.jt === null) {
      aux.jt = targets;
      this.indirectWays += targets.length;
      if (this.indirectWays > MOST_INDIRECT_WAYS) env.unmodelled(`more than ${MOST_INDIRECT_WAYS} ways of indirect jumps`);
    }
    env.aux.set(at, Fact.PRUNE_POINT);
    if (known !== undefined) return false;
    this.indirect.set(subprog, targets);
    let pushed = false;
    for (const to of targets) {
      if (to < 0 || to >= env.insns.length) {
        env.reject(
          Errno.EINVAL,
          `indirect jump out of range from insn ${at} to ${to}\n`,
          () => why.indirectJumpOutOfProgram(at, to, env.insns.length - 1),
          { kind: 'control-flow', how: 'jump-out', at },
        );
      }
      env.aux.set(to, Fact.JMP_POINT | Fact.JUMP_TARGET);
      if (state[to] !== Mark.NONE) continue;
      if (this.depth >= env.insns.length) env.reject(Errno.E2BIG, '', undefined, { kind: 'limit', name: 'jumps' });
      this.stack[this.depth++] = to;
      state[to] = Mark.DISCOVERED;
      pushed = true;
    }
    return pushed;
  }
}
