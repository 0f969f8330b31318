// SPDX-License-Identifier: GPL-2.0-only
/** What one instruction does to the tracks of registers, stack arguments and spilled values (`kernel/bpf/liveness.c: arg_track_xfer`). */
import { type Insn, isStackArgLoad, isStackArgStoreImm, isStackArgStoreReg } from '../../isa/insn';
import {
  accessBytes,
  Alu,
  aluOp,
  Atomic,
  CALL,
  Class,
  classOf,
  FP_REG,
  Jmp,
  jmpOp,
  Mode,
  modeOf,
  NR_REGS,
  STACK_ARG_REG,
  usesReg,
} from '../../isa/opcode';
import { addS16, Frame, NONE, type TrackTable } from './arg-track';
import { atomicLoadReg } from './def-use';

/** Outgoing stack arguments of a call. */
export const STACK_ARGS = 7;
/** First of the tracks of outgoing stack arguments in a {@link Tracks} row. */
export const ARG_BASE = NR_REGS;
/** First of the tracks of stack slots: slot 0 is fp-8, slot 63 fp-512. */
export const SLOT_BASE = NR_REGS + STACK_ARGS;
export const SLOTS = 64;
/** Tracks of one program point: R0–R10, stack arguments, stack slots. */
export const ROW = SLOT_BASE + SLOTS;

/** Track numbers of one program point, {@link ROW} long. */
export type Tracks = Int32Array;

/** Bit of the registers that address stack arguments, among bits of R0 to R10. */
const STACK_ARG_BIT = 1 << STACK_ARG_REG;

/** Tracks where a walk over the program stands, changed by each instruction. */
export class TrackEdit {
  readonly row: Tracks = new Int32Array(ROW).fill(NONE);
  /** Places that ever had a track here; all others have none. Registers first, the others as they came. */
  private readonly places: number[] = [];
  private readonly known = new Uint8Array(ROW);
  /** Registers that have a track; bit i = Ri. */
  private regs = 0;

  /** @param everywhere all places are gone through, in order, for whoever tells of them */
  constructor(everywhere: boolean) {
    for (let i = 0; i < (everywhere ? ROW : NR_REGS); i++) this.addPlace(i);
  }
  private addPlace(i: number): void {
    this.places.push(i);
    this.known[i] = 1;
  }

  get(i: number): number {
    return this.row[i]!;
  }
  set(i: number, track: number): void {
    if (this.row[i] === track) return;
    if (this.known[i] === 0) this.addPlace(i);
    this.row[i] = track;
    if (i < NR_REGS) this.regs = track === NONE ? this.regs & ~(1 << i) : this.regs | (1 << i);
  }

  /** Whether an instruction may read a track or change one: one of its operands has one or is on the stack, or it has others that it does not name. */
  touches({ code, dst, src }: Insn): boolean {
    if (((this.regs | STACK_ARG_BIT) & ((1 << dst) | (1 << src))) !== 0) return true;
    return code === CALL || (classOf(code) === Class.STX && modeOf(code) === Mode.ATOMIC);
  }

  /** The tracks of all {@link places}, to be kept; later ones have none there. */
  pack(): number[] {
    const { row, places } = this;
    const kept = new Array<number>(places.length);
    for (let k = 0; k < places.length; k++) kept[k] = row[places[k]!]!;
    return kept;
  }
  /** Goes on with tracks that were packed. */
  load(kept: readonly number[]): void {
    const { row, places } = this;
    this.regs = 0;
    for (let k = 0; k < places.length; k++) {
      const track = k < kept.length ? kept[k]! : NONE;
      row[places[k]!] = track;
      if (track !== NONE && k < NR_REGS) this.regs |= 1 << k;
    }
  }
  /** Joins the tracks into ones that were packed; whether these changed. `told` learns of each change: the place, what was there, came and is. */
  joinInto(kept: number[], table: TrackTable, told: ((place: number, was: number, add: number, joined: number) => void) | null): boolean {
    const { row, places } = this;
    let changed = false;
    for (let k = 0; k < places.length; k++) {
      const place = places[k]!;
      if (k === kept.length) kept.push(NONE);
      const was = kept[k]!;
      const add = row[place]!;
      if (was === add) continue;
      const joined = table.join(was, add);
      if (joined === was) continue;
      kept[k] = joined;
      changed = true;
      told?.(place, was, add, joined);
    }
    return changed;
  }
}

/** Surroundings of the instruction: the frame it runs in. */
export interface FrameContext {
  readonly table: TrackTable;
  readonly depth: number;
  /** Tracks of the incoming stack arguments. */
  readonly stackArgs: readonly number[];
  /** Tracks of an outer frame at the call that leads here. */
  readonly parent: (frame: number) => Tracks;
}

/** Index of an outgoing or incoming stack argument by its byte offset, −1 if beyond the last. */
export function stackArgSlot(off: number): number {
  const n = Math.trunc(Math.abs(off) / 8);
  return n > STACK_ARGS ? -1 : n - 1;
}

/** Slot of an aligned byte offset from the frame pointer, −1 if there is none. */
function slotOf(off: number): number {
  return off >= 0 || off < -SLOTS * 8 || off % 8 !== 0 ? -1 : -off / 8 - 1;
}

/** Changes `at` from the tracks before the instruction to those after it. */
export function transferTracks(ctx: FrameContext, insn: Insn, at: TrackEdit): void {
  const { table } = ctx;
  const { dst, src } = insn;
  if (isStackArgStoreImm(insn) || isStackArgStoreReg(insn)) {
    const slot = stackArgSlot(insn.off);
    if (slot >= 0) at.set(ARG_BASE + slot, isStackArgStoreReg(insn) ? at.get(src) : NONE);
    return;
  }
  if (isStackArgLoad(insn)) {
    const slot = stackArgSlot(insn.off);
    at.set(dst, slot >= 0 ? ctx.stackArgs[slot]! : NONE);
    return;
  }
  switch (classOf(insn.code)) {
    case Class.ALU64:
      at.set(dst, alu64(table, insn, at.get(dst), at.get(src)));
      return;
    case Class.ALU:
      at.set(dst, NONE);
      return;
    case Class.JMP:
      if (jmpOp(insn.code) === Jmp.CALL) for (let r = 0; r <= 5; r++) at.set(r, NONE);
      return;
    case Class.LDX:
      at.set(dst, load(ctx, insn, at));
      return;
    case Class.LD:
      if (modeOf(insn.code) === Mode.IMM) at.set(dst, NONE);
      return;
    case Class.STX:
      storeReg(ctx, insn, at);
      return;
    case Class.ST:
      if (modeOf(insn.code) === Mode.MEM && mayBeLocal(ctx, dst, at)) clearSlots(table, insn, at);
      return;
    default:
  }
}

function alu64(table: TrackTable, insn: Insn, dst: number, src: number): number {
  const op = aluOp(insn.code);
  if (usesReg(insn.code)) {
    if (op === Alu.MOV) return insn.off === 0 ? src : NONE;
    return dst === NONE && src === NONE ? NONE : table.alu64(dst, src);
  }
  if (op === Alu.MOV || dst === NONE) return NONE;
  const { frame } = table.get(dst);
  if (frame < 0) return dst;
  if (op === Alu.ADD) return table.add(dst, insn.imm);
  if (op === Alu.SUB) return table.add(dst, -insn.imm);
  return table.somewhere(frame);
}

/** Whether a register may point into the frame of the instruction itself (`can_be_local_fp`). */
function mayBeLocal(ctx: FrameContext, regno: number, at: TrackEdit): boolean {
  const id = at.get(regno);
  if (id === NONE) return regno === FP_REG;
  const track = ctx.table.get(id);
  return regno === FP_REG || track.frame === ctx.depth || (track.frame === Frame.IMPRECISE && (track.mask & (1 << ctx.depth)) !== 0);
}

function load(ctx: FrameContext, insn: Insn, at: TrackEdit): number {
  if (at.get(insn.src) === NONE && insn.src !== FP_REG) return NONE;
  const src = ctx.table.get(at.get(insn.src));
  if (modeOf(insn.code) !== Mode.MEM || accessBytes(insn.code) !== 8) return NONE;
  if (mayBeLocal(ctx, insn.src, at)) return fill(ctx.table, insn, at, at.row, ctx.depth);
  if (src.frame >= 0 && src.frame < ctx.depth) return fill(ctx.table, insn, at, ctx.parent(src.frame), src.frame);
  if (src.frame === Frame.IMPRECISE && src.mask !== 0) return at.get(insn.src);
  return NONE;
}

/** Track of the value that a load may read from the slots of `stack`, those of the frame at `depth` (`fill_from_stack`). */
function fill(table: TrackTable, insn: Insn, at: TrackEdit, stack: Tracks, depth: number): number {
  const anywhere = (): number => table.imprecise((1 << (depth + 1)) - 1);
  if (insn.src === FP_REG) {
    const slot = slotOf(insn.off);
    return slot >= 0 ? stack[SLOT_BASE + slot]! : anywhere();
  }
  const { offs } = table.get(at.get(insn.src));
  if (offs.length === 0) return anywhere();
  let result = NONE;
  for (const off of offs) {
    const place = addS16(off, insn.off);
    const slot = place === null ? -1 : slotOf(place);
    if (slot < 0) return anywhere();
    result = table.join(result, stack[SLOT_BASE + slot]!);
  }
  return result;
}

function storeReg(ctx: FrameContext, insn: Insn, at: TrackEdit): void {
  const mode = modeOf(insn.code);
  const local = mayBeLocal(ctx, insn.dst, at);
  if (mode === Mode.MEM && local) spill(ctx.table, insn, at);
  if (mode !== Mode.ATOMIC) return;
  if (local && insn.imm !== Atomic.LOAD_ACQ) clearSlots(ctx.table, insn, at);
  const loaded = atomicLoadReg(insn);
  if (loaded >= 0) at.set(loaded, NONE);
}

/** Puts the stored value's track into every slot that the store may reach (`spill_to_stack`). */
function spill(table: TrackTable, insn: Insn, at: TrackEdit): void {
  const value = accessBytes(insn.code) === 8 ? at.get(insn.src) : NONE;
  if (insn.dst === FP_REG) {
    const slot = slotOf(insn.off);
    if (slot >= 0) at.set(SLOT_BASE + slot, value);
    return;
  }
  const { offs } = table.get(at.get(insn.dst));
  if (offs.length === 0) {
    for (let i = SLOT_BASE; i < ROW; i++) at.set(i, table.join(at.get(i), value));
    return;
  }
  for (const off of offs) {
    const place = addS16(off, insn.off);
    const slot = place === null ? -1 : slotOf(place);
    if (slot < 0) continue;
    const i = SLOT_BASE + slot;
    at.set(i, offs.length === 1 ? value : table.join(at.get(i), value));
  }
}

/** Forgets what the slots that a store may reach held (`clear_stack_for_all_offs`). */
function clearSlots(table: TrackTable, insn: Insn, at: TrackEdit): void {
  const size = accessBytes(insn.code);
  if (insn.dst === FP_REG) {
    clearOverlapping(table, at, insn.off, size, true);
    return;
  }
  const { offs } = table.get(at.get(insn.dst));
  if (offs.length === 0) {
    blurAll(table, at);
    return;
  }
  for (const off of offs) {
    const place = addS16(off, insn.off);
    if (place === null) {
      blurAll(table, at);
      break;
    }
    clearOverlapping(table, at, place, size, offs.length === 1);
  }
}

function blurAll(table: TrackTable, at: TrackEdit): void {
  for (let i = SLOT_BASE; i < ROW; i++) at.set(i, table.join(at.get(i), NONE));
}

function clearOverlapping(table: TrackTable, at: TrackEdit, off: number, size: number, certain: boolean): void {
  for (let slot = 0; slot < SLOTS; slot++) {
    const start = -(slot + 1) * 8;
    if (start >= off + size || start + 8 <= off) continue;
    const i = SLOT_BASE + slot;
    at.set(i, certain ? NONE : table.join(at.get(i), NONE));
  }
}
