// SPDX-License-Identifier: GPL-2.0-only
/** Statements that call functions of the program: with tagged parameters, with arguments on the stack, callbacks of helpers. */
import { STACK_ARG_REG } from '../../../src/isa/opcode';
import { Jmp } from '../../../src/isa/opcode';
import type { Param } from '../program';
import { scalar, type Statement } from './basic';
import type { Scope } from './scope';

const HELPER = { loop: 181, random: 7 } as const;

/** Parameters of callbacks by the beginning of their names. */
export const CALLBACKS: Readonly<Record<string, readonly Param[]>> = {
  cb: ['scalar', 'pointer'],
  each: ['ctx', 'ctx', 'pointer', 'pointer'],
  vma: ['ctx', 'ctx', 'pointer'],
  tcb: ['ctx', 'pointer', 'pointer'],
  wcb: ['ctx', 'pointer', 'pointer'],
  twcb: ['ctx', 'pointer', 'pointer'],
  ucb: ['dynptr', 'pointer'],
  less: ['ctx', 'ctx'],
};

/** Parameters of functions that are called directly; those from the sixth on are passed on the stack. */
export const PARAMS: readonly (readonly [number, readonly Param[]])[] = [
  [3, ['scalar']],
  [3, ['scalar', 'scalar']],
  [3, ['scalar', 'pointer']],
  [3, ['pointer']],
  [1, []],
  [1, ['int', 'plain']],
  [1, ['nonnull', 'scalar']],
  [0.5, ['nullable']],
  [1, ['dynptr']],
  [1, ['task']],
  [1, ['maybetask', 'scalar']],
  [1, ['tagctx', 'scalar']],
  [0.7, ['loosetask']],
  [0.7, ['loose', 'scalar']],
  [1, ['arena', 'scalar']],
  [0.6, ['arenatype']],
  [0.5, ['object']],
  [0.3, ['ctx']],
  [1.5, ['scalar', 'scalar', 'scalar', 'scalar', 'scalar', 'scalar']],
  [1, ['scalar', 'pointer', 'scalar', 'scalar', 'scalar', 'pointer', 'scalar']],
  [0.6, ['pointer', 'scalar', 'scalar', 'scalar', 'scalar', 'plain', 'pointer', 'int']],
  [0.2, Array.from({ length: 12 }, (): Param => 'scalar')],
  [0.1, Array.from({ length: 13 }, (): Param => 'scalar')],
];

/** An argument for a parameter. */
function argument(s: Scope, dst: number, param: Param, buffer: number): void {
  const { asm, random: r } = s;
  const from = (kind: Parameters<Scope['find']>[0]): void => {
    const reg = s.find(kind);
    if (reg === 0) asm.mov(dst, 0);
    else asm.movReg(dst, reg);
  };
  switch (r.chance(0.04) ? r.pick(['scalar', 'pointer', 'task', 'ctx'] as const) : param) {
    case 'scalar':
    case 'int':
    case 'bool':
    case 'short':
    case 'big':
    case 'byvalue': {
      const known = s.find('scalar');
      if (known !== 0 && r.chance(0.5)) asm.movReg(dst, known);
      else asm.mov(dst, r.constant());
      return;
    }
    case 'nullable':
    case 'nonnull':
    case 'pointer':
    case 'enumptr':
    case 'constint':
    case 'unionptr':
    case 'charptr':
    case 'voidptr':
    case 'double':
      if (r.chance(0.1)) asm.mov(dst, 0);
      else if (s.find('memory') !== 0 && r.chance(0.4)) from('memory');
      else asm.lea(dst, 10, buffer);
      return;
    case 'plain':
      if (s.find('memory') !== 0) from('memory');
      else asm.lea(dst, 10, buffer);
      return;
    case 'task':
    case 'maybetask':
      from('task');
      return;
    case 'loosetask':
    case 'loose':
      if (r.chance(0.5)) asm.movReg(dst, s.find('scalar') === 0 ? 10 : s.find('scalar'));
      else from('task');
      return;
    case 'arena':
    case 'arenatype':
      if (s.find('arena') !== 0) from('arena');
      else if (r.chance(0.5)) from('scalar');
      else asm.mov(dst, 0);
      return;
    case 'dynptr':
      if (s.find('dynptr') !== 0) from('dynptr');
      else asm.lea(dst, 10, buffer);
      return;
    case 'object':
      from('object');
      return;
    default:
      from('ctx');
  }
}

/** Calls a function of the program that is already written. */
export const callFunction: Statement = (s) => {
  const { asm, random: r } = s;
  const candidates = s.functions.filter((f) => f.name.startsWith('sub'));
  if (candidates.length === 0) return;
  const fn = r.pick(candidates);
  const buffer = s.stack(8);
  if (buffer === 0) return;
  if (r.chance(0.9)) asm.storeImm(8, 10, buffer, r.constant());
  const onStack = fn.params.slice(5);
  for (const [i, param] of onStack.entries()) {
    if (r.chance(0.03)) continue;
    if (param === 'scalar' && r.chance(0.3)) asm.raw(0x7a, STACK_ARG_REG, 0, -8 * (i + 1), r.constant());
    else {
      argument(s, 1, param, buffer);
      asm.store(8, STACK_ARG_REG, -8 * (i + 1), 1);
    }
  }
  for (const [i, param] of fn.params.slice(0, 5).entries()) argument(s, i + 1, param, buffer);
  asm.call(fn.name);
  if (fn.returns === 'arena' && r.chance(0.6)) asm.load(4, 1, 0, 0);
};

/** `bpf_loop` over a callback that is already written. */
export const callbackLoop: Statement = (s) => {
  const { asm, random: r } = s;
  const callbacks = s.functions.filter((f) => f.name.startsWith('cb'));
  if (callbacks.length === 0) return;
  const data = s.stack(8);
  if (data === 0) return;
  asm.storeImm(8, 10, data, 0);
  if (r.chance(0.2)) {
    asm.helper(HELPER.random);
    asm.movReg(1, 0);
  } else asm.mov(1, r.pick([1, 4, 100, 0]));
  asm.func(2, r.pick(callbacks).name);
  asm.lea(3, 10, data);
  asm.mov(4, r.chance(0.95) ? 0 : 1);
  asm.helper(HELPER.loop);
  if (r.chance(0.3)) asm.load(8, 1, 10, data);
};

export const throwUp: Statement = (s) => {
  const { asm, random: r } = s;
  if (r.chance(0.5)) scalar(s, 1);
  else asm.mov(1, 0);
  if (r.chance(0.6)) {
    const past = asm.label();
    asm.jump(Jmp.JSGT, 1, r.constant(), past);
    asm.kfunc('bpf_throw');
    asm.put(past);
  } else asm.kfunc('bpf_throw');
};

/** Puts the parameters of a function where its statements find them. */
export function receive(s: Scope, name: string, params: readonly Param[], isStatic: boolean): void {
  const { asm, random: r } = s;
  const put = (i: number, value: Parameters<Scope['take']>[0]): void => {
    if (i >= 5 && s.vars.indexOf(null) < 0) return;
    const reg = s.take(value);
    if (reg === 0) return;
    if (i < 5) asm.movReg(reg, i + 1);
    else asm.load(8, reg, STACK_ARG_REG, 8 * (i - 4));
  };
  // those on the stack first, sometimes twice
  const order = [...params.entries()].sort(([a], [b]) => Number(b >= 5) - Number(a >= 5) || a - b);
  for (const [i, param] of order) {
    if (r.chance(0.1)) continue;
    const kind = /^[a-z]+/.exec(name)?.[0] ?? '';
    if (kind === 'vma' && i < 2) put(i, { kind: i === 0 ? 'task' : 'vma' });
    else if (['each', 'tcb', 'wcb', 'twcb'].includes(kind)) {
      if (i === 2 && kind !== 'each') put(i, { kind: 'memory', size: 8, writable: true });
    } else if (kind === 'less') put(i, { kind: 'object', type: 'rnode' });
    else {
      switch (param) {
        case 'scalar':
        case 'int':
        case 'bool':
        case 'short':
          if (i < 2 || i >= 5) put(i, { kind: 'scalar' });
          break;
        case 'pointer':
        case 'nonnull':
        case 'enumptr':
        case 'constint':
        case 'unionptr':
          if (isStatic || param === 'nonnull') put(i, { kind: 'memory', size: 8, writable: true });
          else {
            const none = asm.label();
            asm.jump(Jmp.JEQ, i < 5 ? i + 1 : 1, 0, none);
            if (i < 5) asm.load(8, 0, i + 1, 0);
            asm.put(none);
          }
          break;
        case 'plain':
          if (isStatic) put(i, { kind: 'memory', size: 64, writable: true });
          break;
        case 'dynptr':
          put(i, { kind: 'dynptr' });
          break;
        case 'task':
        case 'maybetask':
        case 'loosetask':
          put(i, { kind: 'task' });
          break;
        case 'ctx':
        case 'tagctx':
        case 'skb':
        case 'xdp':
          put(i, { kind: 'ctx' });
          break;
        case 'loose':
          put(i, { kind: 'memory', size: 8, writable: false });
          break;
        case 'arena':
        case 'arenatype':
          put(i, { kind: 'arena' });
          break;
        case 'object':
          if (isStatic) put(i, { kind: 'object', type: 'lnode' });
          break;
        default:
      }
    }
  }
}
