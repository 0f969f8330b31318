// SPDX-License-Identifier: GPL-2.0-only
import type { JmpHistoryEntry } from '../state/state';

/** `MAX_CALL_FRAMES`. */
export const MAX_FRAMES = 16;

/**
 * Registers, stack slots and stack arguments that a walk back is looking for, by frame (`struct backtrack_state`).
 * The 64 slots of a frame are two words: slot i is bit i of `slotsLo`, or bit i - 32 of `slotsHi`.
 */
export class BacktrackMasks {
  /** Innermost frame of the walk. */
  frame = 0;
  readonly regs = new Int32Array(MAX_FRAMES);
  readonly slotsLo = new Int32Array(MAX_FRAMES);
  readonly slotsHi = new Int32Array(MAX_FRAMES);
  readonly stackArgs = new Int32Array(MAX_FRAMES);

  /** True if nothing is looked for in the frames up to the current one. */
  get empty(): boolean {
    let mask = this.regs[this.frame]!;
    for (let f = 0; f <= this.frame && mask === 0; f++) mask |= this.regs[f]! | this.slotsLo[f]! | this.slotsHi[f]! | this.stackArgs[f]!;
    return mask === 0;
  }
  reset(): void {
    this.frame = 0;
    this.regs.fill(0);
    this.slotsLo.fill(0);
    this.slotsHi.fill(0);
    this.stackArgs.fill(0);
  }

  hasReg(reg: number): boolean {
    return (this.regs[this.frame]! & (1 << reg)) !== 0;
  }
  setReg(reg: number): void {
    this.setFrameReg(this.frame, reg);
  }
  clearReg(reg: number): void {
    this.clearFrameReg(this.frame, reg);
  }
  hasFrameReg(frame: number, reg: number): boolean {
    return (this.regs[frame]! & (1 << reg)) !== 0;
  }
  setFrameReg(frame: number, reg: number): void {
    this.regs[frame] = this.regs[frame]! | (1 << reg);
  }
  clearFrameReg(frame: number, reg: number): void {
    this.regs[frame] = this.regs[frame]! & ~(1 << reg);
  }

  hasSlot(frame: number, slot: number): boolean {
    return slot < 32 ? (this.slotsLo[frame]! & (1 << slot)) !== 0 : (this.slotsHi[frame]! & (1 << (slot - 32))) !== 0;
  }
  setSlot(frame: number, slot: number): void {
    if (slot < 32) this.slotsLo[frame] = this.slotsLo[frame]! | (1 << slot);
    else this.slotsHi[frame] = this.slotsHi[frame]! | (1 << (slot - 32));
  }
  clearSlot(frame: number, slot: number): void {
    if (slot < 32) this.slotsLo[frame] = this.slotsLo[frame]! & ~(1 << slot);
    else this.slotsHi[frame] = this.slotsHi[frame]! & ~(1 << (slot - 32));
  }
  /** Whether any slot of the current frame is looked for. */
  get anySlot(): boolean {
    return (this.slotsLo[this.frame]! | this.slotsHi[this.frame]!) !== 0;
  }

  hasStackArg(frame: number, slot: number): boolean {
    return (this.stackArgs[frame]! & (1 << slot)) !== 0;
  }
  setStackArg(frame: number, slot: number): void {
    this.stackArgs[frame] = this.stackArgs[frame]! | (1 << slot);
  }
  clearStackArg(frame: number, slot: number): void {
    this.stackArgs[frame] = this.stackArgs[frame]! & ~(1 << slot);
  }

  /** If one of the registers and slots that the entry links is looked for, all of them are (`bpf_bt_sync_linked_regs`). */
  syncLinked(entry: JmpHistoryEntry | null): void {
    if (entry === null || entry.linkedRegs.length === 0) return;
    let wanted = false;
    for (const l of entry.linkedRegs) wanted ||= l.isReg ? this.hasFrameReg(l.frameno, l.index) : this.hasSlot(l.frameno, l.index);
    if (!wanted) return;
    for (const l of entry.linkedRegs) {
      if (l.isReg) this.setFrameReg(l.frameno, l.index);
      else this.setSlot(l.frameno, l.index);
    }
  }

  /** Registers as the log spells them: `r1,r6`. */
  regText(frame: number): string {
    const names: string[] = [];
    for (let i = 0; i < 32; i++) if (this.hasFrameReg(frame, i)) names.push(`r${i}`);
    return names.join(',');
  }
  /** Registers and slots of a frame as bits, as Linux 6.1 spells them: `regs=8 stack=0`. */
  hexText(frame: number): string {
    const slots = (BigInt(this.slotsHi[frame]! >>> 0) << 32n) | BigInt(this.slotsLo[frame]! >>> 0);
    return `regs=${(this.regs[frame]! >>> 0).toString(16)} stack=${slots.toString(16)}`;
  }
  /** Slots as the log spells them: `-8,-24`. */
  slotText(frame: number): string {
    const names: string[] = [];
    for (let i = 0; i < 64; i++) if (this.hasSlot(frame, i)) names.push(`${-(i + 1) * 8}`);
    return names.join(',');
  }
}
