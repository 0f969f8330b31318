// SPDX-License-Identifier: GPL-2.0-only
/** Where a register's value comes from: the chain of definitions on the path of one state. */
import { type Insn, isHelperCall, isJmpClass, isKfuncCall, isPseudoCall } from '../isa/insn';
import { Alu, aluOp, Atomic, CALL, Class, classOf, EXIT, FP_REG, Mode, modeOf, usesReg } from '../isa/opcode';
import type { OriginStep, OriginView } from '../protocol/path';
import type { Trail } from '../verifier/state/state';
import { conditionText, successors } from './cfg';
import type { GraphInput } from './input';
import { takerName } from './titles';

/** Links that are told, and steps that are looked back. */
const MAX_LINKS = 12;
const MAX_BACK = 100_000;

/** What the walk looks for: a register, or eight bytes of the frame's stack at that offset. */
type Wanted = { readonly kind: 'reg'; readonly no: number } | { readonly kind: 'slot'; readonly off: number };

/** Outcome of one instruction: what to look for from there on, or null when the chain ends with it. `undefined`: it does not write it. */
type Definition = Wanted | null | undefined;

function definition(insn: Insn, wanted: Wanted): Definition {
  const cls = classOf(insn.code);
  const mode = modeOf(insn.code);
  if (wanted.kind === 'slot') {
    if ((cls !== Class.STX && cls !== Class.ST) || insn.dst !== FP_REG || insn.off !== wanted.off) return undefined;
    return cls === Class.STX && mode === Mode.MEM ? { kind: 'reg', no: insn.src } : null;
  }
  const { no } = wanted;
  switch (cls) {
    case Class.ALU:
    case Class.ALU64: {
      if (insn.dst !== no) return undefined;
      if (aluOp(insn.code) !== Alu.MOV) return wanted;
      return usesReg(insn.code) ? { kind: 'reg', no: insn.src } : null;
    }
    case Class.LD:
      return mode === Mode.IMM ? (insn.dst === no ? null : undefined) : no === 0 ? null : undefined;
    case Class.LDX:
      if (insn.dst !== no) return undefined;
      return insn.src === FP_REG ? { kind: 'slot', off: insn.off } : { kind: 'reg', no: insn.src };
    case Class.STX: {
      if (mode !== Mode.ATOMIC) return undefined;
      if (insn.imm === Atomic.LOAD_ACQ) return insn.dst === no ? { kind: 'reg', no: insn.src } : undefined;
      const fetched = insn.imm === Atomic.CMPXCHG ? 0 : (insn.imm & Atomic.FETCH) !== 0 ? insn.src : -1;
      return fetched === no ? null : undefined;
    }
    default:
      return insn.code === CALL && no <= 5 ? null : undefined;
  }
}

function stepText(input: GraphInput, insn: number): string {
  const code = input.env.insns[insn]!;
  return isHelperCall(code) || isKfuncCall(code) ? takerName(input, insn) : input.insnText(insn);
}

/** What a conditional jump on `no` says on the way to `next`, '' if it is none. */
function checkText(input: GraphInput, at: Trail, next: Trail, no: number): string {
  const insn = input.env.insns[at.insn]!;
  if (!isJmpClass(insn) || insn.code === CALL || insn.code === EXIT || insn.dst !== no) return '';
  const ways = successors(input.env.insns, at.insn, null);
  const went = ways.find((w) => w.to === next.insn);
  return ways.length > 1 && went !== undefined ? conditionText(insn, went.kind) : '';
}

/**
 * Walks back from an arrival. Follows moves, arithmetic, loads (to their base pointer), and spills through the frame pointer; a result
 * of a subprogram is followed into it. Stores through copies of the frame pointer are not seen.
 */
export function originOf(input: GraphInput, trail: Trail, state: number, register: number): OriginView {
  const steps: OriginStep[] = [];
  const view = (start: string): OriginView => ({ insn: trail.insn, state, register, steps, start });
  let wanted: Wanted = { kind: 'reg', no: register };
  let { depth } = trail;
  let next = trail;
  for (let looked = 0; next.prev !== null && looked < MAX_BACK; looked++) {
    const at = next.prev;
    const insn = input.env.insns[at.insn]!;
    if (wanted.kind === 'reg' && wanted.no === FP_REG) return view('frame pointer');
    if (at.depth > depth) {
      // the result of a subprogram is what its r0 was at its exit
      if (wanted.kind === 'reg' && wanted.no === 0 && insn.code === EXIT && at.depth === depth + 1 && next.depth === depth)
        depth = at.depth;
      next = at;
      continue;
    }
    if (at.depth < depth) {
      if (wanted.kind === 'slot' || wanted.no > 5 || !isPseudoCall(insn)) return view(isPseudoCall(insn) ? '' : 'argument of the callback');
      depth = at.depth;
      next = at;
      continue;
    }
    const check = wanted.kind === 'reg' ? checkText(input, at, next, wanted.no) : '';
    if (check !== '') steps.push({ insn: at.insn, kind: 'check', text: check });
    const def = definition(insn, wanted);
    if (def !== undefined) {
      steps.push({ insn: at.insn, kind: 'set', text: stepText(input, at.insn) });
      if (def === null || steps.length >= MAX_LINKS) return view('');
      wanted = def;
    }
    next = at;
  }
  if (wanted.kind === 'reg' && wanted.no === FP_REG) return view('frame pointer');
  return view(next.prev === null && wanted.kind === 'reg' && wanted.no === 1 ? 'argument of the program' : '');
}

/** The chain of definitions of a register in one kept state; null if there is no such state. */
export function originInState(input: GraphInput, insn: number, state: number, register: number): OriginView | null {
  const snapshot = input.recorder.insns[insn]?.kept[state];
  return snapshot === undefined ? null : originOf(input, snapshot.trail, state, register);
}
