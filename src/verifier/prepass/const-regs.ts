// SPDX-License-Identifier: GPL-2.0-only
/**
 * Forward propagation of constants through the registers, before anything is executed.
 * Results go to `env.constants`: values that fit 32 bits, map pointers (index into `env.usedMaps`), subprogram numbers.
 * Facts: `kernel/bpf/const_fold.c: bpf_compute_const_regs`.
 */
import { calledSlot } from '../../isa/flow';
import { type Insn, isJmpClass } from '../../isa/insn';
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
import { CONST_MASK, RegConstants } from '../aux';
import type { VerifierEnv } from '../env';
import type { BpfMap } from '../state/map';
import { atomicLoadReg } from './def-use';
import { directValueErrno } from './resolve';
import type { Flow, Stretches } from './successors';
import { findSubprog, subprogCount } from './subprog-table';

const enum Known {
  UNKNOWN = 0,
  CONST,
  MAP_PTR,
  MAP_VALUE,
  SUBPROG,
}

/**
 * Constants in registers where the walk stands: value as low and high half, map as index. What is left of a value whose register became another kind
 * stays, because joins compare it.
 */
class ConstRegs {
  readonly kind = new Uint8Array(NR_REGS);
  readonly map = new Int32Array(NR_REGS);
  readonly lo = new Int32Array(NR_REGS);
  readonly hi = new Int32Array(NR_REGS);
  /** Registers that are not unknown; bit i = Ri. */
  known = 0;
  /** Those, and registers of which something is left. */
  used = 0;

  unknown(r: number): void {
    const bit = 1 << r;
    if ((this.used & bit) === 0) return;
    this.kind[r] = Known.UNKNOWN;
    this.map[r] = this.lo[r] = this.hi[r] = 0;
    this.known &= ~bit;
    this.used &= ~bit;
  }
  set(r: number, kind: Known, lo: number, hi: number): void {
    this.kind[r] = kind;
    this.lo[r] = lo;
    this.hi[r] = hi;
    this.known |= 1 << r;
    this.used |= 1 << r;
  }
  setMap(r: number, kind: Known, map: number): void {
    this.set(r, kind, this.lo[r]!, this.hi[r]!);
    this.map[r] = map;
  }
  copy(to: number, from: number): void {
    if ((this.used & (1 << from)) === 0) {
      this.unknown(to);
      return;
    }
    this.set(to, this.kind[from]!, this.lo[from]!, this.hi[from]!);
    this.map[to] = this.map[from]!;
    if (this.kind[to] === Known.UNKNOWN) this.known &= ~(1 << to);
  }
  isZero(r: number): boolean {
    return this.kind[r] === Known.CONST && this.lo[r] === 0 && this.hi[r] === 0;
  }
}

/** The same before each straight stretch, by its number. */
class KeptRegs {
  private readonly kind: Uint8Array;
  private readonly map: Int32Array;
  private readonly lo: Int32Array;
  private readonly hi: Int32Array;
  private readonly known: Uint16Array;
  private readonly used: Uint16Array;
  /** Stretches to which a way was gone. */
  private readonly reached: Uint8Array;
  /** Stretches before which something changed since they were gone through. */
  private readonly changed: Uint8Array;

  constructor(stretches: number) {
    const size = stretches * NR_REGS;
    this.kind = new Uint8Array(size);
    this.map = new Int32Array(size);
    this.lo = new Int32Array(size);
    this.hi = new Int32Array(size);
    this.known = new Uint16Array(stretches);
    this.used = new Uint16Array(stretches);
    this.reached = new Uint8Array(stretches);
    this.changed = new Uint8Array(stretches);
  }

  /** Nothing is known there: where a function begins. */
  reach(number: number): void {
    this.reached[number] = this.changed[number] = 1;
  }
  /** Goes on with what is kept for a stretch; false if it was gone through with that. */
  take(number: number, into: ConstRegs): boolean {
    if (this.changed[number] === 0) return false;
    this.changed[number] = 0;
    for (let left = into.used & ~this.used[number]!; left !== 0; left &= left - 1) into.unknown(lowest(left));
    for (let left = this.used[number]!; left !== 0; left &= left - 1) {
      const r = lowest(left);
      const at = number * NR_REGS + r;
      into.kind[r] = this.kind[at]!;
      into.map[r] = this.map[at]!;
      into.lo[r] = this.lo[at]!;
      into.hi[r] = this.hi[at]!;
    }
    into.known = this.known[number]!;
    into.used = this.used[number]!;
    return true;
  }
  /** A way leads to a stretch: what it knows otherwise gets unknown. Whether something changed. */
  join(number: number, out: ConstRegs): boolean {
    if (this.reached[number] === 0) {
      this.put(number, out);
      return true;
    }
    let changed = false;
    for (let left = this.known[number]!; left !== 0; left &= left - 1) {
      const r = lowest(left);
      const at = number * NR_REGS + r;
      if (out.kind[r] === this.kind[at] && out.lo[r] === this.lo[at] && out.hi[r] === this.hi[at] && out.map[r] === this.map[at]) continue;
      this.kind[at] = Known.UNKNOWN;
      this.known[number]! &= ~(1 << r);
      changed = true;
    }
    if (changed) this.changed[number] = 1;
    return changed;
  }
  private put(number: number, out: ConstRegs): void {
    this.reach(number);
    for (let left = out.used; left !== 0; left &= left - 1) {
      const r = lowest(left);
      const at = number * NR_REGS + r;
      this.kind[at] = out.kind[r]!;
      this.map[at] = out.map[r]!;
      this.lo[at] = out.lo[r]!;
      this.hi[at] = out.hi[r]!;
    }
    this.known[number] = out.known;
    this.used[number] = out.used;
  }
}

/** Lowest of the bits that are set. */
function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

export function computeConstRegs(env: VerifierEnv, flow: Flow, stretches: Stretches): void {
  env.constants = new RegConstants(env.insns.length);
  const kept = new KeptRegs(stretches.count);
  for (let s = 0; s < subprogCount(env); s++) kept.reach(stretches.numbers[env.subprogs[s]!.start]!);
  for (let again = true; again;) again = walk(env, flow, stretches, kept);
}

/** Goes through the stretches before which something changed. Whether something did before one that was passed already. */
function walk(env: VerifierEnv, flow: Flow, { numbers }: Stretches, kept: KeptRegs): boolean {
  const { insnPostorder, flowsBack } = env;
  const { first, list } = flow;
  const now = new ConstRegs();
  let again = false;
  let going = false;
  for (let i = insnPostorder.length - 1; i >= 0; i--) {
    if ((i & 2047) === 0) env.breathe();
    const idx = insnPostorder[i]!;
    if (numbers[idx]! >= 0) going = kept.take(numbers[idx]!, now);
    if (!going) continue;
    if (isJmpClass(env.insns[idx]!)) record(env, idx, now);
    transfer(env, now, idx);
    // inside a stretch there is one way on
    if (i > 0 && numbers[insnPostorder[i - 1]!]! < 0) continue;
    const end = first[idx + 1]!;
    for (let k = first[idx]!; k < end; k++) if (kept.join(numbers[list[k]!]!, now) && flowsBack[list[k]!] === 1) again = true;
  }
  return again;
}

/** Keeps for a jump or call what is known before it. */
function record({ constants }: VerifierEnv, idx: number, regs: ConstRegs): void {
  constants.forget(idx);
  for (let left = regs.known & CONST_MASK; left !== 0; left &= left - 1) {
    const r = lowest(left);
    const kind = regs.kind[r]!;
    if (kind === Known.CONST && regs.hi[r] === 0) constants.setScalar(idx, r, regs.lo[r]!);
    else if (kind === Known.MAP_PTR) constants.setMap(idx, r, regs.map[r]!);
    else if (kind === Known.SUBPROG) constants.setSubprog(idx, r, regs.lo[r]!);
  }
}

function transfer(env: VerifierEnv, regs: ConstRegs, idx: number): void {
  const insn = env.insns[idx]!;
  switch (classOf(insn.code)) {
    case Class.ALU:
    case Class.ALU64:
      transferAlu(regs, insn);
      return;
    case Class.LD:
      transferLd(env, regs, insn, idx);
      return;
    case Class.LDX:
      // an argument from the stack is no map's value either
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
      regs.copy(dst, src);
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
  const aux = env.aux.rare(idx);
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
      regs.setMap(insn.dst, Known.MAP_PTR, mapIndex);
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
  const { insnArray, percpuArray, arena } = env.mapTypes;
  const indirect = map.type === insnArray || map.type === percpuArray || map.type === arena;
  if (indirect || directValueErrno(env, map, off) !== 0) return null;
  const data = map.def.data;
  if (data === null || off + size > data.length) return new DataView(new ArrayBuffer(size));
  return new DataView(data.buffer, data.byteOffset + off, size);
}
