// SPDX-License-Identifier: GPL-2.0-only
/** Makes programs: mostly valid ones with a few mistakes, weighted to what is held, to iterators, spills, branches and ranges. */
import type { KernelProfile } from '../../../src/kernel/profile';
import type { FuzzFunction, FuzzProgram } from '../program';
import { Random } from '../random';
import { branch, calculate, countedLoop, globalData, leave, mayGotoLoop, scalar, spill, type Statement, variableAccess } from './basic';
import { anyHelper, anyKfunc, contextAccess, findVma, mapCallback, pointers, socket } from './calls';
import { currentTask, irq, preempt, rcu, readTask, resSpinLock, sleep, spinLock } from './contexts';
import { mutate } from './mutate';
import { dynptr, iterator, kptr, mapUpdate, mapValue, ownObject, packet, reference, ringRecord, tailCall, timer } from './objects';
import { type Host, HOSTS, type Mood, Scope } from './scope';

const HELPER = { loop: 181 } as const;

/** Calls a function of the program that is already written. */
const callFunction: Statement = (s) => {
  const { asm, random: r } = s;
  const fn = r.pick(s.functions.filter((f) => f.name.startsWith('sub')));
  if (s.functions.length === 0 || fn === undefined) return;
  for (const [i, param] of fn.params.entries()) {
    if (param === 'scalar') scalar(s, i + 1);
  }
  const buffer = s.stack(8);
  if (buffer === 0) return;
  asm.storeImm(8, 10, buffer, r.constant());
  for (const [i, param] of fn.params.entries()) {
    if (param === 'pointer') asm.lea(i + 1, 10, buffer);
    else asm.mov(i + 1, r.constant());
  }
  asm.call(fn.name);
};

/** `bpf_loop` over a callback that is already written. */
const callbackLoop: Statement = (s) => {
  const { asm, random: r } = s;
  const callbacks = s.functions.filter((f) => f.name.startsWith('cb'));
  if (callbacks.length === 0) return;
  const data = s.stack(8);
  if (data === 0) return;
  asm.storeImm(8, 10, data, 0);
  asm.mov(1, r.pick([1, 4, 100]));
  asm.func(2, r.pick(callbacks).name);
  asm.lea(3, 10, data);
  asm.mov(4, 0);
  asm.helper(HELPER.loop);
};

const throwUp: Statement = (s) => {
  s.asm.mov(1, 0);
  s.asm.kfunc('bpf_throw');
};

const PARAMS: readonly FuzzFunction['params'][] = [['scalar'], ['scalar', 'scalar'], ['scalar', 'pointer'], ['pointer']];
/** Parameters of callbacks: of `bpf_loop`, of `bpf_for_each_map_elem`, of `bpf_find_vma`. */
const CALLBACKS: Readonly<Record<'cb' | 'each' | 'vma', FuzzFunction['params']>> = { cb: ['scalar', 'pointer'], each: ['ctx', 'ctx', 'pointer', 'pointer'], vma: ['ctx', 'ctx', 'pointer'] };

/** Kinds of programs that need no capability. */
const UNPRIVILEGED = ['socket', 'cgroup_skb/egress'];

type Choice = readonly [number, Statement];

const SCALARS: readonly Choice[] = [[6, calculate], [6, branch], [5, spill], [4, variableAccess], [3, globalData], [2, countedLoop], [1, mayGotoLoop], [0.6, leave]];
const CALLS: readonly Choice[] = [
  [3, rcu], [3, preempt], [3, irq], [2.5, spinLock], [2, resSpinLock], [4, iterator], [4, mapValue], [1, mapUpdate], [2, ringRecord], [2, dynptr],
  [3, callFunction], [1.5, callbackLoop], [1, mapCallback], [0.7, timer], [0.4, tailCall], [0.25, throwUp],
];
const GENERIC: readonly Choice[] = [[4, reference], [2, kptr], [2.5, ownObject]];
const TRACING: readonly Choice[] = [[2, currentTask], [3, readTask], [1, findVma]];

/** What a program is made to try. */
const MOODS = {
  mixed: { weight: 6, scalars: 1, any: 1, budget: [10, 70] },
  scalars: { weight: 2, scalars: 20, any: 0, budget: [20, 120] },
  calls: { weight: 2, scalars: 0.3, any: 12, budget: [8, 40] },
  large: { weight: 1, scalars: 1, any: 0.5, budget: [80, 300] },
} as const;

const ANY: readonly Choice[] = [[1.5, anyHelper], [1.5, anyKfunc], [1, pointers], [1.5, contextAccess]];

function choices(s: Scope): Choice[] {
  const mood = MOODS[s.mood];
  const times = (by: number, all: readonly Choice[]): Choice[] => all.map(([w, f]) => [w * by, f]);
  const list = times(mood.scalars, SCALARS);
  list.push(...times(mood.any, ANY));
  if (s.locked && !s.random.chance(0.1)) return list;
  list.push(...CALLS);
  if (s.host.generic || s.random.chance(0.05)) list.push(...GENERIC);
  if (s.host.tracing || s.random.chance(0.03)) list.push(...TRACING);
  if (s.host.packet !== null) list.push([4, packet], [2, socket]);
  if (s.host.sleepable || s.random.chance(0.1)) list.push([4, sleep]);
  return list;
}

function block(s: Scope): void {
  s.depth++;
  const vars = [...s.vars];
  for (let n = s.random.between(1, s.depth === 1 ? (s.mood === 'large' ? 30 : 6) : 2); n > 0 && !s.full; n--) {
    if (s.depth > 4) calculate(s, block);
    else s.random.weighted(choices(s))(s, block);
  }
  // scalars that were kept in registers inside are not there on other paths
  for (const [i, old] of vars.entries()) if (old === null && s.vars[i]?.kind === 'scalar') s.vars[i] = null;
  s.depth--;
}

/** Writes one function. */
function writeFunction(random: Random, host: Host, kernel: KernelProfile, functions: FuzzFunction[], mood: Mood, shape: { name: string; linkage: FuzzFunction['linkage']; params: FuzzFunction['params']; budget: number }): FuzzFunction {
  const s = new Scope(random, host, kernel, functions, mood, shape.budget, shape.linkage === 'main');
  const { asm } = s;
  if (shape.linkage === 'main') {
    if (host.taskArg && random.chance(0.8)) {
      const task = s.take({ kind: 'task' });
      asm.load(8, task, 1, 0);
    }
    if (random.chance(0.8)) asm.movReg(s.take({ kind: 'ctx' }), 1);
  } else {
    for (const [i, param] of shape.params.entries()) {
      if (param === 'scalar' && i < 2) asm.movReg(s.take({ kind: 'scalar' }), i + 1);
      if (shape.name.startsWith('vma') && i < 2) asm.movReg(s.take({ kind: i === 0 ? 'task' : 'vma' }), i + 1);
      if (param === 'pointer' && shape.linkage === 'static') asm.movReg(s.take({ kind: 'memory', size: 8, writable: true }), i + 1);
    }
  }
  if (random.chance(0.7)) {
    asm.storeImm(8, 10, -8, random.constant());
    s.slots[0] = { kind: 'scalar' };
  }
  block(s);
  const isCallback = shape.linkage === 'static' && !shape.name.startsWith('sub');
  if (random.chance(host.section.startsWith('lsm') || isCallback ? 0.05 : 0.2)) {
    scalar(s, 0);
    if (isCallback) asm.alu(0x50, 0, 1);
  } else asm.mov(0, random.chance(0.9) ? 0 : random.constant());
  if (random.chance(0.7)) {
    const over = asm.label();
    asm.goto(over);
    asm.put(s.out);
    asm.mov(0, 0);
    asm.put(over);
  } else asm.put(s.out);
  asm.exit();
  return asm.finish(shape.name, shape.linkage, shape.params);
}

/** The program of a seed: the same for the same seed and kernel. `unprivileged`: of a kind that anybody may load. */
export function generate(seed: number, kernel: KernelProfile, unprivileged = false): FuzzProgram {
  const random = new Random(seed);
  const host = random.weighted(HOSTS.filter((h) => !unprivileged || UNPRIVILEGED.includes(h.section)).map((h) => [h.weight, h] as const));
  const mood = unprivileged && random.chance(0.8) ? 'scalars' : random.weighted((Object.keys(MOODS) as Mood[]).map((m) => [MOODS[m].weight, m] as const));
  const functions: FuzzFunction[] = [];
  for (let n = random.weighted([[5, 0], [3, 1], [2, 2]] as const); n > 0; n--) {
    const kind = random.weighted([[6, 'sub'], [3, 'cb'], [1, 'each'], [1, 'vma']] as const);
    const linkage = kind === 'sub' && random.chance(0.35) ? 'global' : 'static';
    const params = kind === 'sub' ? random.pick(PARAMS) : CALLBACKS[kind];
    functions.push(writeFunction(random, host, kernel, [...functions], mood, { name: `${kind}${n}`, linkage, params, budget: random.between(5, 25) }));
  }
  const main = writeFunction(random, host, kernel, functions, mood, { name: 'prog', linkage: 'main', params: ['ctx'], budget: random.between(MOODS[mood].budget[0], MOODS[mood].budget[1]) });
  const program: FuzzProgram = { name: `seed${seed}`, section: host.section, functions: [main, ...functions] };
  return random.chance(0.4) ? mutate(program, random) : program;
}
