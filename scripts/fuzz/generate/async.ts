// SPDX-License-Identifier: GPL-2.0-only
/** Statements that hand callbacks of the program to the kernel: timers, work queues, task work, ring buffers that user space fills. */
import { Jmp } from '../../../src/isa/opcode';
import type { FuzzFunction } from '../program';
import type { Statement } from './basic';
import { lookup } from './contexts';
import type { Scope } from './scope';

const HELPER = { timerInit: 169, timerSetCallback: 170, timerStart: 171, timerCancel: 172, userRingbufDrain: 209 } as const;

function callback(s: Scope, kind: string): FuzzFunction | undefined {
  const fits = s.functions.filter((f) => f.name.startsWith(kind));
  // one of another shape now and then
  const all = s.functions.filter((f) => f.linkage === 'static');
  const from = fits.length === 0 || s.random.chance(0.04) ? all : fits;
  return from.length === 0 ? undefined : s.random.pick(from);
}

export const timerCallback: Statement = (s, block) => {
  const { asm, random: r } = s;
  const fn = callback(s, 'tcb');
  const value = fn === undefined ? 0 : s.take({ kind: 'opaque' });
  if (fn === undefined || value === 0) return;
  const none = asm.label();
  if (lookup(s, 'timers', none)) {
    asm.movReg(value, 0);
    if (r.chance(0.8)) {
      asm.movReg(1, value);
      asm.map(2, 'timers');
      asm.mov(3, 1);
      asm.helper(HELPER.timerInit);
    }
    asm.movReg(1, value);
    asm.func(2, fn.name);
    asm.helper(HELPER.timerSetCallback);
    if (r.chance(0.3)) block(s);
    asm.movReg(1, value);
    asm.mov(2, 1000);
    asm.mov(3, 0);
    asm.helper(HELPER.timerStart);
    if (r.chance(0.3)) {
      asm.movReg(1, value);
      if (r.chance(0.5)) asm.helper(HELPER.timerCancel);
      else asm.kfunc('bpf_timer_cancel_async');
    }
  }
  asm.put(none);
  s.give(value);
};

export const workQueue: Statement = (s) => {
  const { asm, random: r } = s;
  const fn = callback(s, 'wcb');
  const value = fn === undefined ? 0 : s.take({ kind: 'opaque' });
  if (fn === undefined || value === 0) return;
  const none = asm.label();
  if (lookup(s, 'works', none)) {
    asm.movReg(value, 0);
    asm.movReg(1, value);
    asm.map(2, r.chance(0.95) ? 'works' : 'plain');
    asm.mov(3, 0);
    asm.kfunc('bpf_wq_init');
    asm.movReg(1, value);
    asm.func(2, fn.name);
    asm.mov(3, 0);
    asm.kfunc('bpf_wq_set_callback');
    asm.movReg(1, value);
    asm.mov(2, 0);
    asm.kfunc('bpf_wq_start');
  }
  asm.put(none);
  s.give(value);
};

export const taskWork: Statement = (s) => {
  const { asm, random: r } = s;
  const fn = callback(s, 'twcb');
  const task = s.find('task');
  const value = fn === undefined || task === 0 ? 0 : s.take({ kind: 'opaque' });
  if (fn === undefined || value === 0) return;
  const none = asm.label();
  if (lookup(s, 'tasks', none)) {
    asm.movReg(value, 0);
    asm.movReg(1, task);
    asm.movReg(2, value);
    asm.map(3, r.chance(0.95) ? 'tasks' : 'plain');
    asm.func(4, fn.name);
    asm.kfunc(r.pick(['bpf_task_work_schedule_resume', 'bpf_task_work_schedule_signal']));
  }
  asm.put(none);
  s.give(value);
};

export const drainRing: Statement = (s) => {
  const { asm, random: r } = s;
  const fn = callback(s, 'ucb');
  const data = fn === undefined ? 0 : s.stack(8);
  if (fn === undefined || data === 0) return;
  asm.storeImm(8, 10, data, 0);
  asm.map(1, r.chance(0.95) ? 'user' : 'ring');
  asm.func(2, fn.name);
  asm.lea(3, 10, data);
  asm.mov(4, 0);
  asm.helper(HELPER.userRingbufDrain);
  if (r.chance(0.4)) asm.jump(Jmp.JSLT, 0, 0, s.out);
};
