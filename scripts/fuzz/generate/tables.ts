// SPDX-License-Identifier: GPL-2.0-only
/** Statements that jump where a register says, by tables of places in the function. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import type { Label } from './asm';
import { scalar, type Statement } from './basic';
import type { Scope } from './scope';

const ENTRY_BYTES = 8;
const HELPER = { lookup: 1, probeRead: 113 } as const;

/** An index in R1 that is within the table, mostly; else we leave by `out`. */
function index(s: Scope, entries: number, out: Label): void {
  const { asm, random: r } = s;
  scalar(s, 1);
  const limit = entries - 1 + (r.chance(0.06) ? 1 : 0);
  switch (
    r.weighted([
      [4, 'greater'],
      [2, 'signed'],
      [2, 'mask'],
      [1, 'modulo'],
      [1, 'constant'],
      [0.4, 'none'],
    ] as const)
  ) {
    case 'greater':
      asm.jump(Jmp.JGT, 1, limit, out, r.chance(0.8));
      break;
    case 'signed':
      asm.jump(Jmp.JSLT, 1, 0, out, r.chance(0.9));
      asm.jump(Jmp.JSGT, 1, limit, out, r.chance(0.9));
      break;
    case 'mask':
      asm.alu(Alu.AND, 1, (1 << (31 - Math.clz32(limit + 1))) - 1, r.chance(0.8));
      break;
    case 'modulo':
      asm.alu(Alu.MOD, 1, Math.max(1, limit + 1), r.chance(0.8));
      break;
    case 'constant':
      asm.mov(1, r.below(entries));
      break;
    default:
  }
  if (r.chance(0.95)) asm.alu(Alu.LSH, 1, 3, r.chance(0.9));
}

/** Between the load of the target and the jump: what keeps it, what spoils it. */
function meddle(s: Scope, target: number, block: () => void): void {
  const { asm, random: r } = s;
  const slot = s.stack(8);
  switch (
    r.weighted([
      [8, 'nothing'],
      [2, 'spill'],
      [1, 'add'],
      [1, 'compare'],
      [1, 'block'],
      [1, 'read'],
      [0.5, 'half'],
      [0.5, 'leak'],
    ] as const)
  ) {
    case 'spill':
      if (slot === 0) return;
      asm.store(8, 10, slot, target);
      if (r.chance(0.3)) block();
      asm.load(r.chance(0.95) ? 8 : 4, target, 10, slot);
      return;
    case 'add':
      asm.alu(r.pick([Alu.ADD, Alu.SUB]), target, r.pick([0, 8, -8, 1]), r.chance(0.9));
      return;
    case 'compare': {
      const over = asm.label();
      asm.jump(r.pick([Jmp.JEQ, Jmp.JNE, Jmp.JGT]), target, 0, over, r.chance(0.9));
      asm.mov(1, 1);
      asm.put(over);
      return;
    }
    case 'block':
      block();
      return;
    case 'read':
      asm.load(r.pick([1, 4, 8]), 1, target, 0);
      return;
    case 'half':
      asm.aluReg(Alu.MOV, target, target, false);
      return;
    case 'leak':
      asm.data(1, 'scratch');
      asm.store(8, 1, 0, target);
      return;
    default:
  }
}

/** A switch: every place of the table runs a block, goes on, goes back, or leaves. */
export const jumpTable: Statement = (s, block) => {
  const { asm, random: r } = s;
  const base = s.take({ kind: 'memory', size: 8, writable: false });
  if (base === 0) return;
  const places = Array.from(
    {
      length: r.weighted([
        [4, r.between(2, 4)],
        [1, 1],
        [1, r.between(5, 12)],
      ] as const),
    },
    () => asm.label(),
  );
  const entries = Array.from({ length: r.between(places.length, places.length + 3) }, (_, i) => places[i] ?? r.pick(places));
  const head = asm.label();
  const end = asm.label();
  const slots = [...s.slots];
  const name = `t${asm.length}`;
  const skipped = r.chance(0.15) ? r.between(1, entries.length) : 0;
  if (r.chance(0.2)) asm.put(head);
  index(s, entries.length - skipped, end);
  asm.table(base, name, entries, r.chance(0.02) ? 4 : skipped * ENTRY_BYTES);
  asm.aluReg(r.chance(0.97) ? Alu.ADD : Alu.SUB, base, 1);
  const off = r.chance(0.1) ? r.pick([8, -8, 4, 1]) : 0;
  asm.load(r.chance(0.96) ? 8 : r.pick([1, 2, 4]), base, base, off, r.chance(0.02));
  s.vars[base - 6] = { kind: 'opaque' };
  meddle(s, base, () => block(s));
  asm.gotox(base);
  const loops = head.at !== null;
  for (const [i, place] of places.entries()) {
    asm.put(place);
    s.slots.splice(0, s.slots.length, ...slots);
    s.vars[base - 6] = r.chance(0.9) ? null : { kind: 'opaque' };
    if (s.vars[base - 6] === null) s.vars[base - 6] = { kind: 'css' };
    if (r.chance(0.5)) block(s);
    else if (r.chance(0.5)) asm.mov(r.below(3), i);
    if (r.chance(loops ? 0.2 : 0.02)) {
      if (r.chance(0.7)) asm.mayGoto(end);
      asm.goto(head.at === null ? end : head);
    } else if (r.chance(0.08)) asm.goto(s.out);
    else if (r.chance(0.75)) asm.goto(end);
  }
  asm.put(end);
  for (const i of s.slots.keys()) s.slots[i] = null;
  s.give(base);
};

/** A table as if it were memory, or a map. */
export const tableAsMemory: Statement = (s) => {
  const { asm, random: r } = s;
  const place = asm.label();
  const entries = Array.from({ length: r.between(1, 3) }, () => place);
  const name = `m${asm.length}`;
  switch (r.pick(['load', 'store', 'atomic', 'helper', 'map', 'compare', 'argument'] as const)) {
    case 'load':
      asm.table(1, name, entries);
      asm.load(r.pick([1, 2, 4, 8, 8]), 2, 1, r.pick([0, 0, 8, 16, 24, -8]), r.chance(0.2));
      if (r.chance(0.4)) asm.load(4, 3, 2, 0);
      else if (r.chance(0.4)) asm.aluReg(r.pick([Alu.ADD, Alu.MOV]), 2, 2, r.chance(0.5));
      break;
    case 'store':
      asm.table(1, name, entries);
      if (r.chance(0.5)) asm.storeImm(8, 1, 0, 1);
      else asm.store(8, 1, 0, 10);
      break;
    case 'atomic':
      asm.table(1, name, entries);
      asm.mov(2, 1);
      asm.atomic(8, r.pick([0, 1, 0x100, 0x110, 0xe1]), r.chance(0.5) ? 1 : 2, 0, r.chance(0.5) ? 1 : 2);
      break;
    case 'helper': {
      const at = s.stack(8);
      if (at === 0) break;
      asm.lea(1, 10, at);
      asm.mov(2, 8);
      asm.table(3, name, entries);
      if (r.chance(0.5)) asm.helper(HELPER.probeRead);
      else {
        asm.movReg(1, 3);
        asm.helper(HELPER.probeRead);
      }
      break;
    }
    case 'map': {
      const key = s.stack(8);
      if (key === 0) break;
      asm.storeImm(4, 10, key, 0);
      asm.map(1, 'places');
      asm.lea(2, 10, key);
      asm.helper(HELPER.lookup);
      break;
    }
    case 'compare':
      asm.table(1, name, entries);
      asm.load(8, 2, 1, 0);
      asm.jumpReg(r.pick([Jmp.JEQ, Jmp.JGT]), 2, r.pick([1, 2, 10]), place, r.chance(0.9));
      break;
    default: {
      const fns = s.functions.filter((f) => f.name.startsWith('sub') && f.params.length > 0);
      if (fns.length === 0) break;
      asm.table(1, name, entries);
      if (r.chance(0.5)) asm.load(8, 1, 1, 0);
      for (let i = 2; i <= 5; i++) asm.mov(i, 0);
      asm.call(r.pick(fns).name);
    }
  }
  asm.put(place);
  // the table may be there for nothing
  if (r.chance(0.3)) asm.mov(1, 0);
};
