// SPDX-License-Identifier: GPL-2.0-only
/** Makes programs: mostly valid ones with a few mistakes, weighted to what is held, to iterators, spills, branches and ranges; a focus weights otherwise. */
import type { KernelProfile } from '../../../src/kernel/profile';
import type { FuzzFunction, FuzzProgram, Member } from '../program';
import { Random } from '../random';
import { branch, calculate, type Choice, countedLoop, globalData, leave, mayGotoLoop, scalar, spill, variableAccess } from './basic';
import { drainRing, taskWork, timerCallback, workQueue } from './async';
import { anyHelper, anyKfunc, contextAccess, findVma, mapCallback, pointers, socket } from './calls';
import { callbackLoop, callFunction, CALLBACKS, PARAMS, receive, throwUp } from './functions';
import { currentTask, irq, preempt, rcu, readTask, resSpinLock, sleep, spinLock } from './contexts';
import { JMP_OPS } from './asm';
import { deepStack, tailCallAnywhere } from './frames';
import { layoutOf, oddObject, oddValue } from './layouts';
import { anyMap, mapMembers } from './mappointers';
import { anySignature } from './signatures';
import { anyIterator } from './iterators';
import { anyReference, cast, kernelVariable } from './kernel';
import { format } from './strings';
import { fits } from './fits';
import { mutate } from './mutate';
import { dynptrOf, taskFile } from './dynptrs';
import { linkedObject, localKptr } from './graph';
import { kptrMap, localStorage, mapInMap, otherMap, output, queue } from './maps';
import { arena, atomic, legacyLoad, loadBytes, packetVariable, subRegister, variableStack } from './memory';
import { dynptr, iterator, kptr, mapUpdate, mapValue, ownObject, packet, reference, ringRecord, tailCall, timer } from './objects';
import { CATCHER, callCatcher, catcherShape, throwIf } from './exceptions';
import { type Focus, type Host, HOSTS, type Mood, Scope } from './scope';
import { STRUCT_CHOICES, structHosts } from './structs';
import { jumpTable, tableAsMemory } from './tables';

/** One program of so many may name what its kernel lacks: functions, maps, instructions. */
const DARING = 32;

/** Kinds of programs that need no capability. */
const UNPRIVILEGED = ['socket', 'cgroup_skb/egress'];

/** Programs whose return value is looked at. */
const RETURNS = /^(lsm|cgroup|fmod_ret|tc|xdp|sk_|flow|iter|netfilter|lwt)/;

/** Programs that may load packet bytes the old way. */
const LEGACY = /^(socket|tc|cgroup_skb)/;

const SCALARS: readonly Choice[] = [
  [6, calculate],
  [6, branch],
  [5, spill],
  [4, variableAccess],
  [3, globalData],
  [2, countedLoop],
  [1, mayGotoLoop],
  [0.6, leave],
  [2, atomic],
  [4, subRegister],
  [3, variableStack],
];
const CALLS: readonly Choice[] = [
  [5, rcu],
  [4.5, preempt],
  [4.5, irq],
  [3.5, spinLock],
  [3, resSpinLock],
  [6, iterator],
  [4, mapValue],
  [1, mapUpdate],
  [2, ringRecord],
  [2, dynptr],
  [3, callFunction],
  [1.5, callbackLoop],
  [1, mapCallback],
  [0.7, timer],
  [0.6, tailCall],
  [0.4, throwUp],
  [2, dynptrOf],
  [1.2, mapInMap],
  [0.8, queue],
  [2, otherMap],
  [0.5, output],
  [1, timerCallback],
  [0.7, drainRing],
  [1.5, arena],
  [1, format],
  [1.2, jumpTable],
  [0.3, tableAsMemory],
  [1, anyMap],
  [0.5, mapMembers],
  [0.3, deepStack],
  [0.2, tailCallAnywhere],
];
const GENERIC: readonly Choice[] = [
  [4, reference],
  [2, kptr],
  [2.5, ownObject],
  [4, linkedObject],
  [2, localKptr],
  [2, kptrMap],
  [1.5, localStorage],
  [0.7, workQueue],
  [0.7, cast],
  [1, anyReference],
  [1, anyIterator],
];
const TRACING: readonly Choice[] = [
  [2, currentTask],
  [3, readTask],
  [1, findVma],
  [1, taskFile],
  [1, taskWork],
  [0.7, kernelVariable],
];

/** What a program is made to try. */
const MOODS = {
  mixed: { weight: 6, scalars: 1, any: 1, budget: [10, 70] },
  scalars: { weight: 2, scalars: 20, any: 0, budget: [20, 120] },
  calls: { weight: 2, scalars: 0.3, any: 12, budget: [8, 40] },
  large: { weight: 1, scalars: 1, any: 0.5, budget: [80, 300] },
} as const;

const ANY: readonly Choice[] = [
  [1.5, anyHelper],
  [1.5, anyKfunc],
  [1, pointers],
  [1.5, contextAccess],
];

const EXCEPTIONS: readonly Choice[] = [
  [5, throwIf],
  [0.5, callCatcher],
];

/** What a run may try more than anything else. */
export const FOCUS: Readonly<Record<Focus, readonly Choice[]>> = {
  all: [],
  tables: [
    [40, jumpTable],
    [4, tableAsMemory],
  ],
  exceptions: [[12, throwIf]],
  structs: [],
  strings: [[40, format]],
  layouts: [
    [20, oddValue],
    [15, oddObject],
  ],
  frames: [
    [10, deepStack],
    [6, tailCallAnywhere],
    [25, callFunction],
    [6, callbackLoop],
  ],
  maps: [
    [30, anyMap],
    [15, mapMembers],
  ],
  signatures: [[25, callFunction]],
  info: [],
  kernel: [
    [20, anyReference],
    [20, anyIterator],
    [8, cast],
    [8, kernelVariable],
  ],
};

function choices(s: Scope): Choice[] {
  const mood = MOODS[s.mood];
  const times = (by: number, all: readonly Choice[]): Choice[] => all.map(([w, f]) => [w * by, f]);
  const list = times(mood.scalars, SCALARS);
  list.push(...times(mood.any, ANY));
  if (s.locked && !s.random.chance(0.1)) return list;
  list.push(...CALLS);
  list.push(...FOCUS[s.focus]);
  if (s.host.structOps !== undefined) list.push(...STRUCT_CHOICES);
  if (s.layout.length > 0) list.push([2, oddValue], [2, oddObject]);
  if (s.functions.some((f) => f.name === CATCHER)) list.push(...EXCEPTIONS);
  if (s.host.generic || s.random.chance(0.05)) list.push(...GENERIC);
  if (s.host.tracing || s.random.chance(0.03)) list.push(...TRACING);
  if (s.host.packet !== null) list.push([3, packet], [4, packetVariable], [2, socket], [1, loadBytes], [0.5, localStorage]);
  if (LEGACY.test(s.host.section)) list.push([3, legacyLoad]);
  if (s.host.sleepable || s.random.chance(0.1)) list.push([8, sleep]);
  return list;
}

function block(s: Scope): void {
  s.depth++;
  const vars = [...s.vars];
  for (let n = s.random.between(1, s.depth === 1 ? (s.mood === 'large' ? 30 : 6) : 2); n > 0 && !s.full; n--) {
    const [at, back] = [s.asm.length, s.mark()];
    if (s.depth > 4) calculate(s, block);
    else s.random.weighted(choices(s))(s, block);
    if (!s.daring && !fits(s.profile, s.asm.since(at))) back();
  }
  // scalars that were kept in registers inside are not there on other paths
  for (const [i, old] of vars.entries()) if (old === null && s.vars[i]?.kind === 'scalar') s.vars[i] = null;
  s.depth--;
}

/** What all functions of a program have in common. */
interface Plan {
  readonly random: Random;
  readonly host: Host;
  readonly kernel: KernelProfile;
  readonly mood: Mood;
  readonly focus: Focus;
  readonly layout: readonly Member[];
  /** Whether it may name what the kernel lacks. */
  readonly daring: boolean;
}

/** Name, linkage and signature of the n-th function. */
function functionShape({ random, focus, kernel, daring }: Plan, n: number): Omit<FuzzFunction, 'items'> {
  const kind =
    focus === 'signatures'
      ? 'sub'
      : random.weighted([
          [7, 'sub'],
          [3, 'cb'],
          [1, 'each'],
          [1, 'vma'],
          [1.2, 'tcb'],
          [0.8, 'wcb'],
          [0.8, 'twcb'],
          [1, 'ucb'],
          [1.5, 'less'],
        ] as const);
  const fitting = kernel.features['isa.stackArgs'] || daring ? PARAMS : PARAMS.filter(([, list]) => list.length <= 5);
  const odd = kind === 'sub' && random.chance(focus === 'signatures' ? 0.8 : 0.04);
  const signature = odd
    ? anySignature(random)
    : {
        params:
          kind === 'sub' ? (focus === 'frames' && random.chance(0.5) ? ['tagctx' as const] : random.weighted(fitting)) : CALLBACKS[kind]!,
      };
  const { params } = signature;
  const special = params.some((p) => p !== 'scalar' && p !== 'pointer');
  const linkage = kind === 'sub' && random.chance(params.length > 5 ? 0.03 : special ? 0.75 : 0.35) ? 'global' : 'static';
  return {
    name: `${kind}${n}`,
    linkage,
    ...signature,
    ...(!odd && kind === 'sub' && random.chance(0.12) ? { returns: random.pick(['void', 'arena'] as const) } : {}),
    ...(random.chance(0.1) ? { tagged: true } : {}),
  };
}

/** Source lines of some instructions: in order and one for the start of each function, mostly. */
function linesOf(random: Random, functions: readonly FuzzFunction[]): (readonly [string, number, number])[] {
  const wrong = random.chance(0.3);
  const lines: [string, number, number][] = [];
  for (const fn of functions) {
    if (wrong && random.chance(0.2)) continue;
    for (let i = wrong && random.chance(0.1) ? 1 : 0, line = 1; i < fn.items.length; i += random.between(1, 4)) {
      lines.push([fn.name, i, line]);
      line += random.between(0, 3);
      if (wrong && random.chance(0.03)) lines.push([fn.name, Math.max(0, i - 1), line]);
    }
  }
  return lines;
}

/** Writes one function. */
function writeFunction(
  { random, host, kernel, mood, focus, layout, daring }: Plan,
  functions: FuzzFunction[],
  shape: Omit<FuzzFunction, 'items'> & { readonly budget: number },
): FuzzFunction {
  const s = new Scope(random, host, kernel, functions, mood, focus, layout, shape.budget, shape.linkage === 'main');
  s.daring = daring;
  const { asm } = s;
  if (shape.linkage === 'main') {
    if (host.taskArg && random.chance(0.8)) {
      const task = s.take({ kind: 'task' });
      asm.load(8, task, 1, 0);
    }
    if (random.chance(host.structOps === undefined ? 0.8 : 0.97)) asm.movReg(s.take({ kind: 'ctx' }), 1);
  } else {
    receive(s, shape.name, shape.params, shape.linkage === 'static');
  }
  if (random.chance(0.7)) {
    asm.storeImm(8, 10, -8, random.constant());
    s.slots[0] = { kind: 'scalar' };
  }
  block(s);
  const isCallback = shape.linkage === 'static' && !shape.name.startsWith('sub') && shape.name !== CATCHER;
  const returned = random.chance(RETURNS.test(host.section) ? 0.4 : isCallback ? 0.05 : 0.2);
  if (shape.returns === 'arena' && s.find('arena') !== 0) asm.movReg(0, s.find('arena'));
  else if (returned) {
    scalar(s, 0);
    if (isCallback) asm.alu(0x50, 0, 1);
    else if (random.chance(0.3)) asm.alu(0x50, 0, random.pick([1, 3, 7]), random.chance(0.6));
    else if (random.chance(0.3)) {
      // within bounds, or not
      asm.jump(random.pick(JMP_OPS), 0, random.pick([0, 1, -1, -4095, 2, 3]), s.out, random.chance(0.5));
    }
  } else if (shape.returns === 'void' && random.chance(0.5)) asm.mov(1, 0);
  else asm.mov(0, random.chance(0.9) ? 0 : random.constant());
  if (random.chance(0.7)) {
    const over = asm.label();
    asm.goto(over);
    asm.put(s.out);
    asm.mov(0, 0);
    asm.put(over);
  } else asm.put(s.out);
  asm.exit();
  return asm.finish(shape);
}

/** The program of a seed: the same for the same seed and kernel. `unprivileged`: of a kind that anybody may load. */
export function generate(seed: number, kernel: KernelProfile, unprivileged = false, focus: Focus = 'all'): FuzzProgram {
  const random = new Random(seed);
  const hosts = focus === 'structs' ? structHosts(kernel) : [...HOSTS, ...structHosts(kernel)];
  const host = random.weighted(hosts.filter((h) => !unprivileged || UNPRIVILEGED.includes(h.section)).map((h) => [h.weight, h] as const));
  const mood =
    unprivileged && random.chance(0.8)
      ? 'scalars'
      : random.weighted((Object.keys(MOODS) as Mood[]).map((m) => [MOODS[m].weight, m] as const));
  const layout = random.chance(focus === 'layouts' ? 1 : 0.04) ? layoutOf(random) : [];
  const plan: Plan = { random, host, kernel, mood, focus, layout, daring: seed % DARING === 0 };
  const functions: FuzzFunction[] = [];
  const catches = random.chance(focus === 'exceptions' ? 0.8 : 0.06);
  if (catches) functions.push(writeFunction(plan, [], { ...catcherShape(random), budget: random.between(2, 15) }));
  const many =
    focus === 'frames'
      ? random.between(2, 12)
      : random.weighted([
          [focus === 'signatures' ? 0 : 4, 0],
          [3, 1],
          [2, 2],
          [1, 3],
        ] as const);
  for (let n = many; n > 0; n--)
    functions.push(
      writeFunction(plan, [...functions], { ...functionShape(plan, n), budget: random.between(5, focus === 'frames' ? 10 : 25) }),
    );
  const main = writeFunction(plan, functions, {
    name: 'prog',
    linkage: 'main',
    params: ['ctx'],
    budget: random.between(MOODS[mood].budget[0], MOODS[mood].budget[1]),
  });
  const program: FuzzProgram = {
    name: `seed${seed}`,
    section: host.section,
    ...(host.structOps === undefined ? {} : { structOps: { type: host.structOps.type, member: host.structOps.member } }),
    ...(catches && random.chance(0.97) ? { exceptionCallback: CATCHER } : {}),
    ...(layout.length === 0 ? {} : { layout }),
    ...(random.chance(0.03) ? { license: random.pick(['Proprietary', 'MIT', 'Dual BSD/GPL', '']) } : {}),
    ...(random.chance(focus === 'info' ? 0.25 : 0.01) ? { info: 'none' as const } : {}),
    ...(random.chance(focus === 'info' ? 0.7 : 0.03) ? { lines: linesOf(random, [main, ...functions]) } : {}),
    functions: [main, ...functions],
  };
  return random.chance(0.4) ? mutate(program, random) : program;
}
