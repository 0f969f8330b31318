// SPDX-License-Identifier: GPL-2.0-only
/** Statements over scalars, the stack, branches, loops, global data. Every statement may change R0 to R5. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import { ALU_OPS, ATOMIC_OPS, JMP_OPS } from './asm';
import type { Scope } from './scope';

/** Writes a nested block. */
export type Block = (s: Scope) => void;
export type Statement = (s: Scope, block: Block) => void;
/** A statement with its weight among others. */
export type Choice = readonly [number, Statement];

const BYTES = [1, 2, 4, 8] as const;
const HELPER = { ktime: 5, random: 7, cpu: 8, pidTgid: 14 } as const;

/** Puts some scalar into R0 to R5. */
export function scalar(s: Scope, dst: number): void {
  const { asm, random: r } = s;
  const known = s.vars.flatMap((v, i) => (v?.kind === 'scalar' ? [i + 6] : []));
  const filled = s.slots.flatMap((v, i) => (v?.kind === 'scalar' ? [i] : []));
  const memory = s.find('memory');
  const ctx = s.find('ctx');
  switch (
    r.weighted([
      [3, 'const'],
      [known.length, 'var'],
      [filled.length, 'slot'],
      [s.locked ? 0 : 2, 'helper'],
      [memory === 0 ? 0 : 2, 'memory'],
      [ctx === 0 ? 0 : Math.min(2, s.host.fields.length), 'ctx'],
      [1, 'imm64'],
    ] as const)
  ) {
    case 'var':
      asm.movReg(dst, r.pick(known));
      return;
    case 'slot':
      asm.load(8, dst, 10, -8 * (r.pick(filled) + 1));
      return;
    case 'helper':
      asm.helper(r.pick([HELPER.random, HELPER.ktime, HELPER.cpu]));
      if (dst !== 0) asm.movReg(dst, 0);
      return;
    case 'memory': {
      const value = s.valueOf(memory);
      const bytes = r.pick(BYTES);
      const size = value?.kind === 'memory' ? value.size : 8;
      asm.load(bytes, dst, memory, r.below(Math.max(1, Math.floor(size / bytes))) * bytes, r.chance(0.2) && bytes < 8);
      return;
    }
    case 'ctx': {
      const [off, bytes] = r.pick(s.host.fields);
      asm.load(bytes, dst, ctx, off);
      return;
    }
    case 'imm64':
      asm.imm64(dst, r.bits() | 0, r.chance(0.5) ? 0 : r.constant());
      return;
    default:
      asm.mov(dst, r.constant());
  }
}

/** Some arithmetic on a register that holds a scalar; `other` holds one too, or is -1. */
export function arithmetic(s: Scope, dst: number, other: number): void {
  const { asm, random: r } = s;
  const wide = r.chance(0.6);
  const shape = r.weighted([
    [other >= 0 ? 4 : 0, 'reg'],
    [6, 'imm'],
    [1, 'neg'],
    [1, 'swap'],
    [2, 'extend'],
    [2, 'narrow'],
  ] as const);
  if (shape === 'reg') {
    const op = r.pick(ALU_OPS);
    asm.aluReg(op, dst, other, wide, (op === Alu.DIV || op === Alu.MOD) && r.chance(0.4) ? 1 : 0);
  } else if (shape === 'neg') asm.alu(Alu.NEG, dst, 0, wide);
  else if (shape === 'swap') asm.raw(r.pick([0xd4, 0xdc, 0xd7]), dst, 0, 0, r.pick([16, 32, 64]));
  else if (shape === 'extend')
    asm.aluReg(Alu.MOV, dst, other >= 0 && r.chance(0.5) ? other : dst, wide, r.pick(wide ? [8, 16, 32] : [8, 16]));
  else if (shape === 'narrow') asm.aluReg(Alu.MOV, dst, dst, false);
  else {
    const op = r.pick(ALU_OPS);
    const shift = op === Alu.LSH || op === Alu.RSH || op === Alu.ARSH;
    const divides = op === Alu.DIV || op === Alu.MOD;
    const imm = shift ? r.below(wide ? 64 : 32) : r.constant();
    asm.raw((wide ? 7 : 4) | op, dst, 0, divides && r.chance(0.4) ? 1 : 0, divides && imm === 0 ? 3 : imm);
  }
}

export const calculate: Statement = (s) => {
  const { asm, random: r } = s;
  scalar(s, 0);
  const two = r.chance(0.6);
  const saved = two ? s.take({ kind: 'scalar' }) : 0;
  if (saved !== 0) asm.movReg(saved, 0);
  scalar(s, 1);
  for (let n = r.between(1, 4); n > 0; n--) arithmetic(s, 1, saved === 0 ? -1 : saved);
  keepScalar(s, 1);
  s.give(saved);
};

/** Puts a scalar away where later statements find it. */
export function keepScalar(s: Scope, reg: number): void {
  const { asm, random: r } = s;
  if (r.chance(0.5)) {
    const slot = r.below(s.slots.length);
    asm.store(8, 10, -8 * (slot + 1), reg);
    s.slots[slot] = { kind: 'scalar' };
    return;
  }
  const old = s.vars.findIndex((v) => v?.kind === 'scalar');
  const to = old >= 0 ? old + 6 : s.vars.filter((v) => v === null).length > 2 ? s.take({ kind: 'scalar' }) : 0;
  if (to !== 0) asm.movReg(to, reg);
}

/** Slots written and read in all widths, spilled pointers, partly overwritten. */
export const spill: Statement = (s) => {
  const { asm, random: r } = s;
  const slot = r.below(s.slots.length);
  const off = -8 * (slot + 1);
  const shape = r.weighted([
    [4, 'scalar'],
    [3, 'pointer'],
    [2, 'part'],
    [2, 'imm'],
    [1, 'read'],
    [1, 'atomic'],
  ] as const);
  if (shape === 'pointer') {
    const reg = r.between(6, 9);
    const value = s.valueOf(reg);
    asm.store(8, 10, off, value === null ? 10 : reg);
    s.slots[slot] = value ?? null;
    if (value !== null && r.chance(0.6)) asm.load(8, reg, 10, off);
    return;
  }
  scalar(s, 1);
  if (shape === 'scalar') {
    const bytes = r.pick(BYTES);
    asm.store(bytes, 10, off, 1);
    if (bytes === 8) s.slots[slot] = { kind: 'scalar' };
    asm.load(r.chance(0.7) ? bytes : r.pick(BYTES), 2, 10, off, r.chance(0.2));
    if (r.chance(0.5)) keepScalar(s, 2);
  } else if (shape === 'part') {
    const bytes = r.pick([1, 2, 4] as const);
    asm.storeImm(8, 10, off, 0);
    asm.store(bytes, 10, off + bytes * r.below(8 / bytes), 1);
    s.slots[slot] = { kind: 'scalar' };
    asm.load(r.pick(BYTES), 2, 10, off);
  } else if (shape === 'imm') {
    asm.storeImm(8, 10, off, r.constant());
    s.slots[slot] = { kind: 'scalar' };
  } else if (shape === 'atomic') {
    asm.storeImm(8, 10, off, r.constant());
    s.slots[slot] = { kind: 'scalar' };
    asm.mov(0, 1);
    asm.atomic(r.pick([4, 8]), r.pick(ATOMIC_OPS), 10, off, 1);
  } else if (s.slots[slot]?.kind === 'scalar') asm.load(r.pick(BYTES), 2, 10, off);
};

/** Stack or memory at an offset that is only known in bounds. */
export const variableAccess: Statement = (s) => {
  const { asm, random: r } = s;
  const memory = s.find('memory');
  scalar(s, 1);
  const value = memory === 0 ? null : s.valueOf(memory);
  const size = value?.kind === 'memory' ? value.size : 32;
  const base = value === null ? s.stack(32) : 0;
  if (value === null && base === 0) return;
  if (value === null) for (let i = 0; i < 4; i++) asm.storeImm(8, 10, base + i * 8, i);
  const bytes = r.pick(BYTES);
  const out = asm.label();
  // sometimes one too many
  const limit = Math.max(0, size - bytes + (r.chance(0.12) ? 1 : 0));
  if (r.chance(0.4)) {
    asm.alu(Alu.AND, 1, (1 << (31 - Math.clz32(limit + 1))) - 1, r.chance(0.8));
    if (r.chance(0.4)) asm.alu(Alu.ADD, 1, 0);
  } else if (r.chance(0.5)) asm.jump(Jmp.JGT, 1, limit, out, r.chance(0.8));
  else {
    asm.jump(Jmp.JSLT, 1, 0, out, r.chance(0.9));
    asm.jump(Jmp.JSGT, 1, limit, out, r.chance(0.9));
  }
  if (r.chance(0.1)) arithmetic(s, 1, -1);
  // the stack wants aligned accesses
  else if (value === null && bytes > 1 && r.chance(0.95)) asm.alu(Alu.AND, 1, -bytes);
  if (value === null) asm.lea(2, 10, base);
  else asm.movReg(2, memory);
  asm.aluReg(r.chance(0.95) ? Alu.ADD : Alu.SUB, 2, 1);
  const writable = value === null || value.kind !== 'memory' || value.writable;
  if (r.chance(0.6) || !writable) asm.load(bytes, 3, 2, 0, r.chance(0.1));
  else if (r.chance(0.8)) asm.storeImm(bytes, 2, 0, r.constant());
  else asm.atomic(Math.max(4, bytes), r.pick(ATOMIC_OPS), 2, 0, 1);
  asm.put(out);
};

export const branch: Statement = (s, block) => {
  const { asm, random: r } = s;
  scalar(s, 0);
  const kept = r.chance(0.5) ? s.take({ kind: 'scalar' }) : 0;
  if (kept !== 0) asm.movReg(kept, 0);
  scalar(s, 1);
  const other = asm.label();
  const end = asm.label();
  const wide = r.chance(0.7);
  if (kept !== 0 && r.chance(0.5)) asm.jumpReg(r.pick(JMP_OPS), 1, kept, other, wide);
  else asm.jump(r.pick(JMP_OPS), 1, r.constant(), other, wide);
  const before = [...s.slots];
  block(s);
  const mid = [...s.slots];
  if (r.chance(0.6)) {
    asm.goto(end);
    asm.put(other);
    s.slots.splice(0, s.slots.length, ...before);
    block(s);
  } else {
    asm.put(other);
    s.slots.splice(0, s.slots.length, ...before);
  }
  // what both ways agree on
  for (const [i, value] of s.slots.entries()) if (value?.kind !== mid[i]?.kind) s.slots[i] = null;
  asm.put(end);
  s.give(kept);
};

export const countedLoop: Statement = (s, block) => {
  const { asm, random: r } = s;
  const counter = s.take({ kind: 'css' }); // nobody else may change it
  if (counter === 0) return;
  const head = asm.label();
  const end = asm.label();
  const times = r.between(1, 6);
  const endless = r.chance(0.15);
  const slots = [...s.slots];
  asm.mov(counter, 0);
  asm.put(head);
  if (r.chance(0.3)) asm.mayGoto(end);
  block(s);
  asm.alu(Alu.ADD, counter, endless ? 0 : r.pick([1, 1, 1, 2]));
  asm.jump(r.pick([Jmp.JLT, Jmp.JSLT, Jmp.JNE]), counter, times, head, r.chance(0.8));
  asm.put(end);
  for (const [i, value] of slots.entries()) if (value?.kind !== s.slots[i]?.kind) s.slots[i] = null;
  s.give(counter);
};

export const mayGotoLoop: Statement = (s, block) => {
  const { asm } = s;
  const head = asm.label();
  const end = asm.label();
  const slots = [...s.slots];
  asm.put(head);
  asm.mayGoto(end);
  block(s);
  asm.goto(head);
  asm.put(end);
  for (const [i, value] of slots.entries()) if (value?.kind !== s.slots[i]?.kind) s.slots[i] = null;
};

export const globalData: Statement = (s) => {
  const { asm, random: r } = s;
  const table = r.chance(0.4);
  asm.data(1, table ? 'table' : 'scratch');
  const bytes = r.pick(BYTES);
  const off = r.below((table ? 32 : 64) / bytes) * bytes;
  if (table || r.chance(0.5)) {
    asm.load(bytes, 2, 1, off, r.chance(0.1));
    keepScalar(s, 2);
  } else if (r.chance(0.5)) asm.storeImm(bytes, 1, off, r.constant());
  else {
    asm.mov(2, r.constant());
    asm.atomic(r.pick([4, 8]), r.pick(ATOMIC_OPS), 1, r.below(8) * 8, 2);
  }
};

/** Leaves the function from where we are: fine only if nothing is held. */
export const leave: Statement = (s) => {
  const { asm, random: r } = s;
  scalar(s, 1);
  asm.jump(r.pick(JMP_OPS), 1, r.constant(), s.out);
};
