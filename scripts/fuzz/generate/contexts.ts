// SPDX-License-Identifier: GPL-2.0-only
/** Statements that enter contexts: RCU, preemption, interrupts, locks; and what is or is not allowed inside. */
import { Jmp } from '../../../src/isa/opcode';
import type { Statement } from './basic';
import type { Scope } from './scope';

const HELPER = { lookup: 1, spinLock: 93, spinUnlock: 94, copyFromUser: 148, currentTask: 158, probeRead: 113 } as const;

/** A pointer to the value of a map in R0, behind a null check that leaves by `none`. */
export function lookup(s: Scope, map: string, none: ReturnType<Scope['asm']['label']>): boolean {
  const { asm, random: r } = s;
  const key = s.stack(8);
  if (key === 0) return false;
  asm.storeImm(4, 10, key, r.chance(0.8) ? 0 : 3);
  asm.lea(2, 10, key);
  asm.map(1, map);
  asm.helper(HELPER.lookup);
  if (r.chance(0.97)) asm.jump(Jmp.JEQ, 0, 0, none);
  return true;
}

/** Runs `body` with what no statement may do inside taken note of. */
function inside(s: Scope, body: () => void, change: { locked?: boolean }): void {
  const { locked } = s;
  s.atomic++;
  s.locked ||= change.locked === true;
  if (s.host.sleepable && s.random.chance(0.15)) sleep(s, () => undefined);
  body();
  s.locked = locked;
  s.atomic--;
}

/** Enter, block, leave; sometimes the leaving is missing on a path, or comes twice. */
function region(s: Scope, enter: string, leaveName: string, block: () => void): void {
  const { asm, random: r } = s;
  asm.kfunc(enter);
  inside(s, block, {});
  asm.kfunc(leaveName);
  if (r.chance(0.02)) asm.kfunc(leaveName);
}

export const rcu: Statement = (s, block) => region(s, 'bpf_rcu_read_lock', 'bpf_rcu_read_unlock', () => block(s));
export const preempt: Statement = (s, block) => region(s, 'bpf_preempt_disable', 'bpf_preempt_enable', () => block(s));

export const irq: Statement = (s, block) => {
  const { asm, random: r } = s;
  const flags = s.stack(8);
  if (flags === 0) return;
  if (r.chance(0.1)) asm.storeImm(8, 10, flags, 0);
  asm.lea(1, 10, flags);
  asm.kfunc('bpf_local_irq_save');
  inside(s, () => block(s), {});
  if (r.chance(0.05)) {
    // flags must be given back as they came
    asm.load(8, 1, 10, flags);
  }
  asm.lea(1, 10, flags);
  asm.kfunc('bpf_local_irq_restore');
};

export const spinLock: Statement = (s, block) => {
  const { asm, random: r } = s;
  // programs of other kinds may not even name such a map
  if (!s.host.generic) return;
  const none = asm.label();
  const map = r.pick(['locked', 'lists']);
  const value = s.take({ kind: 'css' });
  if (value === 0) return;
  if (lookup(s, map, none)) {
    asm.movReg(value, 0);
    asm.movReg(1, value);
    asm.helper(HELPER.spinLock);
    const held = s.locked;
    inside(
      s,
      () => {
        if (r.chance(0.5)) asm.storeImm(8, value, 8, 1);
        if (r.chance(0.6)) block(s);
        else if (r.chance(0.3)) asm.helper(7);
      },
      { locked: !held || r.chance(0.9) },
    );
    asm.movReg(1, value);
    asm.helper(HELPER.spinUnlock);
  }
  asm.put(none);
  s.give(value);
};

export const resSpinLock: Statement = (s, block) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const value = s.take({ kind: 'css' });
  if (value === 0) return;
  const irqsave = r.chance(0.5);
  const flags = irqsave ? s.stack(8) : 0;
  if ((!irqsave || flags !== 0) && lookup(s, 'reslocked', none)) {
    asm.movReg(value, 0);
    asm.movReg(1, value);
    if (irqsave) asm.lea(2, 10, flags);
    asm.kfunc(irqsave ? 'bpf_res_spin_lock_irqsave' : 'bpf_res_spin_lock');
    if (r.chance(0.95)) asm.jump(Jmp.JNE, 0, 0, none, r.chance(0.7));
    inside(s, () => block(s), { locked: true });
    asm.movReg(1, value);
    if (irqsave) asm.lea(2, 10, flags);
    asm.kfunc(irqsave ? 'bpf_res_spin_unlock_irqrestore' : 'bpf_res_spin_unlock');
  }
  asm.put(none);
  s.give(value);
};

/** Something that sleeps; in the wrong place now and then. */
export const sleep: Statement = (s) => {
  const { asm, random: r } = s;
  if (s.atomic > 0 && r.chance(0.5)) return;
  const buffer = s.stack(16);
  if (buffer === 0) return;
  asm.lea(1, 10, buffer);
  asm.mov(2, r.pick([8, 16, 16, 17, 0]));
  asm.mov(3, 0);
  if (s.host.tracing && r.chance(0.3)) {
    asm.mov(4, 0);
    asm.kfunc('bpf_copy_from_user_str');
  } else asm.helper(HELPER.copyFromUser);
};

/** Fields of a task by plain loads. */
export const readTask: Statement = (s) => {
  const { asm, random: r } = s;
  const task = s.find('task');
  if (task === 0) return;
  const name = r.pick(['pid', 'tgid', 'flags', 'real_parent', 'group_leader', 'cgroups', 'mm', 'last_wakee']);
  const off = s.field('task_struct', name);
  if (name === 'pid' || name === 'tgid' || name === 'flags') {
    asm.load(r.pick([4, 4, 4, 8, 2]), 1, task, off);
    return;
  }
  asm.load(8, 1, task, off);
  if (r.chance(0.5)) {
    const none = asm.label();
    asm.jump(Jmp.JEQ, 1, 0, none);
    if (name === 'real_parent' || name === 'group_leader' || name === 'last_wakee') {
      if (r.chance(0.4) && s.host.generic && !s.locked) {
        asm.kfunc('bpf_task_acquire');
        asm.jump(Jmp.JEQ, 0, 0, none);
        asm.movReg(1, 0);
        asm.kfunc('bpf_task_release');
      } else asm.load(4, 2, 1, s.field('task_struct', 'pid'));
    } else asm.load(8, 2, 1, 0);
    asm.put(none);
  }
};

export const currentTask: Statement = (s, block) => {
  const { asm } = s;
  const task = s.take({ kind: 'task' });
  if (task === 0) return;
  asm.helper(HELPER.currentTask);
  asm.movReg(task, 0);
  block(s);
  s.give(task);
};
