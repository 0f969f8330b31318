// SPDX-License-Identifier: GPL-2.0-only
/** Programs of any length, to see how time grows with it. */
import type { Insn } from '../../src/isa/insn';
import { asm } from '../../test/support/asm';

/** Constants and additions; the same with the stack and loads; independent branches; a counted loop with a body of that length. */
export const SHAPES = ['straight', 'mixed', 'branches', 'loop'] as const;
export type Shape = (typeof SHAPES)[number];

const CONTEXT = 6;

/** Bodies that are repeated, by shape. */
const BODIES: Readonly<Record<Shape, (i: number) => Insn[]>> = {
  straight: (i) => asm`r3 = ${i & 1023}; r2 += 1`,
  mixed: () => asm`
    r3 = 7
    r2 += 1
    *(u64 *)(r10 -8) = r2
    r4 = *(u64 *)(r10 -8)
    r4 &= 0xff
    r3 += r4
    r5 = *(u32 *)(r${CONTEXT} +4)
    r2 = r5`,
  branches: () => asm`r2 = *(u32 *)(r${CONTEXT} +0); if r2 > 100 goto pc+1; r3 = 1; r2 = 0`,
  loop: (i) => asm`r3 = ${i & 1023}; r2 += 1`,
};

const LOOP_ROUNDS = 4;

/** A program of that shape and length, for a program type whose context begins with two readable words. */
export function madeInsns(shape: Shape, count: number): Insn[] {
  const list = asm`r0 = 0; r${CONTEXT} = r1; r2 = *(u32 *)(r${CONTEXT} +0); r7 = 0`;
  const start = list.length;
  for (let i = 0; list.length < count - 4; i++) list.push(...BODIES[shape](i));
  // 16 bits of offset: a loop of more instructions begins later
  const back = Math.max(start - list.length - 2, -32_000);
  if (shape === 'loop') list.push(...asm`r7 += 1; if r7 < ${LOOP_ROUNDS} goto pc${back}`);
  return [...list, ...asm`r0 = 0; exit`];
}
