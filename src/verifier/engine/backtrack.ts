// SPDX-License-Identifier: GPL-2.0-only
/** One instruction of the walk back for precision (`kernel/bpf/backtrack.c: backtrack_insn`). */
import { Linkage } from '../../btf/types';
import { calledSlot } from '../../isa/flow';
import type { Insn } from '../../isa/insn';
import { Alu, aluOp, Atomic, Class, classOf, FP_REG, Jmp, jmpOp, Mode, modeOf, PseudoCall, usesReg } from '../../isa/opcode';
import { Fact } from '../aux';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { insnText } from '../log/insn';
import { HistFlag, type JmpHistoryEntry } from '../state/state';
import { lowestBit } from './bits';
import { MAX_FRAMES, type BacktrackMasks } from './masks';
import { findSubprog } from '../prepass/subprog-table';

/** Bits of R1 to R5. */
export const ARG_REGS = 0b111110;

function bug(env: VerifierEnv, what: string): never {
  return env.reject(Errno.EFAULT, `verifier bug: ${what}\n`);
}

function enterFrame(env: VerifierEnv, masks: BacktrackMasks): void {
  if (masks.frame === MAX_FRAMES - 1) bug(env, `subprog enter from frame ${masks.frame}`);
  masks.frame++;
}

function leaveFrame(env: VerifierEnv, masks: BacktrackMasks): void {
  if (masks.frame === 0) bug(env, 'subprog exit from frame 0');
  masks.frame--;
}

function aluInsn(insn: Insn, masks: BacktrackMasks): void {
  const op = aluOp(insn.code);
  if (!masks.hasReg(insn.dst) || op === Alu.END || op === Alu.NEG) return;
  const fromReg = usesReg(insn.code);
  if (op === Alu.MOV) masks.clearReg(insn.dst);
  if (fromReg && insn.src !== FP_REG) masks.setReg(insn.src);
}

function isAtomicRead(insn: Insn): boolean {
  if (classOf(insn.code) !== Class.STX || modeOf(insn.code) !== Mode.ATOMIC) return false;
  return insn.imm === Atomic.LOAD_ACQ || (insn.imm & Atomic.FETCH) !== 0;
}

/** Register that a load or a fetching atomic operation writes. */
function loadedReg(insn: Insn): number {
  if (classOf(insn.code) === Class.LDX || insn.imm === Atomic.LOAD_ACQ) return insn.dst;
  return insn.imm === Atomic.CMPXCHG ? 0 : insn.src;
}

function loadInsn(insn: Insn, masks: BacktrackMasks, hist: JmpHistoryEntry | null): void {
  const reg = loadedReg(insn);
  if (!masks.hasReg(reg)) return;
  masks.clearReg(reg);
  if (hist === null) return;
  // an incoming stack argument lies with the caller
  if ((hist.flags & HistFlag.STACK_ARG_ACCESS) !== 0) masks.setStackArg(masks.frame - 1, hist.spi);
  else if ((hist.flags & HistFlag.STACK_ACCESS) !== 0) masks.setSlot(hist.frame, hist.spi);
}

/** False if the walk has to give up: a scalar that is looked for is used as an address. */
function storeInsn(insn: Insn, masks: BacktrackMasks, hist: JmpHistoryEntry | null): boolean {
  if (masks.hasReg(insn.dst)) return false;
  if (hist === null) return true;
  if ((hist.flags & HistFlag.STACK_ARG_ACCESS) !== 0) {
    if (!masks.hasStackArg(masks.frame, hist.spi)) return true;
    masks.clearStackArg(masks.frame, hist.spi);
  } else {
    if ((hist.flags & HistFlag.STACK_ACCESS) === 0 || !masks.hasSlot(hist.frame, hist.spi)) return true;
    masks.clearSlot(hist.frame, hist.spi);
  }
  if (classOf(insn.code) === Class.STX) masks.setReg(insn.src);
  return true;
}

/** A call of a subprogram, seen from behind: of a global one only R0 came back, a static one's frame is left. */
function subprogCall(env: VerifierEnv, insn: Insn, idx: number, masks: BacktrackMasks): void {
  const subprog = findSubprog(env, calledSlot(insn, idx));
  if (subprog < 0) env.reject(Errno.EFAULT);
  const regs = masks.regs[masks.frame]!;
  if (env.subprogs[subprog]!.linkage === Linkage.GLOBAL) {
    if ((regs & ARG_REGS) !== 0) bug(env, `global subprog unexpected regs ${regs.toString(16)}`);
    masks.clearReg(0);
    return;
  }
  if ((regs & ~ARG_REGS) !== 0) bug(env, `static subprog unexpected regs ${regs.toString(16)}`);
  if (masks.anySlot) bug(env, 'static subprog leftover stack slots');
  for (let i = 1; i <= 5; i++) {
    if (!masks.hasReg(i)) continue;
    masks.clearReg(i);
    masks.setFrameReg(masks.frame - 1, i);
  }
  if (masks.stackArgs[masks.frame] !== 0) bug(env, 'static subprog leftover stack arg slots');
  leaveFrame(env, masks);
}

/** From a callback back to the call that runs it: the callback's arguments are not the call's. */
function callbackEntry(env: VerifierEnv, masks: BacktrackMasks): void {
  const regs = masks.regs[masks.frame]!;
  if ((regs & ~ARG_REGS) !== 0) bug(env, `callback unexpected regs ${regs.toString(16)}`);
  if (masks.anySlot) bug(env, 'callback leftover stack slots');
  masks.regs[masks.frame] = regs & ~ARG_REGS;
  leaveFrame(env, masks);
}

/** A call of a helper or kfunc. False if the walk has to give up. */
function otherCall(env: VerifierEnv, insn: Insn, idx: number, subseqIdx: number, masks: BacktrackMasks): boolean {
  if (insn.src === PseudoCall.KFUNC && insn.imm === 0) return false;
  masks.clearReg(0);
  const regs = masks.regs[masks.frame]!;
  if ((regs & ARG_REGS) !== 0) bug(env, `backtracking call unexpected regs ${regs.toString(16)}`);
  // a tail call inside a subprogram may also return from it
  if (insn.src === PseudoCall.HELPER && subseqIdx - idx !== 1 && env.kernel.anyHelperProto(insn.imm)?.behaviour === 'tail_call') {
    enterFrame(env, masks);
  }
  return true;
}

/** From the instruction after a call into the subprogram or callback that returned there. */
function exitInsn(env: VerifierEnv, subseqIdx: number, masks: BacktrackMasks): void {
  const call = env.insns[subseqIdx - 1];
  const fromCall = call !== undefined && call.code === (Class.JMP | Jmp.CALL) && call.src === PseudoCall.CALL;
  const wantsR0 = fromCall && masks.hasReg(0);
  const regs = masks.regs[masks.frame]!;
  if (fromCall && (regs & ARG_REGS) !== 0) bug(env, `backtracking exit unexpected regs ${regs.toString(16)}`);
  masks.clearReg(0);
  enterFrame(env, masks);
  if (wantsR0) masks.setReg(0);
}

/** False if the walk has to give up. */
function callInsn(env: VerifierEnv, insn: Insn, idx: number, subseqIdx: number, masks: BacktrackMasks): boolean {
  const entersSubprog = insn.src === PseudoCall.CALL && insn.code === (Class.JMP | Jmp.CALL);
  if (!env.kernel.features['precision.throughCalls'] && (entersSubprog || env.aux.has(idx, Fact.CALLS_CALLBACK))) return false;
  if (entersSubprog) subprogCall(env, insn, idx, masks);
  else if (env.aux.has(idx, Fact.CALLS_CALLBACK) && idx !== subseqIdx - 1) callbackEntry(env, masks);
  else return otherCall(env, insn, idx, subseqIdx, masks);
  return true;
}

/** A decided or undecided comparison of two registers: one needs the other. */
function compareInsn(insn: Insn, hist: JmpHistoryEntry | null, masks: BacktrackMasks): void {
  if (!usesReg(insn.code) || (!masks.hasReg(insn.dst) && !masks.hasReg(insn.src))) return;
  const flags = hist?.flags ?? 0;
  if ((flags & HistFlag.SRC_REG_STACK) === 0) masks.setReg(insn.src);
  if ((flags & HistFlag.DST_REG_STACK) === 0) masks.setReg(insn.dst);
}

function ldInsn(env: VerifierEnv, insn: Insn, idx: number, subseqIdx: number, masks: BacktrackMasks): boolean {
  const mode = modeOf(insn.code);
  if (mode === Mode.IMM) {
    masks.clearReg(insn.dst);
    return true;
  }
  if (mode === Mode.IND || mode === Mode.ABS) {
    if (masks.hasReg(insn.dst)) return false;
    if (subseqIdx !== idx + 1) enterFrame(env, masks);
  }
  return true;
}

/** In {@link walkMarks}: what is looked for may change whatever it is. No register's bit. */
export const ALWAYS = 1 << 14;
/** In {@link walkMarks}: what is looked for may change if the instruction has a history entry. */
const IF_RECORDED = 1 << 15;

function marksOf(insn: Insn): number {
  const { code } = insn;
  if (code === 0) return 0;
  const cls = classOf(code);
  switch (cls) {
    case Class.ALU:
    case Class.ALU64:
      return 1 << insn.dst;
    case Class.JMP:
    case Class.JMP32: {
      const op = jmpOp(code);
      if (op === Jmp.CALL || op === Jmp.EXIT) return ALWAYS;
      return usesReg(code) ? (1 << insn.dst) | (1 << insn.src) : 0;
    }
    case Class.LD:
      return modeOf(code) === Mode.IMM ? 1 << insn.dst : ALWAYS;
    default:
      return cls !== Class.LDX && !isAtomicRead(insn) ? (1 << insn.dst) | IF_RECORDED : 1 << loadedReg(insn);
  }
}

/**
 * For each instruction the registers, as bits, that have to be looked for so that {@link backtrackInsn} does anything, and when it may do
 * something else.
 */
export function walkMarks(insns: readonly Insn[]): Uint16Array {
  const marks = new Uint16Array(insns.length);
  for (let i = 0; i < insns.length; i++) marks[i] = marksOf(insns[i]!);
  return marks;
}

/**
 * Whether what is looked for may change by an instruction, by its {@link walkMarks}: by most it does not.
 * @param wanted registers of the frame that are looked for, and {@link ALWAYS}
 */
export function touches(marks: number, wanted: number, hist: JmpHistoryEntry | null): boolean {
  return (marks & wanted) !== 0 || (hist !== null && ((marks & IF_RECORDED) !== 0 || hist.linkedRegs.length !== 0));
}

/** Registers that {@link WalkSteps} knows of: R0 to R9. */
const STEP_REGS = 10;
const STEP_MASK = (1 << STEP_REGS) - 1;
/** A row has one place more, for the instructions that have to be looked at whatever is looked for. */
const STEP_ROW = STEP_REGS + 1;
/** Longest step. */
const MAX_STEP = 255;

/** How far a walk back may step at once, past instructions without history entry that do not touch what it looks for. */
export class WalkSteps {
  /** For each instruction and register the distance back to the next that touches it, itself included; {@link MAX_STEP} if that is not nearer. */
  private readonly distances: Uint8Array;

  constructor(readonly marks: Uint16Array) {
    const distances = new Uint8Array(marks.length * STEP_ROW);
    for (let insn = 0, at = 0; insn < marks.length; insn++, at += STEP_ROW) {
      const touched = marks[insn]!;
      const always = (touched & ALWAYS) !== 0;
      for (let r = 0; r < STEP_ROW; r++) {
        const before = insn === 0 ? 0 : distances[at - STEP_ROW + r]!;
        distances[at + r] = always || (touched & (1 << r) & STEP_MASK) !== 0 ? 0 : Math.min(before + 1, MAX_STEP);
      }
    }
    this.distances = distances;
  }

  /** Number of instructions from `insn` back that do not touch what is looked for, or a smaller one. */
  from(insn: number, wanted: number): number {
    const { distances } = this;
    const at = insn * STEP_ROW;
    let step = distances[at + STEP_REGS]!;
    for (let left = wanted & STEP_MASK; left !== 0 && step !== 0; left &= left - 1) {
      step = Math.min(step, distances[at + lowestBit(left)]!);
    }
    return (wanted & ~(STEP_MASK | ALWAYS)) === 0 ? step : 0;
  }
}

/**
 * Turns what is looked for after instruction `idx` into what is looked for before it.
 * @param subseqIdx instruction executed after it
 * @param hist its history entry, if it has one
 * @returns false if the instruction cannot be walked over (`-ENOTSUPP`)
 */
export function backtrackInsn(
  env: VerifierEnv,
  masks: BacktrackMasks,
  idx: number,
  subseqIdx: number,
  hist: JmpHistoryEntry | null,
): boolean {
  const insn = env.insns[idx]!;
  if (insn.code === 0) return true;
  if (env.log.full) {
    const { frame } = masks;
    const wanted = env.kernel.features['log.wholeRecord']
      ? `mark_precise: frame${frame}: regs=${masks.regText(frame)} stack=${masks.slotText(frame)}`
      : masks.hexText(frame);
    env.log.append(`${wanted} before ${idx}: ${insnText(env, idx)}\n`);
  }
  masks.syncLinked(hist);
  const cls = classOf(insn.code);
  switch (cls) {
    case Class.ALU:
    case Class.ALU64:
      aluInsn(insn, masks);
      return true;
    case Class.JMP:
    case Class.JMP32: {
      const op = jmpOp(insn.code);
      if (op === Jmp.CALL) return callInsn(env, insn, idx, subseqIdx, masks);
      if (op === Jmp.EXIT) {
        if (!env.kernel.features['precision.throughCalls']) return false;
        exitInsn(env, subseqIdx, masks);
        return true;
      }
      compareInsn(insn, hist, masks);
      masks.syncLinked(hist);
      return true;
    }
    case Class.LD:
      return ldInsn(env, insn, idx, subseqIdx, masks);
    default:
      if (cls !== Class.LDX && !isAtomicRead(insn)) return storeInsn(insn, masks, hist);
      loadInsn(insn, masks, hist);
      return true;
  }
}
