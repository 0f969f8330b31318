// SPDX-License-Identifier: GPL-2.0-only
/** Programs of any length, to see how time grows with it. */
import type { Insn } from '../../src/isa/insn';
import { Alu, Class, EXIT, Jmp, Mode, Size, Source } from '../../src/isa/opcode';

/** Constants and additions; the same with the stack and loads; independent branches; a counted loop with a body of that length. */
export const SHAPES = ['straight', 'mixed', 'branches', 'loop'] as const;
export type Shape = (typeof SHAPES)[number];

const insn = (code: number, dst: number, src: number, off: number, imm: number): Insn => ({ code, dst, src, off, imm });
const mov = (dst: number, imm: number): Insn => insn(Class.ALU64 | Alu.MOV | Source.K, dst, 0, 0, imm);
const add = (dst: number, imm: number): Insn => insn(Class.ALU64 | Alu.ADD | Source.K, dst, 0, 0, imm);
const load = (dst: number, src: number, off: number): Insn => insn(Class.LDX | Mode.MEM | Size.W, dst, src, off, 0);
const jumpAbove = (reg: number, imm: number, off: number): Insn => insn(Class.JMP | Jmp.JGT | Source.K, reg, 0, off, imm);
const CONTEXT = 6;

/** Bodies that are repeated, by shape. */
const BODIES: Readonly<Record<Shape, (i: number) => Insn[]>> = {
  straight: (i) => [mov(3, i & 1023), add(2, 1)],
  mixed: () => [
    mov(3, 7),
    add(2, 1),
    insn(Class.STX | Mode.MEM | Size.DW, 10, 2, -8, 0),
    insn(Class.LDX | Mode.MEM | Size.DW, 4, 10, -8, 0),
    insn(Class.ALU64 | Alu.AND | Source.K, 4, 0, 0, 0xff),
    insn(Class.ALU64 | Alu.ADD | Source.X, 3, 4, 0, 0),
    load(5, CONTEXT, 4),
    insn(Class.ALU64 | Alu.MOV | Source.X, 2, 5, 0, 0),
  ],
  branches: () => [load(2, CONTEXT, 0), jumpAbove(2, 100, 1), mov(3, 1), mov(2, 0)],
  loop: (i) => [mov(3, i & 1023), add(2, 1)],
};

const LOOP_ROUNDS = 4;

/** A program of that shape and length, for a program type whose context begins with two readable words. */
export function madeInsns(shape: Shape, count: number): Insn[] {
  const list = [mov(0, 0), insn(Class.ALU64 | Alu.MOV | Source.X, CONTEXT, 1, 0, 0), load(2, CONTEXT, 0), mov(7, 0)];
  const start = list.length;
  for (let i = 0; list.length < count - 4; i++) list.push(...BODIES[shape](i));
  // 16 bits of offset: a loop of more instructions begins later
  const back = Math.max(start - list.length - 2, -32_000);
  if (shape === 'loop') list.push(add(7, 1), insn(Class.JMP | Jmp.JLT | Source.K, 7, 0, back, LOOP_ROUNDS));
  list.push(mov(0, 0), insn(EXIT, 0, 0, 0, 0));
  return list;
}
