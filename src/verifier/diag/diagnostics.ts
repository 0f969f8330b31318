// SPDX-License-Identifier: GPL-2.0-only
/**
 * Records what explains a refusal, and tells it. There is one for a verification whose log has states (level bits 1 and 2) or that
 * was asked to explain; all others go without (`kernel/bpf/diagnostics.c`).
 */
import { jumpTarget } from '../../isa/flow';
import { Alu, aluOp, Class, classOf, Jmp, jmpOp, usesReg } from '../../isa/opcode';
import { RegType } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import type { FuncState } from '../state/frame';
import type { Held, HeldTable } from '../state/held';
import { NOTHING_HELD } from '../state/held';
import type { RegState } from '../state/reg';
import { SlotType } from '../state/stack';
import type { VerifierState } from '../state/state';
import type { Change, ChangeReason, Place, Value } from './event';
import { EventLog, touches } from './event';
import type { Failure } from './failure';
import { keepsLineage } from './lineage';
import { makeReport, type Report, reportText } from './report';

/** A change that was begun and not yet ended. */
interface OpenChange {
  readonly place: Place;
  readonly insn: number;
  readonly reason: ChangeReason;
  readonly before: RegState;
  readonly origin: Place | null;
}

/** A register of a frame. */
export function regPlace(frame: FuncState, regno: number): Place {
  return { kind: 'reg', frame: frame.diagFrame, frameno: frame.frameno, index: regno };
}

/** An outgoing stack argument, from 0. */
export function argPlace(frame: FuncState, index: number): Place {
  return { kind: 'arg', frame: frame.diagFrame, frameno: frame.frameno, index };
}

/** A stack slot. */
export function slotPlace(frame: FuncState, spi: number): Place {
  return { kind: 'slot', frame: frame.diagFrame, frameno: frame.frameno, index: spi };
}

export class Diagnostics {
  /** The last report that was told, and how many instructions had been processed then. */
  last: { readonly report: Report; readonly processed: number } | null = null;
  /** Line records are looked at once they are checked. */
  hasLines = false;

  private readonly log = new EventLog();
  private open: OpenChange | null = null;
  private frames = 0;
  /** What was held when the events of regions and references were last brought up to date. */
  private held: HeldTable = NOTHING_HELD;

  constructor(private readonly env: VerifierEnv) {}

  /** Number for a new frame, from 1. */
  newFrame(): number {
    return ++this.frames;
  }

  /** Position of the log of events, before a path is put away. */
  save(): number {
    this.syncHeld();
    return this.log.mark;
  }

  /** A path is taken up whose events end at `mark`. */
  resume(mark: number, held: HeldTable): void {
    this.log.cutBack(mark);
    this.held = held;
  }

  /** The value of a place in the current state, null if it is not there any more. */
  private valueAt(place: Place): Value {
    const frame = this.env.cur.frames[place.frameno];
    if (frame === undefined || frame.diagFrame !== place.frame) return null;
    switch (place.kind) {
      case 'reg':
        return frame.regs[place.index] ?? null;
      case 'arg':
        return frame.stackArgs[place.index] ?? null;
      case 'slot':
        return frame.stack[place.index]?.reg ?? null;
      case 'bytes':
        return null;
    }
  }

  /** Where the instruction itself takes the new value of a place from (`diag_mod_insn_origin`). */
  private insnOrigin(insnIdx: number, place: Place): Place | null {
    const { code, src } = this.env.insns[insnIdx]!;
    const cls = classOf(code);
    if (place.kind === 'reg') {
      const moves = (cls === Class.ALU || cls === Class.ALU64) && aluOp(code) === Alu.MOV && usesReg(code);
      return moves ? { ...place, index: src } : null;
    }
    return place.kind !== 'bytes' && cls === Class.STX ? regPlace(this.env.frame, src) : null;
  }

  private record(change: Change): void {
    const origin = change.origin ?? this.insnOrigin(change.insn, change.place);
    const event = origin === change.origin ? change : { ...change, origin };
    const { before, after, reason } = event;
    if (before !== null && after !== null && (reason === 'write' || reason === 'spill') && origin === null) {
      if (looksSame(before, after) && keepsLineage(this.env.insns, event)) return;
    }
    this.log.append(event);
  }

  /** The value at a place is about to change; {@link end} records that. A change that is begun again takes the place of the former. */
  begin(place: Place, reason: ChangeReason = 'write', origin: Place | null = null): void {
    const before = this.valueAt(place);
    this.open = before === null ? null : { place, insn: this.env.insnIdx, reason, before, origin };
  }

  /** The change that was begun has happened. */
  end(): void {
    const { open } = this;
    if (open === null) return;
    this.open = null;
    const after = this.valueAt(open.place);
    if (after !== null) this.record({ kind: 'change', ...open, after });
  }

  /** The value at a place is about to be lost (`bpf_diag_record_scrub`). */
  scrub(place: Place, reason: ChangeReason): void {
    const before = this.valueAt(place);
    if (before === null || before.type === RegType.NOT_INIT) return;
    this.record({ kind: 'change', insn: this.env.insnIdx, place, origin: null, reason, before, after: null });
  }

  /** Stack bytes `min` to `end` (exclusive) may be overwritten. */
  scrubBytes(frame: FuncState, min: number, end: number): void {
    const place: Place = { kind: 'bytes', frame: frame.diagFrame, frameno: frame.frameno, min, end };
    this.record({ kind: 'change', insn: this.env.insnIdx, place, origin: null, reason: 'variable-write', before: null, after: null });
  }

  /** R1 to R5 of a frame are about to be lost in a call (`bpf_diag_record_caller_saved`). */
  scrubCallerSaved(frame: FuncState): void {
    for (let i = 1; i <= 5; i++) this.scrub(regPlace(frame, i), 'call');
  }

  /** The outgoing stack arguments of a frame are about to be lost in a call. */
  scrubStackArgs(frame: FuncState): void {
    frame.stackArgs.forEach((_, i) => this.scrub(argPlace(frame, i), 'call'));
  }

  /**
   * Every value of the current state that `change` makes another one of is about to become that one: registers, spilled registers,
   * stack arguments of all frames, in this order. `reason` other than `write` says that it is lost. `records`: of iterators too.
   */
  changeAll(change: (reg: RegState) => RegState, reason: ChangeReason, records = false): void {
    const insn = this.env.insnIdx;
    const visit = (place: Place, before: RegState): void => {
      const after = change(before);
      if (after === before || before.type === RegType.NOT_INIT) return;
      this.record({ kind: 'change', insn, place, origin: null, reason, before, after: reason === 'write' ? after : null });
    };
    for (const frame of this.env.cur.frames) {
      frame.regs.forEach((reg, i) => visit(regPlace(frame, i), reg));
      frame.stack.forEach((slot, spi) => {
        if (slot.top === SlotType.SPILL || (records && slot.top === SlotType.ITER)) visit(slotPlace(frame, spi), slot.reg);
      });
      frame.stackArgs.forEach((reg, i) => visit(argPlace(frame, i), reg));
    }
  }

  /** The instruction at hand was reached from `prev`; a conditional jump that had a choice was decided. */
  arrive(prev: number, insnIdx: number): void {
    const insn = this.env.insns[prev];
    if (insn === undefined || this.env.cur.speculative) return;
    const cls = classOf(insn.code);
    const op = jmpOp(insn.code);
    if (cls !== Class.JMP && cls !== Class.JMP32) return;
    if (op === Jmp.JA || op === Jmp.CALL || op === Jmp.EXIT || op > Jmp.JCOND || insn.off === 0) return;
    if (insnIdx === jumpTarget(insn, prev)) this.log.append({ kind: 'branch', insn: prev, taken: true });
    else if (insnIdx === prev + 1) this.log.append({ kind: 'branch', insn: prev, taken: false });
  }

  /** Records what has been entered and left since the last time; at the end of each instruction. */
  syncHeld(): void {
    const before = this.held;
    // there is no path yet while the program's structure is checked
    const after = (this.env.cur as VerifierState | undefined)?.held ?? before;
    if (before === after) return;
    this.held = after;
    const depth = new Map<string, number>();
    for (const { cls } of before.entries) {
      const region = cls.report?.region;
      if (region !== undefined) depth.set(region, (depth.get(region) ?? 0) + 1);
    }
    const told = (held: Held, entered: boolean): void => {
      const region = held.cls.report?.region;
      const insn = entered ? held.insn : this.env.insnIdx;
      if (held.cls.token === 'pointer') this.log.append({ kind: 'reference', insn, id: held.id, taken: entered });
      if (region === undefined) return;
      const now = (depth.get(region) ?? 0) + (entered ? 1 : -1);
      depth.set(region, now);
      this.log.append({ kind: 'region', insn, region, entered, depth: now });
    };
    for (const e of before.entries) if (!after.entries.includes(e)) told(e, false);
    for (const e of after.entries) if (!before.entries.includes(e)) told(e, true);
  }

  /** The latest change of a place, null if none is known. */
  latestChange(place: Place): Change | null {
    for (let i = this.log.size - 1; i >= 0; i--) {
      const event = this.log.at(i);
      if (event.kind === 'change' && touches(event.place, place)) return event;
    }
    return null;
  }

  /** Whether all events since the function was entered are still known. */
  get isComplete(): boolean {
    return this.log.lost === 0;
  }

  /** Tells a refusal: the report goes into the log, if that has room for such things. */
  tell(failure: Failure): void {
    this.syncHeld();
    const { env } = this;
    const report = makeReport(env, this.log, failure);
    this.last = { report, processed: env.insnProcessed };
    if (env.log.detailed && env.kernel.features['log.reports']) env.log.append(reportText(env, report, this.hasLines));
  }
}

/** Same in everything that reports tell of a value: type, object, offset or value. */
function looksSame(a: RegState, b: RegState): boolean {
  if (a === b) return true;
  const x = a.val;
  const y = b.val;
  if (a.type !== b.type || x.vHi !== y.vHi || x.vLo !== y.vLo || x.mHi !== y.mHi || x.mLo !== y.mLo) return false;
  if (x.bHi !== y.bHi || x.bLo !== y.bLo || x.sHi !== y.sHi || x.sLo !== y.sLo) return false;
  switch (a.base) {
    case RegType.CONST_PTR_TO_MAP:
    case RegType.PTR_TO_MAP_KEY:
    case RegType.PTR_TO_MAP_VALUE:
      return a.obj === b.obj;
    case RegType.PTR_TO_BTF_ID:
      return a.obj === b.obj && a.btfId === b.btfId;
    default:
      return true;
  }
}
