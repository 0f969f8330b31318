// SPDX-License-Identifier: GPL-2.0-only
/**
 * Forward propagation of constants through the registers, before anything is executed.
 * Results go to `env.constants`: values that fit 32 bits, map pointers (index into `env.usedMaps`), subprogram numbers.
 * Facts: `kernel/bpf/const_fold.c: bpf_compute_const_regs`.
 */
import { calledSlot } from '../../isa/flow';
import { type Insn, isStackArgLoad, isStackArgStoreImm, isStackArgStoreReg } from '../../isa/insn';
import {
  accessBytes,
  Alu,
  aluOp,
  CALL,
  Class,
  classOf,
  LD_IMM64,
  Mode,
  modeOf,
  NR_REGS,
  PseudoLd,
  Source,
  withoutClass,
} from '../../isa/opcode';
import { mayBeAnything } from '../../object/ranges';
import { RegConstants } from '../aux';
import type { VerifierEnv } from '../env';
import type { BpfMap } from '../state/map';
import { atomicLoadReg } from './def-use';
import { directValueErrno } from './resolve';
import type { Flow, Stretches } from './successors';
import { findSubprog, subprogCount } from './subprog-table';

const enum Known {
  UNVISITED = 0,
  UNKNOWN,
  CONST,
  MAP_PTR,
  MAP_VALUE,
  SUBPROG,
}

/** Registers of one program point: value as low and high half, map as index; stale parts stay, because joins compare them. */
class ConstRegs {
  readonly kind: Uint8Array;
  readonly map: Int32Array;
  readonly lo: Int32Array;
  readonly hi: Int32Array;

  constructor(size: number) {
    this.kind = new Uint8Array(size);
    this.map = new Int32Array(size);
    this.lo = new Int32Array(size);
    this.hi = new Int32Array(size);
  }

  unknown(r: number): void {
    this.kind[r] = Known.UNKNOWN;
    this.map[r] = 0;
    this.lo[r] = 0;
    this.hi[r] = 0;
  }
  set(r: number, kind: Known, lo: number, hi: number): void {
    this.kind[r] = kind;
    this.lo[r] = lo;
    this.hi[r] = hi;
  }
  copy(to: number, from: ConstRegs, at: number): void {
    this.kind[to] = from.kind[at]!;
    this.map[to] = from.map[at]!;
    this.lo[to] = from.lo[at]!;
    this.hi[to] = from.hi[at]!;
  }
  isZero(r: number): boolean {
    return this.kind[r] === Known.CONST && this.lo[r] === 0 && this.hi[r] === 0;
  }
}

export function computeConstRegs(env: VerifierEnv, flow: Flow, stretches: Stretches): void {
  env.constants = new RegConstants(env.insns.length);
  const before = new ConstRegs(stretches.count * NR_REGS);
  for (let s = 0; s < subprogCount(env); s++) {
    const at = stretches.numbers[env.subprogs[s]!.start]! * NR_REGS;
    for (let r = 0; r < NR_REGS; r++) before.unknown(at + r);
  }
  // without loops each instruction comes after all that lead to it
  let changed = env.flowsBack.includes(1);
  while (changed) changed = walk(env, flow, stretches, before, false);
  walk(env, flow, stretches, before, true);
}

/**
 * Goes through the program once, with the constants before each straight stretch, which it joins where ways lead to. Whether something changed that was
 * passed already.
 * @param isLast keeps what is known before each instruction
 */
function walk(env: VerifierEnv, flow: Flow, stretches: Stretches, before: ConstRegs, isLast: boolean): boolean {
  const { numbers } = stretches;
  const { insnPostorder, flowsBack } = env;
  const { first, list } = flow;
  const now = new ConstRegs(NR_REGS);
  let changed = false;
  for (let i = insnPostorder.length - 1; i >= 0; i--) {
    if ((i & 2047) === 0) env.breathe();
    const idx = insnPostorder[i]!;
    const number = numbers[idx]!;
    if (number >= 0) for (let r = 0; r < NR_REGS; r++) now.copy(r, before, number * NR_REGS + r);
    if (isLast) record(env, idx, now);
    transfer(env, now, idx);
    const end = first[idx + 1]!;
    for (let k = first[idx]!; k < end; k++) {
      const to = list[k]!;
      if (numbers[to]! >= 0 && join(before, numbers[to]! * NR_REGS, now) && flowsBack[to] === 1) changed = true;
    }
  }
  return changed;
}

function join(target: ConstRegs, at: number, out: ConstRegs): boolean {
  let changed = false;
  for (let r = 0; r < NR_REGS; r++) {
    const t = at + r;
    const old = target.kind[t];
    if (old === Known.UNKNOWN) continue;
    const now = out.kind[r];
    if (old === Known.UNVISITED) {
      if (now === Known.UNVISITED) continue;
      target.copy(t, out, r);
      changed = true;
    } else if (now !== old || out.lo[r] !== target.lo[t] || out.hi[r] !== target.hi[t] || out.map[r] !== target.map[t]) {
      target.kind[t] = Known.UNKNOWN;
      changed = true;
    }
  }
  return changed;
}

/** Keeps for an instruction what is known before it. */
function record({ constants }: VerifierEnv, idx: number, regs: ConstRegs): void {
  for (let r = 0; r < NR_REGS - 1; r++) {
    const kind = regs.kind[r]!;
    if (kind <= Known.UNKNOWN) continue;
    if (kind === Known.CONST && regs.hi[r] === 0) constants.setScalar(idx, r, regs.lo[r]!);
    else if (kind === Known.MAP_PTR) constants.setMap(idx, r, regs.map[r]!);
    else if (kind === Known.SUBPROG) constants.setSubprog(idx, r, regs.lo[r]!);
  }
}

function transfer(env: VerifierEnv, regs: ConstRegs, idx: number): void {
  const insn = env.insns[idx]!;
  if (isStackArgStoreImm(insn) || isStackArgStoreReg(insn)) return;
  if (isStackArgLoad(insn)) {
    regs.unknown(insn.dst);
    return;
  }
  switch (classOf(insn.code)) {
    case Class.ALU:
    case Class.ALU64:
      transferAlu(regs, insn);
      return;
    case Class.LD:
      transferLd(env, regs, insn, idx);
      return;
    case Class.LDX:
      transferLdx(env, regs, insn);
      return;
    case Class.JMP:
      if (insn.code === CALL) clobberCall(regs);
      return;
    case Class.STX: {
      const loaded = atomicLoadReg(insn);
      if (loaded >= 0) regs.unknown(loaded);
      return;
    }
    default:
  }
}

function clobberCall(regs: ConstRegs): void {
  for (let r = 0; r <= 5; r++) regs.unknown(r);
}

function transferAlu(regs: ConstRegs, insn: Insn): void {
  const { dst, src, imm } = insn;
  const isConst = regs.kind[dst] === Known.CONST;
  const movable = isConst || regs.kind[dst] === Known.MAP_VALUE;
  switch (withoutClass(insn.code)) {
    case Alu.MOV | Source.K:
      regs.set(dst, Known.CONST, imm, imm >> 31);
      break;
    case Alu.MOV | Source.X:
      regs.copy(dst, regs, src);
      if (insn.off !== 0) signExtend(regs, dst, insn.off);
      break;
    case Alu.ADD | Source.K:
    case Alu.SUB | Source.K:
      if (!movable) regs.unknown(dst);
      else addTo(regs, dst, aluOp(insn.code) === Alu.ADD ? imm : -imm);
      break;
    case Alu.AND | Source.K:
      if (isConst) regs.set(dst, Known.CONST, regs.lo[dst]! & imm, regs.hi[dst]! & (imm >> 31));
      else if (imm === 0) regs.set(dst, Known.CONST, 0, 0);
      else regs.unknown(dst);
      break;
    case Alu.AND | Source.X:
      if (regs.isZero(dst)) break;
      if (regs.isZero(src)) regs.set(dst, Known.CONST, 0, 0);
      else if (!isConst || regs.kind[src] !== Known.CONST) regs.unknown(dst);
      else regs.set(dst, Known.CONST, regs.lo[dst]! & regs.lo[src]!, regs.hi[dst]! & regs.hi[src]!);
      break;
    default:
      regs.unknown(dst);
  }
  if (classOf(insn.code) !== Class.ALU) return;
  if (regs.kind[dst] === Known.CONST) regs.hi[dst] = 0;
  else if (regs.kind[dst] !== Known.UNKNOWN) regs.unknown(dst);
}

/** Adds a signed number of at most 33 bits to a 64-bit value. */
function addTo(regs: ConstRegs, r: number, delta: number): void {
  const low = (regs.lo[r]! >>> 0) + (delta >>> 0);
  regs.hi[r] = regs.hi[r]! + Math.floor(delta / 0x100000000) + (low > 0xffffffff ? 1 : 0);
  regs.lo[r] = low | 0;
}

function signExtend(regs: ConstRegs, r: number, bits: number): void {
  if (regs.kind[r] !== Known.CONST || (bits !== 8 && bits !== 16 && bits !== 32)) {
    regs.unknown(r);
    return;
  }
  const low = (regs.lo[r]! << (32 - bits)) >> (32 - bits);
  regs.set(r, Known.CONST, low, low >> 31);
}

function transferLd(env: VerifierEnv, regs: ConstRegs, insn: Insn, idx: number): void {
  if (modeOf(insn.code) === Mode.ABS || modeOf(insn.code) === Mode.IND) {
    clobberCall(regs);
    return;
  }
  if (insn.code !== LD_IMM64) return;
  const aux = env.aux[idx]!;
  const mapIndex = aux.map === null ? 0 : env.usedMaps.indexOf(aux.map);
  switch (insn.src) {
    case PseudoLd.FUNC: {
      const subprog = findSubprog(env, calledSlot(insn, idx));
      if (subprog >= 0) regs.set(insn.dst, Known.SUBPROG, subprog, 0);
      else regs.unknown(insn.dst);
      return;
    }
    case PseudoLd.MAP_VALUE:
    case PseudoLd.MAP_IDX_VALUE:
      regs.set(insn.dst, Known.MAP_VALUE, aux.mapOff | 0, 0);
      regs.map[insn.dst] = mapIndex;
      return;
    case PseudoLd.MAP_FD:
    case PseudoLd.MAP_IDX:
      regs.kind[insn.dst] = Known.MAP_PTR;
      regs.map[insn.dst] = mapIndex;
      return;
    case 0:
      regs.set(insn.dst, Known.CONST, insn.imm, env.insns[idx + 1]!.imm);
      return;
    default:
      regs.unknown(insn.dst);
  }
}

function transferLdx(env: VerifierEnv, regs: ConstRegs, insn: Insn): void {
  const { dst, src } = insn;
  if (regs.kind[src] !== Known.MAP_VALUE) {
    regs.unknown(dst);
    return;
  }
  const map = env.usedMaps[regs.map[src]!]!;
  const off = (regs.lo[src]! + insn.off) | 0;
  const size = accessBytes(insn.code);
  const bytes = off < 0 || off + size > map.valueSize ? null : readFrozen(env, map, off, size);
  if (bytes === null) {
    regs.unknown(dst);
    return;
  }
  const signed = modeOf(insn.code) === Mode.MEMSX;
  const little = !env.bigEndian;
  if (size === 8) {
    const [lowAt, highAt] = little ? [0, 4] : [4, 0];
    regs.set(dst, Known.CONST, bytes.getInt32(lowAt, little), bytes.getInt32(highAt, little));
  } else {
    const unsigned = size === 4 ? bytes.getInt32(0, little) : size === 2 ? bytes.getUint16(0, little) : bytes.getUint8(0);
    const shift = 32 - size * 8;
    const low = signed ? (unsigned << shift) >> shift : unsigned;
    regs.set(dst, Known.CONST, low, signed ? low >> 31 : 0);
  }
}

/** Contents of a map that neither programs nor user space can change any more, null when they are not known (`bpf_map_direct_read`). */
function readFrozen(env: VerifierEnv, map: BpfMap, off: number, size: number): DataView | null {
  const rdonlyProg = (map.flags & env.kernel.constant('BPF_F_RDONLY_PROG')) !== 0;
  if (!rdonlyProg || !map.frozen || mayBeAnything(map.def.any, off, size)) return null;
  const indirect = (['INSN_ARRAY', 'PERCPU_ARRAY', 'ARENA'] as const).some((t) => env.kernel.constant(`BPF_MAP_TYPE_${t}`) === map.type);
  if (indirect || directValueErrno(env, map, off) !== 0) return null;
  const data = map.def.data;
  if (data === null || off + size > data.length) return new DataView(new ArrayBuffer(size));
  return new DataView(data.buffer, data.byteOffset + off, size);
}
