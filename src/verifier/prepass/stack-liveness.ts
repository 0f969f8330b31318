// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which stack bytes may still be read, per call: an inter-procedural pass over the whole program before the exploration.
 * Facts: `kernel/bpf/liveness.c: bpf_compute_subprog_arg_access`, `bpf_stack_slot_alive`.
 */
import { calledSlot } from '../../isa/flow';
import { type Insn, isHelperCall, isKfuncCall, isPseudoCall } from '../../isa/insn';
import { FP_REG } from '../../isa/opcode';
import type { CallerContext } from '../../kernel/profile';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import type { FuncState } from '../state/frame';
import type { VerifierState } from '../state/state';
import { recordAccess } from './access-marks';
import { NONE, TrackTable } from './arg-track';
import { ARG_BASE, type FrameContext, ROW, SLOT_BASE, STACK_ARGS, TrackEdit, transferTracks, type Tracks } from './arg-xfer';
import { calleeBehaviour } from './call-kinds';
import { FuncInstance } from './func-instance';
import { logInstances, logJoin, logSubprogTracks, logTransfer } from './liveness-log';
import { WORDS } from './spis';
import type { Flow, Stretches } from './successors';
import { findSubprog, isGlobal, subprogCount } from './subprog-table';
import { StackLiveness } from './call-liveness';

/** Most subprogram analyses of one program. */
const MAX_ANALYSES = 10000;
/** Deepest call chain (`MAX_CALL_FRAMES`). */
const MAX_CALL_FRAMES = 16;

/** Registers of callback-running helpers: callback, its context, and the callback's register that gets the context. */
const CALLBACK_REGS: ReadonlyMap<string, { cb: number; ctx: number; calleeReg: number }> = new Map([
  ['loop', { cb: 2, ctx: 3, calleeReg: 2 }],
  ['for_each_map_elem', { cb: 2, ctx: 3, calleeReg: 4 }],
  ['find_vma', { cb: 3, ctx: 4, calleeReg: 3 }],
  ['user_ringbuf_drain', { cb: 2, ctx: 3, calleeReg: 2 }],
]);

/** Tracks before a straight stretch, as {@link TrackEdit} packs them. */
interface Row {
  readonly tracks: number[];
  /** They changed since the stretch was gone through. */
  changed: boolean;
  /** It was gone through. */
  seen: boolean;
}
/** By the number of the stretch, from that of the subprogram's first; undefined where nothing gets to. */
type Rows = (Row | undefined)[];

const NO_CALLS: ReadonlyMap<number, Tracks> = new Map();

/** Runs the pass and stores its result in `env.stackLiveness`. */
export function computeStackLiveness(env: VerifierEnv, flow: Flow, stretches: Stretches): void {
  const liveness = new StackLiveness();
  env.stackLiveness = liveness;
  // the log tells of every instruction
  const kept = env.log.full ? everyInsn(env) : stretches.numbers;
  const analysis = new Analysis(env, flow, kept, liveness);
  for (let k = subprogCount(env) - 1; k >= 0; k--) {
    const subprog = env.topoOrder[k]!;
    if (analysis.analysed(subprog) && !isGlobal(env, subprog)) continue;
    analysis.analyse(null, analysis.instance(-1, 0, subprog));
  }
  if (env.log.full) logInstances(env, liveness.sorted());
}

function everyInsn(env: VerifierEnv): Int32Array {
  return Int32Array.from(env.insns, (_, i) => i);
}

class Analysis {
  private readonly table = new TrackTable();
  private readonly done: boolean[];
  /** Tracks before the call instructions passed last. */
  private readonly tracksAtCall = new Map<number, Tracks>();
  /** Call instruction of each frame on the current chain. */
  private readonly callsites = new Int32Array(MAX_CALL_FRAMES);
  private readonly edit: TrackEdit;
  /** The log is told of what is found, or of a kfunc that is not there by whoever looks at the call: everything has its turn, and accesses the last one. */
  private readonly tells: boolean;
  private readonly caller: CallerContext;
  private analyses = 0;

  constructor(
    private readonly env: VerifierEnv,
    private readonly flow: Flow,
    /** Numbers of the instructions before which tracks are kept, -1 for others. */
    private readonly kept: Int32Array,
    private readonly liveness: StackLiveness,
  ) {
    this.done = new Array<boolean>(subprogCount(env)).fill(false);
    this.caller = env.caller();
    this.edit = new TrackEdit(env.log.full);
    this.tells = env.log.full || env.callSites.some((at) => isKfuncCall(env.insns[at]!) && env.insns[at]!.imm <= 0);
  }

  analysed(subprog: number): boolean {
    return this.done[subprog]!;
  }

  /** The instance of a call, made when it is the first time; `callsite` is ignored at depth 0. */
  instance(callsite: number, depth: number, subprog: number): FuncInstance {
    const { start } = this.env.subprogs[subprog]!;
    const key = depth > 0 ? callsite : start;
    let found = this.liveness.find(key, depth);
    if (found === undefined) {
      found = new FuncInstance(key, depth, subprog, start, this.env.subprogs[subprog + 1]!.start - start);
      this.liveness.add(found);
    }
    return found;
  }

  /** Analyses one call with the given arguments (a {@link ROW} of which registers and stack arguments count), callees included. */
  analyse(entry: Tracks | null, target: FuncInstance): void {
    const { env } = this;
    env.breathe();
    if (++this.analyses > MAX_ANALYSES) {
      env.reject(Errno.E2BIG, `liveness analysis exceeded complexity limit (${this.analyses} calls)\n`, undefined, {
        kind: 'limit',
        name: 'function instances',
      });
    }
    // what an earlier pass certainly wrote need not be written in this one
    const instance = target.computed ? target.fresh() : target;
    const calls = this.mayUseStack(entry, instance) ? this.propagate(entry, instance) : NO_CALLS;
    this.done[instance.subprog] = true;
    this.analyseCallees(instance, calls);
    if (instance !== target) target.merge(instance);
    target.computeLiveness(env, this.flow, this.kept);
  }

  /** Whether there is anything to follow, or to tell the log of. */
  private mayUseStack(entry: Tracks | null, { subprog }: FuncInstance): boolean {
    return entry !== null || this.env.subprogs[subprog]!.namesFp || this.tells;
  }

  /**
   * Forward fixed point over one subprogram; marks what its instructions access. Returns the tracks before calls that are to be followed, by
   * the call's place in the postorder.
   */
  private propagate(entry: Tracks | null, instance: FuncInstance): ReadonlyMap<number, Tracks> {
    const { env, table, edit } = this;
    const { subprog, depth } = instance;
    edit.load([]);
    edit.set(FP_REG, table.exact(depth, 0));
    if (entry !== null) for (let r = 1; r <= 5; r++) edit.set(r, entry[r]!);
    const rows: Rows = [{ tracks: edit.pack(), changed: true, seen: false }];
    const stackArgs = entry === null ? new Array<number>(STACK_ARGS).fill(NONE) : Array.from(entry.subarray(ARG_BASE, SLOT_BASE));
    const ctx = { table, depth, stackArgs, parent: (frame: number) => this.tracksAtCall.get(this.callsites[frame]!)! };

    const log = env.log.full;
    if (log) env.verbose(`subprog#${subprog}: analyzing (depth ${depth})...\n`);
    const calls = new Map<number, Tracks>();
    for (let again = true; again;) again = this.walk(ctx, instance, rows, this.tells ? null : calls);
    if (this.tells) this.walk(ctx, instance, rows, calls);
    for (const [p, row] of calls) this.tracksAtCall.set(env.insnPostorder[p]!, row);
    if (log)
      logSubprogTracks(
        env,
        table,
        subprog,
        rows.map((row) => row?.tracks),
      );
    return calls;
  }

  /**
   * Goes through the stretches of a subprogram before which tracks changed (or all, see {@link tells}), and joins tracks where ways lead to. Whether a
   * further round is needed.
   * @param calls for a round that marks what instructions access: tracks before calls to follow are put here
   */
  private walk(ctx: FrameContext, instance: FuncInstance, rows: Rows, calls: Map<number, Tracks> | null): boolean {
    const { env, edit, kept } = this;
    const { insns, insnPostorder } = env;
    const log = env.log.full && calls === null;
    const from = env.subprogs[instance.subprog]!.postorderStart;
    const base = kept[instance.start]!;
    let again = false;
    let row: Row | undefined;
    let going = false;
    for (let p = env.subprogs[instance.subprog + 1]!.postorderStart - 1; p >= from; p--) {
      if ((p & 2047) === 0) env.breathe();
      const idx = insnPostorder[p]!;
      if (kept[idx]! >= 0) {
        row = rows[kept[idx]! - base];
        going = row !== undefined && (row.changed || this.tells);
        if (row !== undefined && going) edit.load(row.tracks);
        if (row !== undefined) row.changed = false;
      }
      if (row === undefined || !going) continue;
      const insn = insns[idx]!;
      if (edit.touches(insn)) {
        if (calls !== null) this.visit(instance, p, row.seen, calls);
        transferTracks(ctx, insn, edit);
        if (log) logTransfer(env, this.table, idx, row.tracks, edit.row);
      } else if (row.seen) {
        instance.forget(idx);
      }
      // inside a stretch there is one way on
      if (p > from && kept[insnPostorder[p - 1]!]! < 0) continue;
      row.seen = true;
      if (this.joinOnwards(instance, rows, idx)) again = true;
    }
    return again;
  }

  /** Joins the tracks at hand where ways lead to from an instruction; whether that asks for a further round. */
  private joinOnwards({ start, length }: FuncInstance, rows: Rows, idx: number): boolean {
    const { env, table, edit, kept } = this;
    const { first, list } = this.flow;
    const log = env.log.full;
    const end = first[idx + 1]!;
    let again = false;
    for (let k = first[idx]!; k < end; k++) {
      const target = list[k]!;
      if (target < start || target >= start + length) continue;
      const number = kept[target]! - kept[start]!;
      const row = rows[number];
      if (row === undefined) {
        rows[number] = { tracks: edit.pack(), changed: true, seen: false };
      } else {
        const told = log
          ? (place: number, was: number, add: number, joined: number): void => logJoin(env, table, idx, target, place, was, add, joined)
          : null;
        if (!edit.joinInto(row.tracks, table, told)) continue;
        row.changed = true;
      }
      // the log tells every round
      if (log || env.flowsBack[target] === 1) again = true;
    }
    return again;
  }

  /** Marks what the instruction at a place of the postorder accesses by the tracks at hand, and keeps them before calls to follow. */
  private visit(instance: FuncInstance, p: number, seen: boolean, calls: Map<number, Tracks>): void {
    const { env } = this;
    const { row } = this.edit;
    const idx = env.insnPostorder[p]!;
    if (seen) instance.forget(idx);
    recordAccess(env, this.table, instance, row, idx, this.caller);
    if (isPseudoCall(env.insns[idx]!) || env.aux.has(idx, Fact.CALLS_CALLBACK)) calls.set(p, row.slice());
  }

  private analyseCallees(instance: FuncInstance, calls: ReadonlyMap<number, Tracks>): void {
    const { env } = this;
    for (const p of [...calls.keys()].sort((a, b) => a - b)) {
      const idx = env.insnPostorder[p]!;
      const call = this.callOf(idx, instance, calls.get(p)!);
      if (call === null || !this.passesFp(call.args)) continue;
      if (instance.depth === MAX_CALL_FRAMES - 1) env.reject(Errno.EINVAL, '', undefined, { kind: 'limit', name: 'function instances' });

      const callee = this.instance(idx, instance.depth + 1, call.subprog);
      this.callsites[instance.depth] = idx;
      this.analyse(call.args, callee);
      for (let f = 0; f < callee.depth; f++) {
        const masks = callee.frames[f];
        if (masks !== undefined) instance.markReadLike(f, idx, masks);
      }
    }
  }

  /** Callee of a bpf-to-bpf call or of a call that runs a callback, with the tracks of its arguments; null if there is nothing to follow. */
  private callOf(idx: number, instance: FuncInstance, row: Tracks): { subprog: number; args: Tracks } | null {
    const { env } = this;
    const insn = env.insns[idx]!;
    const direct = isPseudoCall(insn);
    const regs = !direct && env.aux.has(idx, Fact.CALLS_CALLBACK) ? this.callbackRegs(insn) : undefined;
    if (!direct && regs === undefined) return null;
    const args = new Int32Array(ROW).fill(NONE);
    if (regs === undefined) {
      const subprog = findSubprog(env, calledSlot(insn, idx));
      if (subprog < 0) return null;
      args.set(row.subarray(1, 6), 1);
      args.set(row.subarray(ARG_BASE, SLOT_BASE), ARG_BASE);
      return { subprog, args };
    }
    if ((env.constants.subprogs(idx) & (1 << regs.cb)) === 0) {
      // which callback it is depends on the path
      if (row[regs.ctx] !== NONE) {
        for (let f = 0; f <= instance.depth; f++) instance.markReadAll(f, idx);
      }
      return null;
    }
    args[regs.calleeReg] = row[regs.ctx]!;
    return { subprog: env.constants.value(idx, regs.cb), args };
  }

  private callbackRegs(insn: Insn): { cb: number; ctx: number; calleeReg: number } | undefined {
    if (!isHelperCall(insn)) return undefined;
    return CALLBACK_REGS.get(calleeBehaviour(this.env, insn) ?? '');
  }

  private passesFp(args: Tracks): boolean {
    for (let r = 1; r <= 5; r++) if (this.table.isFp(args[r]!)) return true;
    for (let r = ARG_BASE; r < SLOT_BASE; r++) if (this.table.isFp(args[r]!)) return true;
    return false;
  }
}

/** The analysis of the call that made a frame, or of one that stands for it; null if there is none. Looked for once a frame. */
function instanceOf(env: VerifierEnv, frame: FuncState): FuncInstance | null {
  if (frame.liveness === undefined) frame.liveness = findInstance(env, frame);
  return frame.liveness;
}

function findInstance(env: VerifierEnv, { callsite, frameno, subprogno }: FuncState): FuncInstance | null {
  const { start } = env.subprogs[subprogno]!;
  for (let depth = frameno; depth >= 0; depth--) {
    const found = env.stackLiveness?.find(depth > 0 ? callsite : start, depth);
    if (found !== undefined) return found;
  }
  return null;
}

/**
 * Which half slots of a frame may be read from where a state stands on, in its innermost frame or after that returns: bit `h & 31` of word
 * `h >> 5` of `out` (`bpf_stack_slot_alive`).
 */
export function aliveSlots(env: VerifierEnv, state: VerifierState, frameno: number, out: Int32Array): void {
  const { frames } = state;
  for (let w = 0; w < WORDS; w++) out[w] = 0;
  const top = frames.length - 1;
  const innermost = instanceOf(env, frames[top]!);
  if (innermost === null) {
    out.fill(-1);
    return;
  }
  const rel = frameno + innermost.depth - top;
  if (rel >= 0 && rel <= innermost.depth) innermost.addLiveBefore(state.insnIdx, rel, out);
  for (let i = frameno; i < top; i++) {
    const instance = instanceOf(env, frames[i]!);
    const frame = instance === null ? -1 : frameno + instance.depth - i;
    if (instance === null || frame < 0 || frame > instance.depth) {
      out.fill(-1);
      return;
    }
    const { callsite } = frames[i + 1]!;
    instance.addLiveBefore(env.aux.has(callsite, Fact.CALLS_CALLBACK) ? callsite : callsite + 1, frame, out);
  }
}
