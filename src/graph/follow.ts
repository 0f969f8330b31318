// SPDX-License-Identifier: GPL-2.0-only
/** Where a held resource goes: which registers and slots carry it, and which instructions use it. */
import { isJmpClass } from '../isa/insn';
import { Alu, aluOp, CALL, Class, classOf, EXIT, Mode, modeOf, usesReg } from '../isa/opcode';
import { RegType } from '../kernel/types';
import type { FollowFacts, FollowUse } from '../protocol/path';
import type { GraphInput } from './input';
import { heldKey, type Snapshot } from './insn-record';

/** Kept states of an instruction that are looked at. */
const LOOKED = 8;

function carriersIn(snapshot: Snapshot, key: string): Set<string> {
  const found = new Set<string>();
  const ids = new Set(snapshot.held.entries.filter((e) => heldKey(e, snapshot.held) === key && e.id !== 0).map((e) => e.id));
  const frame = snapshot.frames[snapshot.frames.length - 1];
  if (ids.size === 0 || frame === undefined) return found;
  frame.regs.forEach((reg, i) => {
    if (
      reg.type !== RegType.SCALAR_VALUE &&
      reg.type !== RegType.NOT_INIT &&
      reg.type !== RegType.PTR_TO_STACK &&
      (ids.has(reg.id) || ids.has(reg.parentId))
    )
      found.add(`r${i}`);
  });
  frame.stack.forEach((slot, i) => {
    if (slot.reg.type !== RegType.NOT_INIT && slot.reg.type !== RegType.SCALAR_VALUE && ids.has(slot.reg.id))
      found.add(`fp-${8 * (i + 1)}`);
  });
  return found;
}

function usesOf(input: GraphInput, at: number, carried: ReadonlySet<string>): FollowUse[] {
  const insn = input.env.insns[at]!;
  const cls = classOf(insn.code);
  const src = `r${insn.src}`;
  const dst = `r${insn.dst}`;
  if (cls === Class.LDX) return carried.has(src) ? [{ insn: at, kind: 'read', where: src }] : [];
  if (cls === Class.ST || cls === Class.STX) {
    if (carried.has(dst)) return [{ insn: at, kind: 'written', where: dst }];
    return cls === Class.STX && modeOf(insn.code) === Mode.MEM && insn.dst === 10 && carried.has(src)
      ? [{ insn: at, kind: 'carries', where: `fp${insn.off}` }]
      : [];
  }
  if (cls === Class.ALU64 && aluOp(insn.code) === Alu.MOV && usesReg(insn.code) && carried.has(src))
    return [{ insn: at, kind: 'carries', where: dst }];
  if (insn.code === CALL)
    return [1, 2, 3, 4, 5].flatMap((n) => (carried.has(`r${n}`) ? [{ insn: at, kind: 'passed' as const, where: `r${n}` }] : []));
  if (isJmpClass(insn) && insn.code !== EXIT && carried.has(dst)) return [{ insn: at, kind: 'checked', where: dst }];
  return [];
}

/** Follows a resource through all kept states. Linear in instructions and looked-at states. */
export function followFacts(input: GraphInput, key: string): FollowFacts {
  const uses: FollowUse[] = [];
  const runs: { where: string; from: number; to: number }[] = [];
  const open = new Map<string, { where: string; from: number; to: number }>();
  input.recorder.insns.forEach((record, at) => {
    if (record === undefined) return;
    const carried = new Set<string>();
    for (const snapshot of record.kept.slice(0, LOOKED)) for (const where of carriersIn(snapshot, key)) carried.add(where);
    for (const [where, run] of open) {
      if (carried.has(where)) run.to = at;
      else open.delete(where);
    }
    for (const where of carried) {
      if (open.has(where)) continue;
      const run = { where, from: at, to: at };
      open.set(where, run);
      runs.push(run);
    }
    if (carried.size > 0) uses.push(...usesOf(input, at, carried));
  });
  return { key, uses, carriers: runs };
}
