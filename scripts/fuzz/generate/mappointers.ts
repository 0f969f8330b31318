// SPDX-License-Identifier: GPL-2.0-only
/** Maps themselves: what they say of themselves, maps of kinds that few programs have. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import { MAPS } from '../types';
import type { Statement } from './basic';

const HELPER = {
  lookup: 1,
  update: 2,
  delete: 3,
  perfRead: 22,
  redirectMap: 51,
  sockMapUpdate: 53,
  selectReuseport: 82,
  getLocalStorage: 81,
  push: 87,
  pop: 88,
  peek: 89,
} as const;

const NAMES = Object.keys(MAPS).filter((name) => name !== 'places');

/** Reads a member of the kernel's struct behind a map. */
export const mapMembers: Statement = (s) => {
  const { asm, random: r } = s;
  asm.map(1, r.pick(NAMES));
  switch (
    r.weighted([
      [8, 'load'],
      [1, 'store'],
      [1, 'add'],
      [1, 'variable'],
      [1, 'compare'],
      [0.5, 'atomic'],
    ] as const)
  ) {
    case 'store':
      asm.storeImm(4, 1, r.pick([0, 24, 28]), 1);
      return;
    case 'add':
      asm.alu(Alu.ADD, 1, r.pick([8, 24, -8]));
      asm.load(4, 2, 1, r.pick([0, 8]));
      return;
    case 'variable':
      asm.load(1, 2, 10, -8);
      asm.aluReg(Alu.ADD, 1, 2);
      asm.load(4, 2, 1, 0);
      return;
    case 'compare': {
      const over = asm.label();
      asm.jump(Jmp.JEQ, 1, 0, over);
      asm.mov(2, 0);
      asm.put(over);
      return;
    }
    case 'atomic':
      asm.mov(2, 1);
      asm.atomic(8, 0, 1, 24, 2);
      return;
    default:
      asm.load(r.pick([4, 4, 8, 1, 2]), 2, 1, r.pick([0, 8, 16, 24, 28, 32, 36, 40, 48, 64, 100, 128, 200, 240, 248, 256, 320, -8]));
      if (r.chance(0.4)) asm.load(r.pick([4, 8]), 3, 2, r.pick([0, 8, 24]));
  }
};

/** A helper with a map of any kind. */
export const anyMap: Statement = (s) => {
  const { asm, random: r } = s;
  const key = s.stack(16);
  const value = s.stack(64);
  if (key === 0 || value === 0) return;
  asm.storeImm(8, 10, key, r.pick([0, 1, 32]));
  asm.storeImm(8, 10, key + 8, 0);
  for (let i = 0; i < 64; i += 8) asm.storeImm(8, 10, value + i, 0);
  const map = r.pick(NAMES);
  const none = asm.label();
  const op = r.weighted([
    [6, 'lookup'],
    [3, 'update'],
    [2, 'delete'],
    [1, 'redirect'],
    [1, 'storage'],
    [1, 'push'],
    [1, 'pop'],
    [0.5, 'select'],
    [0.5, 'read'],
    [0.7, 'sock'],
    [0.7, 'other'],
  ] as const);
  switch (op) {
    case 'update':
      asm.map(1, map);
      asm.lea(2, 10, key);
      asm.lea(3, 10, value);
      asm.mov(4, r.pick([0, 0, 1, 4]));
      asm.helper(HELPER.update);
      return;
    case 'delete':
      asm.map(1, map);
      asm.lea(2, 10, key);
      asm.helper(HELPER.delete);
      return;
    case 'redirect':
      asm.map(1, map);
      asm.mov(2, 0);
      asm.mov(3, 0);
      asm.helper(HELPER.redirectMap);
      return;
    case 'storage':
      asm.map(1, r.pick([map, 'cgstore', 'cgstore2', 'cgpercpu']));
      asm.mov(2, r.pick([0, 0, 1]));
      asm.helper(HELPER.getLocalStorage);
      asm.load(8, 1, 0, r.pick([0, 56, 60]));
      return;
    case 'push':
      asm.map(1, map);
      asm.lea(2, 10, value);
      asm.mov(3, 0);
      asm.helper(HELPER.push);
      return;
    case 'pop':
      asm.map(1, map);
      asm.lea(2, 10, value);
      asm.helper(r.pick([HELPER.pop, HELPER.peek]));
      return;
    case 'read':
      asm.map(1, map);
      asm.mov(2, 0);
      asm.helper(HELPER.perfRead);
      return;
    case 'select':
    case 'sock':
      asm.movReg(1, s.find('ctx') === 0 ? 10 : s.find('ctx'));
      asm.map(2, map);
      asm.lea(3, 10, key);
      asm.mov(4, 0);
      asm.helper(op === 'select' ? HELPER.selectReuseport : HELPER.sockMapUpdate);
      return;
    case 'other':
      asm.map(1, map);
      asm.lea(2, 10, key);
      asm.lea(3, 10, value);
      asm.mov(4, 0);
      asm.mov(5, 0);
      asm.helper(r.between(1, 211));
      return;
    default:
      asm.map(1, map);
      asm.lea(2, 10, key);
      asm.helper(HELPER.lookup);
      if (r.chance(0.9)) asm.jump(Jmp.JEQ, 0, 0, none);
      asm.load(r.pick([1, 4, 8]), 1, 0, r.pick([0, 4, 8, 56, 60]));
      if (r.chance(0.4)) asm.storeImm(4, 0, r.pick([0, 8]), 0);
      asm.put(none);
  }
};
