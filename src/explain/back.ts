// SPDX-License-Identifier: GPL-2.0-only
/** Where the value of a register comes from, and where it lost its meaning: walks the path back. */
import type { Insn } from '../isa/insn';
import { Alu, aluOp, Atomic, CALL, Class, classOf, EXIT, Mode, modeOf, usesReg } from '../isa/opcode';
import { RegType } from '../kernel/types';
import type { RegState } from '../verifier/state/reg';
import type { Step } from './trace';

/** A register of a frame (from 0, outermost first), or eight bytes of its stack by slot index. */
export interface Spot {
  readonly kind: 'reg' | 'slot';
  readonly index: number;
  readonly depth: number;
}

/** What an instruction did to the value that is followed. */
export interface Link {
  /** Index into the path: `path[step].insn` did it. */
  readonly step: number;
  readonly insn: number;
  readonly kind: 'call' | 'load' | 'move' | 'compute' | 'constant' | 'spill' | 'fill' | 'lost';
  readonly before: RegState | null;
  readonly after: RegState | null;
  /** Where the value was before that. */
  readonly from: Spot | null;
}

export interface Trace {
  /** Newest first. */
  readonly links: readonly Link[];
  /** Where it begins: an argument of the program, of a callback or of a global function; '' if an instruction makes it. */
  readonly start: '' | 'argument' | 'callback' | 'frame';
  /** The spot where it begins. */
  readonly spot: Spot;
}

const MAX_LINKS = 40;

/** The value of a spot at a step. */
export function valueAt(step: Step | undefined, spot: Spot): RegState | null {
  const frame = step?.frames[spot.depth];
  if (frame === undefined) return null;
  return (spot.kind === 'reg' ? frame.regs[spot.index] : frame.stack[spot.index]?.reg) ?? null;
}

export function isPointer(reg: RegState | null): reg is RegState {
  return reg !== null && reg.type !== RegType.SCALAR_VALUE && reg.type !== RegType.NOT_INIT;
}

/** What an instruction writes into the register: where from, or null if it makes the value. Undefined if it does not write it. */
function written(insn: Insn, no: number): { kind: Link['kind']; from: { kind: 'reg' | 'slot'; index: number } | null } | undefined {
  const cls = classOf(insn.code);
  const mode = modeOf(insn.code);
  const reg = (index: number): { kind: 'reg'; index: number } => ({ kind: 'reg', index });
  switch (cls) {
    case Class.ALU:
    case Class.ALU64:
      if (insn.dst !== no) return undefined;
      if (aluOp(insn.code) !== Alu.MOV) return { kind: 'compute', from: reg(no) };
      return usesReg(insn.code) ? { kind: 'move', from: reg(insn.src) } : { kind: 'constant', from: null };
    case Class.LD:
      if (mode === Mode.IMM) return insn.dst === no ? { kind: 'constant', from: null } : undefined;
      return no <= 5 ? { kind: 'call', from: null } : undefined;
    case Class.LDX:
      if (insn.dst !== no) return undefined;
      if (insn.src === 10) return { kind: 'fill', from: { kind: 'slot', index: (-insn.off - 1) >> 3 } };
      return { kind: 'load', from: reg(insn.src) };
    case Class.STX: {
      if (mode !== Mode.ATOMIC) return undefined;
      const fetched = insn.imm === Atomic.CMPXCHG ? 0 : (insn.imm & Atomic.FETCH) !== 0 ? insn.src : -1;
      return fetched === no ? { kind: 'load', from: reg(insn.dst) } : undefined;
    }
    default:
      return insn.code === CALL && no <= 5 ? { kind: no === 0 ? 'call' : 'lost', from: null } : undefined;
  }
}

function slotWritten(insn: Insn, index: number): { kind: Link['kind']; from: { kind: 'reg'; index: number } | null } | undefined {
  const cls = classOf(insn.code);
  if ((cls !== Class.STX && cls !== Class.ST) || insn.dst !== 10 || (-insn.off - 1) >> 3 !== index) return undefined;
  return cls === Class.STX && modeOf(insn.code) === Mode.MEM
    ? { kind: 'spill', from: { kind: 'reg', index: insn.src } }
    : { kind: 'constant', from: null };
}

/** A value changed although the instruction does not write its place. */
function isLost(before: RegState | null, after: RegState | null): boolean {
  return before !== after && isPointer(before) && !isPointer(after);
}

/**
 * Follows a spot back from the arrival at `path[at]`. Moves, spills and arithmetic lead on, loads and calls end it unless `through` says
 * that loads lead on to the pointer that was loaded through.
 */
export function trackBack(insns: readonly Insn[], path: readonly Step[], at: number, first: Spot, through = false): Trace {
  const links: Link[] = [];
  let spot = first;
  for (let i = at - 1; i >= 0; i--) {
    const [step, next] = [path[i]!, path[i + 1]!];
    const insn = insns[step.insn]!;
    const [depth, nextDepth] = [step.depth - 1, next.depth - 1];
    const before = valueAt(step, spot);
    const after = valueAt(next, spot);
    if (depth > spot.depth && nextDepth === spot.depth && insn.code === EXIT && spot.kind === 'reg' && spot.index === 0) {
      if (step.frames[depth]?.isCallback !== true) spot = { kind: 'reg', index: 0, depth };
      continue;
    }
    if (depth < spot.depth) {
      // the function was entered here
      const isCallback = next.frames[spot.depth]?.isCallback === true;
      if (isCallback || spot.kind === 'slot' || spot.index > 5) return { links, start: isCallback ? 'callback' : '', spot };
      spot = { ...spot, depth };
      continue;
    }
    const isCall = insn.code === CALL;
    const wrote = depth !== spot.depth ? undefined : spot.kind === 'reg' ? written(insn, spot.index) : slotWritten(insn, spot.index);
    if (wrote === undefined) {
      if (!isLost(before, after)) continue;
      links.push({ step: i, insn: step.insn, kind: 'lost', before, after, from: null });
      return { links, start: '', spot };
    }
    if (isCall && nextDepth > depth) continue;
    const from: Spot | null = wrote.from === null ? null : { ...wrote.from, depth: spot.depth };
    links.push({ step: i, insn: step.insn, kind: wrote.kind, before, after, from });
    if (from === null || links.length >= MAX_LINKS || (wrote.kind === 'load' && !through)) return { links, start: '', spot };
    spot = from;
  }
  if (spot.kind === 'reg' && spot.index === 10) return { links, start: 'frame', spot };
  return { links, start: path[0]?.frames[0]?.isAsync === true ? 'callback' : 'argument', spot };
}

/** The register of the innermost frame at the end of the path. */
export function regSpot(path: readonly Step[], regno: number): Spot {
  return { kind: 'reg', index: regno, depth: (path[path.length - 1]?.depth ?? 1) - 1 };
}
