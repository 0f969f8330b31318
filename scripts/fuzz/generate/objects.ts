// SPDX-License-Identifier: GPL-2.0-only
/** Statements that take and give back references: kernel objects, iterators, dynptrs, ring buffers, own objects, map values, packets. */
import { Alu, Jmp } from '../../../src/isa/opcode';
import { OBJECT_IDS, OBJECTS } from '../types';
import { scalar, type Statement } from './basic';
import { lookup } from './contexts';
import type { Value } from './scope';

const HELPER = {
  update: 2,
  delete: 3,
  tailCall: 12,
  reserve: 131,
  submit: 132,
  discard: 133,
  timerInit: 169,
  timerStart: 171,
  kptrXchg: 194,
  dynptrFromMem: 197,
  reserveDynptr: 198,
  submitDynptr: 199,
  discardDynptr: 200,
  dynptrRead: 201,
  dynptrWrite: 202,
  dynptrData: 203,
  spinLock: 93,
  spinUnlock: 94,
} as const;

interface Reference {
  readonly kind: 'task' | 'cgroup' | 'cpumask';
  readonly make: string;
  readonly release: string;
  readonly acquire: string;
  readonly arg: boolean;
}

const REFERENCES: readonly Reference[] = [
  { kind: 'task', make: 'bpf_task_from_pid', release: 'bpf_task_release', acquire: 'bpf_task_acquire', arg: true },
  { kind: 'cgroup', make: 'bpf_cgroup_from_id', release: 'bpf_cgroup_release', acquire: 'bpf_cgroup_acquire', arg: true },
  { kind: 'cpumask', make: 'bpf_cpumask_create', release: 'bpf_cpumask_release', acquire: 'bpf_cpumask_acquire', arg: false },
];

/** A reference for the length of a block. */
export const reference: Statement = (s, block) => {
  const { asm, random: r } = s;
  const ref = r.pick(s.host.tracing ? REFERENCES : REFERENCES.slice(0, 2));
  const held: Value = { kind: ref.kind };
  const reg = s.take(held);
  if (reg === 0) return;
  const none = asm.label();
  const old = s.find(ref.kind);
  if (old !== 0 && old !== reg && r.chance(0.3)) {
    asm.movReg(1, old);
    asm.kfunc(ref.acquire);
  } else {
    if (ref.arg) scalar(s, 1);
    asm.kfunc(ref.make);
  }
  asm.movReg(reg, 0);
  if (r.chance(0.95)) asm.jump(Jmp.JEQ, r.chance(0.5) ? reg : 0, 0, none);
  block(s);
  if (r.chance(0.97)) {
    asm.movReg(1, reg);
    asm.kfunc(ref.release);
  }
  asm.put(none);
  s.give(reg);
};

/** Puts a reference into a map, gives back what was there. */
export const kptr: Statement = (s) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const value = s.take({ kind: 'css' });
  if (value === 0) return;
  const task = r.chance(0.6);
  if (lookup(s, 'kptrs', none)) {
    asm.movReg(value, 0);
    if (r.chance(0.2)) {
      asm.load(8, 1, value, 0);
      asm.jump(Jmp.JEQ, 1, 0, none);
      asm.load(4, 2, 1, s.field('task_struct', 'pid'));
    }
    if (r.chance(0.7)) {
      scalar(s, 1);
      asm.kfunc(task ? 'bpf_task_from_pid' : 'bpf_cgroup_from_id');
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.movReg(2, 0);
    } else asm.mov(2, 0);
    asm.lea(1, value, task ? 0 : 8);
    asm.helper(HELPER.kptrXchg);
    asm.jump(Jmp.JEQ, 0, 0, none);
    asm.movReg(1, 0);
    asm.kfunc(task ? 'bpf_task_release' : 'bpf_cgroup_release');
  }
  asm.put(none);
  s.give(value);
};

export const iterator: Statement = (s, block) => {
  const { asm, random: r } = s;
  const task = s.find('task');
  const kind = r.weighted([
    [5, 'num'],
    [1, 'bits'],
    [task !== 0 && s.host.tracing ? 3 : 0.3, 'task_vma'],
    [s.host.tracing ? 2 : 0, 'task'],
    [1, 'css'],
  ] as const);
  const state = s.stack({ num: 8, bits: 16, task_vma: 8, task: 24, css: 24 }[kind]);
  if (state === 0) return;
  asm.lea(1, 10, state);
  let element: Value = { kind: 'scalar' };
  const closing = kind === 'task' || kind === 'css' ? r.chance(0.8) : false;
  switch (kind) {
    case 'num':
      asm.mov(2, r.between(0, 3));
      asm.mov(3, r.pick([3, 8, 10, 1000]));
      if (r.chance(0.2)) {
        scalar(s, 3);
        asm.mov(2, 0);
        asm.lea(1, 10, state);
      }
      element = { kind: 'memory', size: 4, writable: false };
      break;
    case 'bits':
      {
        const words = s.stack(8);
        if (words === 0) return;
        asm.storeImm(8, 10, words, 5);
        asm.lea(2, 10, words);
        asm.mov(3, 1);
      }
      element = { kind: 'memory', size: 4, writable: false };
      break;
    case 'task_vma':
      asm.movReg(2, task === 0 ? 10 : task);
      asm.mov(3, 0);
      element = { kind: 'vma' };
      break;
    case 'task':
      asm.movReg(2, task !== 0 && r.chance(0.4) ? task : 1);
      if (r.chance(0.6) || task === 0) asm.mov(2, 0);
      asm.mov(3, r.pick([0, 0, 1, 2]));
      element = { kind: 'task' };
      break;
    default: {
      const cgroup = s.find('cgroup');
      if (cgroup === 0) asm.mov(2, 0);
      else asm.lea(2, cgroup, s.field('cgroup', 'self'));
      asm.mov(3, 1);
      element = { kind: 'css' };
    }
  }
  if (closing) {
    asm.kfunc('bpf_rcu_read_lock');
    // the call clobbered the arguments
    asm.lea(1, 10, state);
    asm.mov(2, 0);
    asm.mov(3, 0);
    s.atomic++;
  }
  asm.kfunc(`bpf_iter_${kind}_new`);
  const head = asm.label();
  const end = asm.label();
  const slots = [...s.slots];
  const reg = r.chance(0.8) ? s.take(element) : 0;
  asm.put(head);
  asm.lea(1, 10, state);
  asm.kfunc(`bpf_iter_${kind}_next`);
  asm.jump(Jmp.JEQ, 0, 0, end);
  if (reg !== 0) asm.movReg(reg, 0);
  block(s);
  if (r.chance(0.9)) asm.goto(head);
  asm.put(end);
  s.give(reg);
  for (const [i, value] of slots.entries()) if (value?.kind !== s.slots[i]?.kind) s.slots[i] = null;
  asm.lea(1, 10, state);
  asm.kfunc(`bpf_iter_${kind}_destroy`);
  if (closing) {
    s.atomic--;
    asm.kfunc('bpf_rcu_read_unlock');
  }
};

export const mapValue: Statement = (s, block) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const reg = s.take({ kind: 'memory', size: 64, writable: true });
  if (reg === 0) return;
  if (lookup(s, r.pick(['plain', 'plain', 'hash', 'percpu']), none)) {
    asm.movReg(reg, 0);
    block(s);
  }
  asm.put(none);
  s.give(reg);
};

export const mapUpdate: Statement = (s) => {
  const { asm, random: r } = s;
  const key = s.stack(8);
  const value = s.stack(64);
  if (key === 0 || value === 0) return;
  asm.storeImm(4, 10, key, 1);
  asm.map(1, r.pick(s.host.generic ? ['hash', 'plain', 'locked'] : ['hash', 'plain']));
  asm.lea(2, 10, key);
  if (r.chance(0.3)) {
    asm.helper(HELPER.delete);
    return;
  }
  // the last word may be missing
  for (let i = r.chance(0.05) ? 1 : 0; i < 8; i++) asm.storeImm(8, 10, value + i * 8, i);
  asm.lea(3, 10, value);
  asm.mov(4, 0);
  asm.helper(HELPER.update);
};

export const ringRecord: Statement = (s, block) => {
  const { asm, random: r } = s;
  const size = r.pick([8, 16, 24]);
  const reg = s.take({ kind: 'memory', size, writable: true });
  if (reg === 0) return;
  const none = asm.label();
  asm.map(1, 'ring');
  asm.mov(2, size);
  asm.mov(3, 0);
  asm.helper(HELPER.reserve);
  asm.movReg(reg, 0);
  if (r.chance(0.96)) asm.jump(Jmp.JEQ, 0, 0, none);
  block(s);
  asm.movReg(1, reg);
  if (r.chance(0.04)) asm.alu(Alu.ADD, 1, 4);
  asm.mov(2, 0);
  asm.helper(r.pick([HELPER.submit, HELPER.discard]));
  asm.put(none);
  s.give(reg);
};

export const dynptr: Statement = (s, block) => {
  const { asm, random: r } = s;
  const state = s.stack(16);
  const buffer = s.stack(16);
  if (state === 0 || buffer === 0) return;
  const ring = r.chance(0.6);
  if (ring) {
    asm.map(1, 'ring');
    asm.mov(2, 32);
    asm.mov(3, 0);
    asm.lea(4, 10, state);
    asm.helper(HELPER.reserveDynptr);
  } else {
    const memory = s.find('memory');
    if (memory === 0) asm.data(1, 'scratch');
    else asm.movReg(1, memory);
    asm.mov(2, 8);
    asm.mov(3, 0);
    asm.lea(4, 10, state);
    asm.helper(HELPER.dynptrFromMem);
  }
  for (let n = r.between(1, 2); n > 0; n--) {
    switch (r.pick(['read', 'write', 'data', 'slice', 'block', 'adjust', 'clone'] as const)) {
      case 'read':
        asm.lea(1, 10, buffer);
        asm.mov(2, 16);
        asm.lea(3, 10, state);
        asm.mov(4, 0);
        asm.mov(5, 0);
        asm.helper(HELPER.dynptrRead);
        break;
      case 'write':
        asm.storeImm(8, 10, buffer, 1);
        asm.storeImm(8, 10, buffer + 8, 1);
        asm.lea(1, 10, state);
        asm.mov(2, 0);
        asm.lea(3, 10, buffer);
        asm.mov(4, 16);
        asm.mov(5, 0);
        asm.helper(HELPER.dynptrWrite);
        break;
      case 'data': {
        const none = asm.label();
        asm.lea(1, 10, state);
        asm.mov(2, 0);
        asm.mov(3, 8);
        asm.helper(HELPER.dynptrData);
        asm.jump(Jmp.JEQ, 0, 0, none);
        const reg = s.take({ kind: 'memory', size: 8, writable: true });
        if (reg !== 0) {
          asm.movReg(reg, 0);
          block(s);
          s.give(reg);
        } else asm.storeImm(8, 0, 0, 1);
        asm.put(none);
        break;
      }
      case 'slice': {
        const none = asm.label();
        asm.lea(1, 10, state);
        asm.mov(2, 0);
        asm.lea(3, 10, buffer);
        if (r.chance(0.3)) asm.mov(3, 0);
        asm.mov(4, r.pick([8, 16, 16, 24]));
        const rw = r.chance(0.3);
        asm.kfunc(rw ? 'bpf_dynptr_slice_rdwr' : 'bpf_dynptr_slice');
        asm.jump(Jmp.JEQ, 0, 0, none);
        asm.load(8, 1, 0, 0);
        if (rw) asm.storeImm(8, 0, 0, 1);
        asm.put(none);
        break;
      }
      case 'adjust':
        asm.lea(1, 10, state);
        asm.mov(2, 0);
        asm.mov(3, 4);
        asm.kfunc('bpf_dynptr_adjust');
        break;
      case 'clone': {
        const copy = s.stack(16);
        if (copy === 0) break;
        asm.lea(1, 10, state);
        asm.lea(2, 10, copy);
        asm.kfunc('bpf_dynptr_clone');
        break;
      }
      default:
        block(s);
    }
  }
  if (ring) {
    asm.lea(1, 10, state);
    asm.mov(2, 0);
    asm.helper(r.pick([HELPER.submitDynptr, HELPER.discardDynptr]));
  }
};

/** Own objects: made, perhaps put into a list or tree, dropped. */
export const ownObject: Statement = (s, block) => {
  const { asm, random: r } = s;
  const type = r.pick(['lnode', 'rnode'] as const);
  const reg = s.take({ kind: 'object', type });
  if (reg === 0) return;
  const none = asm.label();
  asm.mov(1, OBJECT_IDS[type]);
  asm.mov(2, 0);
  asm.kfunc('bpf_obj_new_impl');
  asm.jump(Jmp.JEQ, 0, 0, none);
  asm.movReg(reg, 0);
  asm.storeImm(8, reg, OBJECTS[type].key, 7);
  if (r.chance(0.4)) block(s);
  const value = type === 'lnode' && r.chance(0.5) && !s.locked && s.host.generic ? s.take({ kind: 'css' }) : 0;
  if (value !== 0) {
    const unfound = asm.label();
    const done = asm.label();
    if (lookup(s, 'lists', unfound)) {
      asm.movReg(value, 0);
      asm.movReg(1, value);
      asm.helper(HELPER.spinLock);
      asm.lea(1, value, 8);
      asm.movReg(2, reg);
      asm.mov(3, 0);
      asm.mov(4, 0);
      asm.kfunc('bpf_list_push_front_impl');
      if (r.chance(0.3)) asm.load(8, 1, reg, OBJECTS[type].key);
      const popped = r.chance(0.5);
      if (popped) {
        asm.lea(1, value, 8);
        asm.kfunc('bpf_list_pop_front');
        asm.movReg(reg, 0);
      }
      asm.movReg(1, value);
      asm.helper(HELPER.spinUnlock);
      if (!popped) asm.goto(done);
      else asm.jump(Jmp.JEQ, reg, 0, done);
    }
    asm.put(unfound);
    asm.movReg(1, reg);
    asm.mov(2, 0);
    asm.kfunc('bpf_obj_drop_impl');
    asm.put(done);
    s.give(value);
  } else {
    asm.movReg(1, reg);
    asm.mov(2, 0);
    asm.kfunc('bpf_obj_drop_impl');
  }
  asm.put(none);
  s.give(reg);
};

/** The packet between its two bounds. */
export const packet: Statement = (s, block) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  if (ctx === 0 || s.host.packet === null) return;
  const [start, end] = s.host.packet;
  const size = r.pick([8, 14, 20, 34]);
  const reg = s.take({ kind: 'memory', size, writable: s.host.section !== 'cgroup_skb/egress' });
  if (reg === 0) return;
  const none = asm.label();
  asm.load(4, reg, ctx, start);
  asm.load(4, 2, ctx, end);
  if (r.chance(0.3)) {
    asm.mov(1, 0);
    asm.load(1, 1, 10, -8);
    asm.alu(Alu.AND, 1, 15);
    asm.aluReg(Alu.ADD, reg, 1);
  }
  asm.lea(1, reg, size - (r.chance(0.05) ? 1 : 0));
  if (r.chance(0.5)) asm.jumpReg(Jmp.JGT, 1, 2, none);
  else if (r.chance(0.5)) asm.jumpReg(Jmp.JLT, 2, 1, none);
  else asm.jumpReg(Jmp.JGE, 1, 2, none);
  block(s);
  asm.put(none);
  s.give(reg);
};

export const timer: Statement = (s) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const value = s.take({ kind: 'css' });
  if (value === 0) return;
  if (lookup(s, 'timers', none)) {
    asm.movReg(value, 0);
    asm.movReg(1, value);
    asm.map(2, r.chance(0.95) ? 'timers' : 'plain');
    asm.mov(3, 1);
    asm.helper(HELPER.timerInit);
    asm.movReg(1, value);
    asm.mov(2, 1000);
    asm.mov(3, 0);
    asm.helper(HELPER.timerStart);
  }
  asm.put(none);
  s.give(value);
};

export const tailCall: Statement = (s) => {
  const { asm } = s;
  const ctx = s.find('ctx');
  if (ctx === 0 || !s.isMain) return;
  asm.movReg(1, ctx);
  asm.map(2, 'jumps');
  asm.mov(3, 0);
  asm.helper(HELPER.tailCall);
};
