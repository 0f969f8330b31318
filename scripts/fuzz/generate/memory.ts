// SPDX-License-Identifier: GPL-2.0-only
/** Statements over memory: atomics of all kinds, narrow and variable stack accesses, packets at variable offsets, legacy packet loads, the arena. */
import { Alu, Atomic, Class, Jmp, Mode } from '../../../src/isa/opcode';
import { ATOMIC_OPS, JMP_OPS, SIZE } from './asm';
import { arithmetic, keepScalar, scalar, type Statement } from './basic';
import type { Scope } from './scope';

const BYTES = [1, 2, 4, 8] as const;
const HELPER = { random: 7, skbLoadBytes: 26, pullData: 39, xdpAdjustHead: 44 } as const;

/** Base register and a legal offset range for an access: memory that we have, else our stack, else something that is not memory at all. */
function place(s: Scope): { readonly base: number; readonly low: number; readonly size: number } {
  const { random: r } = s;
  const memory = s.find('memory');
  const value = memory === 0 ? null : s.valueOf(memory);
  if (value?.kind === 'memory' && r.chance(0.6)) return { base: memory, low: 0, size: value.size };
  const others = s.vars.flatMap((v, i) => (v === null || v.kind === 'scalar' ? [] : [i + 6]));
  if (others.length > 0 && r.chance(0.25)) return { base: r.pick(others), low: 0, size: 64 };
  return { base: 10, low: -8 * s.slots.length, size: 8 * s.slots.length };
}

/** Any atomic operation, acquiring loads and releasing stores among them, at a place that fits, mostly. */
export const atomic: Statement = (s) => {
  const { asm, random: r } = s;
  const { base, low, size } = place(s);
  const op = r.pick([
    ...ATOMIC_OPS,
    Atomic.AND | Atomic.FETCH,
    Atomic.XOR | Atomic.FETCH,
    Atomic.LOAD_ACQ,
    Atomic.LOAD_ACQ,
    Atomic.STORE_REL,
    Atomic.STORE_REL,
  ]);
  const ordered = op === Atomic.LOAD_ACQ || op === Atomic.STORE_REL;
  const bytes = ordered
    ? r.pick(BYTES)
    : r.weighted([
        [8, 4],
        [8, 8],
        [0.3, 1],
        [0.3, 2],
      ] as const);
  const off = low + r.below(Math.max(1, Math.floor(size / bytes))) * bytes;
  if (base === 10 && r.chance(0.8)) asm.storeImm(8, 10, off & ~7, r.constant());
  const pointer = s.vars.flatMap((v, i) => (v === null || v.kind === 'scalar' ? [] : [i + 6]));
  if (op === Atomic.CMPXCHG) scalar(s, 0);
  if (op === Atomic.LOAD_ACQ) {
    asm.atomic(bytes, op, r.pick([0, 1, 2, 3]), off, base);
    if (r.chance(0.5)) asm.raw(Class.STX | Mode.ATOMIC | SIZE[bytes]!, 1, base, off, op);
    return;
  }
  // sometimes a pointer, which may then be fetched from the stack
  if (pointer.length > 0 && r.chance(0.15)) asm.movReg(2, r.pick(pointer));
  else scalar(s, 2);
  asm.atomic(bytes, op, base, off, 2);
  if (base === 10 && r.chance(0.6)) {
    asm.load(r.pick(BYTES), 3, 10, off);
    if (r.chance(0.4)) keepScalar(s, 3);
  }
};

/** A scalar bounded by 32-bit comparisons, sign and zero extensions, then used as an offset or kept. */
export const subRegister: Statement = (s) => {
  const { asm, random: r } = s;
  const out = asm.label();
  scalar(s, 1);
  const kept = r.chance(0.5) ? s.take({ kind: 'scalar' }) : 0;
  if (kept !== 0) asm.movReg(kept, 1);
  for (let n = r.between(1, 4); n > 0; n--) {
    switch (r.pick(['jump', 'jumpReg', 'extend', 'narrow', 'math', 'swap', 'copy', 'test'] as const)) {
      case 'jump':
        asm.jump(r.pick(JMP_OPS), 1, r.constant(), out, false);
        break;
      case 'jumpReg':
        if (kept !== 0) asm.jumpReg(r.pick(JMP_OPS), 1, kept, out, r.chance(0.3));
        else asm.jumpReg(r.pick(JMP_OPS), 1, 1, out, false);
        break;
      case 'extend':
        if (r.chance(0.5)) asm.aluReg(Alu.MOV, 1, kept !== 0 && r.chance(0.3) ? kept : 1, true, r.pick([8, 16, 32]));
        else asm.aluReg(Alu.MOV, 1, kept !== 0 && r.chance(0.3) ? kept : 1, false, r.pick([8, 16]));
        break;
      case 'narrow':
        asm.aluReg(Alu.MOV, kept !== 0 && r.chance(0.3) ? kept : 1, 1, false);
        break;
      case 'swap':
        asm.raw(r.pick([0xd4, 0xdc, 0xd7]), 1, 0, 0, r.pick([16, 32, 64]));
        break;
      case 'copy':
        asm.lea(2, 1, r.pick([0, 1, -1, 4, 8]));
        asm.jump(r.pick(JMP_OPS), 2, r.constant(), out, r.chance(0.5));
        if (r.chance(0.5)) asm.alu(Alu.ADD, 1, r.pick([0, 1, -1, 4]), r.chance(0.6));
        break;
      case 'test':
        asm.alu(Alu.AND, 1, r.pick([1, 0xff, 0xffff, 0x7fffffff, -8, -256]), r.chance(0.5));
        break;
      default:
        arithmetic(s, 1, kept === 0 ? -1 : kept);
    }
  }
  const memory = s.find('memory');
  if (memory !== 0 && r.chance(0.4)) {
    if (r.chance(0.5)) asm.alu(Alu.AND, 1, 7);
    asm.movReg(2, memory);
    asm.aluReg(Alu.ADD, 2, 1);
    asm.load(r.pick(BYTES), 3, 2, 0);
  } else keepScalar(s, 1);
  asm.put(out);
  s.give(kept);
};

/** Reads and writes of our stack at an offset that is known in bounds only: over spills, over what was never written. */
export const variableStack: Statement = (s) => {
  const { asm, random: r } = s;
  const words = r.between(1, 5);
  const base = s.stack(words * 8);
  if (base === 0) return;
  for (let i = 0; i < words; i++) {
    const what = r.below(5);
    if (what === 0) continue;
    if (what === 1) {
      const pointers = s.vars.flatMap((v, k) => (v === null ? [] : [k + 6]));
      asm.store(8, 10, base + i * 8, pointers.length > 0 ? r.pick(pointers) : 10);
    } else if (what === 2) {
      scalar(s, 1);
      asm.store(r.pick(BYTES), 10, base + i * 8, 1);
    } else asm.storeImm(8, 10, base + i * 8, r.constant());
  }
  const bytes = r.pick(BYTES);
  scalar(s, 1);
  asm.alu(Alu.AND, 1, r.chance(0.1) ? 7 : r.pick([8, 16, 24, 8, 16, 24, 4, 12].filter((mask) => mask % bytes === 0)));
  if (r.chance(0.2)) asm.alu(Alu.ADD, 1, r.pick([bytes, 8, 8]));
  asm.lea(2, 10, base + r.pick([0, 0, 0, 8, -8, r.chance(0.2) ? 1 : 0]));
  asm.aluReg(Alu.ADD, 2, 1);
  if (r.chance(0.5)) {
    asm.load(bytes, 3, 2, r.pick([0, 0, 0, 8, -8]), r.chance(0.2));
    if (r.chance(0.5)) keepScalar(s, 3);
  } else if (r.chance(0.5)) asm.storeImm(bytes, 2, 0, r.pick([0, 0, 1, -1]));
  else {
    scalar(s, 3);
    asm.store(bytes, 2, 0, 3);
  }
  // what is there now?
  for (let n = r.between(0, 2); n > 0; n--) asm.load(r.pick(BYTES), 4, 10, base + r.below(words) * 8);
};

/** Packet data behind a header of unknown length, in all spellings of the check. */
export const packetVariable: Statement = (s, block) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  if (ctx === 0 || s.host.packet === null) return;
  const [start, end] = s.host.packet;
  const size = r.pick([1, 2, 4, 8, 20]);
  const reg = s.take({ kind: 'memory', size, writable: s.host.section !== 'cgroup_skb/egress' });
  if (reg === 0) return;
  const none = asm.label();
  asm.load(4, reg, ctx, start);
  if (r.chance(0.7)) {
    scalar(s, 1);
    if (r.chance(0.8)) asm.alu(Alu.AND, 1, r.pick([0x3c, 0xff, 0x7fff, 0xfffc, 0xffff]), r.chance(0.7));
    asm.aluReg(Alu.ADD, reg, 1);
    if (r.chance(0.3)) {
      asm.mov(1, 0);
      asm.storeImm(8, 10, -8, r.below(64));
      s.slots[0] = { kind: 'scalar' };
      asm.load(1, 1, 10, -8);
      asm.aluReg(Alu.ADD, reg, 1);
    }
  }
  asm.load(4, 3, ctx, end);
  const skew = r.weighted([
    [8, 0],
    [1, 1],
    [1, -1],
  ] as const);
  asm.lea(2, reg, size + skew);
  if (r.chance(0.2)) asm.movReg(4, 2);
  switch (r.below(6)) {
    case 0:
      asm.jumpReg(Jmp.JGT, 2, 3, none);
      break;
    case 1:
      asm.jumpReg(Jmp.JLT, 3, 2, none);
      break;
    case 2:
      asm.jumpReg(Jmp.JGE, 2, 3, none);
      break;
    case 3:
      asm.jumpReg(Jmp.JLE, 3, 2, none);
      break;
    case 4: {
      const good = asm.label();
      asm.jumpReg(Jmp.JLE, 2, 3, good);
      asm.goto(none);
      asm.put(good);
      break;
    }
    default: {
      const good = asm.label();
      asm.jumpReg(Jmp.JGE, 3, 2, good);
      asm.goto(none);
      asm.put(good);
    }
  }
  asm.load(r.pick(BYTES), 1, reg, r.pick([0, 0, size - 1, -1]));
  if (r.chance(0.2)) {
    // everything that was known of the packet goes
    asm.movReg(1, ctx);
    asm.mov(2, r.pick([0, -14, 8]));
    if (s.host.section.startsWith('xdp')) asm.helper(HELPER.xdpAdjustHead);
    else asm.helper(HELPER.pullData);
  }
  block(s);
  asm.put(none);
  s.give(reg);
};

/** `LD_ABS` and `LD_IND`: R6 must hold the context, R0 gets the value, R1 to R5 go. */
export const legacyLoad: Statement = (s) => {
  const { asm, random: r } = s;
  const six = s.vars[0];
  if (six?.kind !== 'ctx' && r.chance(0.95)) return;
  const size = r.pick([1, 2, 4, 4, 8] as const);
  const indirect = r.chance(0.4);
  if (indirect) {
    scalar(s, 2);
    if (r.chance(0.5)) asm.alu(Alu.AND, 2, 0xff);
  }
  asm.raw(Class.LD | (indirect ? Mode.IND : Mode.ABS) | SIZE[size]!, 0, indirect ? 2 : 0, 0, r.chance(0.9) ? r.below(64) : r.constant());
  if (r.chance(0.6)) keepScalar(s, 0);
};

/** Pages of the arena: allocated, cast to and fro, accessed in all ways. */
export const arena: Statement = (s, block) => {
  const { asm, random: r } = s;
  if (!s.host.tracing && r.chance(0.9)) return;
  const reg = s.take({ kind: 'arena' });
  if (reg === 0) return;
  const none = asm.label();
  if (s.host.sleepable && s.atomic === 0 && r.chance(0.6)) {
    asm.map(1, 'arena');
    asm.mov(2, 0);
    asm.mov(3, r.pick([1, 2, 100]));
    asm.mov(4, -1);
    asm.mov(5, 0);
    asm.kfunc('bpf_arena_alloc_pages');
    asm.movReg(reg, 0);
    if (r.chance(0.6)) asm.jump(Jmp.JEQ, 0, 0, none);
  } else {
    // the map must be named, whatever comes of it
    asm.map(1, 'arena');
    scalar(s, 2);
    asm.movReg(reg, 2);
  }
  // addr_space_cast: imm is destination and source address space
  const cast = (dst: number, src: number, imm: number): void => asm.raw(Class.ALU64 | Alu.MOV | 8, dst, src, 1, imm);
  if (r.chance(0.9)) cast(reg, reg, 1);
  for (let n = r.between(1, 4); n > 0; n--) {
    const bytes = r.pick(BYTES);
    switch (r.pick(['load', 'store', 'imm', 'atomic', 'add', 'user', 'compare', 'mixed', 'spill', 'block', 'narrow'] as const)) {
      case 'load':
        asm.load(bytes, 1, reg, r.pick([0, 8, 4096, -8]), bytes < 8 && r.chance(0.15));
        if (bytes === 8 && r.chance(0.3)) {
          cast(1, 1, 1);
          asm.load(4, 2, 1, 0);
        }
        break;
      case 'store':
        scalar(s, 2);
        asm.store(bytes, reg, 0, 2);
        break;
      case 'imm':
        asm.storeImm(bytes, reg, 8, r.constant());
        break;
      case 'atomic':
        scalar(s, 2);
        asm.atomic(r.pick([4, 8]), r.pick([...ATOMIC_OPS, Atomic.STORE_REL]), reg, 0, 2);
        break;
      case 'add':
        scalar(s, 2);
        asm.aluReg(r.pick([Alu.ADD, Alu.ADD, Alu.SUB, Alu.AND]), reg, 2, r.chance(0.9));
        break;
      case 'user':
        cast(2, reg, r.pick([0x10000, 0x10000, 1, 2]));
        asm.store(8, reg, 0, 2);
        break;
      case 'compare':
        asm.jump(r.pick([Jmp.JEQ, Jmp.JNE, Jmp.JGT]), reg, 0, none);
        break;
      case 'mixed':
        asm.movReg(2, reg);
        asm.aluReg(Alu.ADD, 2, reg);
        asm.aluReg(Alu.SUB, 2, reg);
        asm.load(4, 3, 2, 0);
        break;
      case 'spill': {
        const slot = r.below(s.slots.length);
        asm.store(8, 10, -8 * (slot + 1), reg);
        s.slots[slot] = null;
        asm.load(8, 3, 10, -8 * (slot + 1));
        asm.load(4, 4, 3, 0);
        break;
      }
      case 'narrow':
        asm.aluReg(Alu.MOV, 2, reg, false);
        break;
      default:
        block(s);
    }
  }
  if (s.host.sleepable && s.atomic === 0 && r.chance(0.3)) {
    asm.map(1, 'arena');
    asm.movReg(2, reg);
    asm.mov(3, 1);
    asm.kfunc(r.pick(['bpf_arena_free_pages', 'bpf_arena_reserve_pages']));
  }
  asm.put(none);
  s.give(reg);
};

/** Bytes of the packet into a buffer of known or bounded size. */
export const loadBytes: Statement = (s) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  const at = s.stack(32);
  if (ctx === 0 || at === 0) return;
  const init = r.between(0, 4);
  for (let i = 0; i < init; i++) asm.storeImm(8, 10, at + i * 8, 0);
  const variable = r.chance(0.4);
  if (variable) {
    asm.helper(HELPER.random);
    asm.alu(Alu.AND, 0, r.pick([15, 31, 63]), r.chance(0.7));
  }
  asm.movReg(1, ctx);
  asm.mov(2, 0);
  asm.lea(3, 10, at);
  if (variable) asm.movReg(4, 0);
  else asm.mov(4, r.pick([1, 8, 32, 33, 0]));
  asm.helper(HELPER.skbLoadBytes);
  asm.load(r.pick(BYTES), 1, 10, at + 8 * r.below(4));
};
