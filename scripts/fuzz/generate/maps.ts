// SPDX-License-Identifier: GPL-2.0-only
/** Statements over maps of all kinds: maps in maps, local storage, queues, read-only and write-only ones, kptrs in several of them. */
import { Jmp } from '../../../src/isa/opcode';
import { scalar, type Statement } from './basic';
import { lookup } from './contexts';

const HELPER = {
  lookup: 1,
  update: 2,
  delete: 3,
  getStackid: 27,
  redirectMap: 51,
  perfOutput: 25,
  push: 87,
  pop: 88,
  peek: 89,
  skStorageGet: 107,
  skStorageDelete: 108,
  inodeStorageGet: 145,
  taskStorageGet: 156,
  taskStorageDelete: 157,
  kptrXchg: 194,
  lookupPercpu: 195,
  cgrpStorageGet: 210,
  spinLock: 93,
  spinUnlock: 94,
} as const;

/** An element of a map that is an element of another map. */
export const mapInMap: Statement = (s, block) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const outer = r.pick(s.host.generic ? ['outer', 'outerhash', 'outerlock'] : ['outer', 'outerhash']);
  const inner = s.take({ kind: 'opaque' });
  if (inner === 0) return;
  const key = s.stack(8);
  if (key !== 0 && lookup(s, outer, none)) {
    asm.movReg(inner, 0);
    for (let n = r.between(1, 2); n > 0; n--) {
      asm.storeImm(4, 10, key, 0);
      asm.movReg(1, inner);
      asm.lea(2, 10, key);
      if (r.chance(0.15)) {
        asm.helper(HELPER.delete);
        continue;
      }
      asm.helper(HELPER.lookup);
      if (r.chance(0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
      const value = s.take(outer === 'outerlock' ? { kind: 'opaque' } : { kind: 'memory', size: 64, writable: true });
      if (value === 0) asm.load(8, 1, 0, 8);
      else {
        asm.movReg(value, 0);
        if (outer === 'outerlock') {
          asm.movReg(1, value);
          asm.helper(HELPER.spinLock);
          asm.storeImm(8, value, 8, 1);
          asm.movReg(1, value);
          asm.helper(HELPER.spinUnlock);
        } else block(s);
        s.give(value);
      }
    }
  }
  asm.put(none);
  s.give(inner);
};

/** What is stored with a socket, a task, a cgroup. */
export const localStorage: Statement = (s, block) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const kind = r.pick(['sock', 'task', 'task', 'cgroup'] as const);
  const owner = s.find(kind);
  if (owner === 0 && r.chance(0.85)) return;
  const map = kind === 'sock' ? 'skstore' : kind === 'cgroup' ? 'cgrpstore' : r.pick(['taskstore', 'taskkptr']);
  asm.map(1, r.chance(0.97) ? map : 'taskstore');
  asm.movReg(2, owner === 0 ? 10 : owner);
  if (r.chance(0.2)) {
    asm.helper(kind === 'sock' ? HELPER.skStorageDelete : HELPER.taskStorageDelete);
    return;
  }
  asm.mov(3, 0);
  asm.mov(4, r.pick([0, 1]));
  asm.helper(kind === 'sock' ? HELPER.skStorageGet : kind === 'cgroup' ? HELPER.cgrpStorageGet : HELPER.taskStorageGet);
  if (r.chance(0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
  const value = s.take(map === 'taskkptr' ? { kind: 'opaque' } : { kind: 'memory', size: 64, writable: true });
  if (value === 0) asm.load(8, 1, 0, 0);
  else {
    asm.movReg(value, 0);
    block(s);
    s.give(value);
  }
  asm.put(none);
};

/** Queues and stacks. */
export const queue: Statement = (s) => {
  const { asm, random: r } = s;
  const value = s.stack(64);
  if (value === 0) return;
  asm.map(1, r.pick(['queue', 'stack', 'queue', 'stack', 'hash']));
  asm.lea(2, 10, value);
  if (r.chance(0.5)) {
    for (let i = r.chance(0.1) ? 1 : 0; i < 8; i++) asm.storeImm(8, 10, value + i * 8, i);
    asm.mov(3, 0);
    asm.map(1, r.pick(['queue', 'stack']));
    asm.lea(2, 10, value);
    asm.helper(HELPER.push);
  } else {
    asm.helper(r.pick([HELPER.pop, HELPER.peek]));
    asm.load(r.pick([1, 4, 8]), 1, 10, value + 8 * r.below(8));
  }
};

/** Elements of maps that may only be read, or only written, or are there once a CPU; with keys that are known or not. */
export const otherMap: Statement = (s, block) => {
  const { asm, random: r } = s;
  const none = asm.label();
  const map = r.pick(['rdonly', 'wronly', 'perhash', 'lru', 'percpu', 'plain', 'rdonly']);
  const key = s.stack(8);
  const reg = key === 0 ? 0 : s.take({ kind: 'memory', size: 64, writable: map !== 'rdonly' || r.chance(0.1) });
  if (reg === 0) return;
  // a known key of an array makes the result known not to be null
  const known = r.pick([0, 0, 1, -1]);
  if (r.chance(0.6)) asm.storeImm(4, 10, key, known);
  else {
    scalar(s, 1);
    asm.store(r.pick([4, 8, 1]), 10, key, 1);
  }
  asm.map(1, map);
  asm.lea(2, 10, key);
  if (map.startsWith('per') && r.chance(0.4)) {
    asm.mov(3, 0);
    asm.helper(HELPER.lookupPercpu);
  } else asm.helper(HELPER.lookup);
  if (r.chance(known === 0 ? 0.6 : 0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
  asm.movReg(reg, 0);
  if (map === 'wronly') asm.storeImm(8, reg, 8, 1);
  block(s);
  asm.put(none);
  s.give(reg);
};

/** Reads or exchanges kptrs of the kernel's objects in maps of several kinds. */
export const kptrMap: Statement = (s, block) => {
  const { asm, random: r } = s;
  if (!s.host.generic) return;
  const none = asm.label();
  const value = s.take({ kind: 'opaque' });
  if (value === 0) return;
  if (lookup(s, r.pick(['kptrs', 'kpthash', 'kptcpu']), none)) {
    asm.movReg(value, 0);
    const task = r.chance(0.6);
    if (r.chance(0.6)) {
      const inRcu = r.chance(0.7);
      if (inRcu) {
        asm.kfunc('bpf_rcu_read_lock');
        s.atomic++;
      }
      const missing = asm.label();
      asm.load(8, 0, value, task ? 0 : 8);
      if (r.chance(0.9)) asm.jump(Jmp.JEQ, 0, 0, missing);
      const reg = s.take({ kind: task ? 'task' : 'cgroup' });
      if (reg !== 0) {
        asm.movReg(reg, 0);
        block(s);
        s.give(reg);
      } else asm.load(4, 1, 0, 16);
      if (inRcu) {
        s.atomic--;
        asm.put(missing);
        asm.kfunc('bpf_rcu_read_unlock');
        if (reg !== 0 && r.chance(0.15)) asm.load(4, 1, reg, 16);
      } else asm.put(missing);
    } else {
      asm.mov(2, 0);
      asm.lea(1, value, r.pick([0, 8, 0, 8, 4]));
      asm.helper(HELPER.kptrXchg);
      const missing = asm.label();
      asm.jump(Jmp.JEQ, 0, 0, missing);
      asm.movReg(1, 0);
      asm.kfunc(task ? 'bpf_task_release' : 'bpf_cgroup_release');
      asm.put(missing);
    }
  }
  asm.put(none);
  s.give(value);
};

/** Output to user space, stack traces, redirection. */
export const output: Statement = (s) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  const at = s.stack(16);
  if (ctx === 0 || at === 0) return;
  switch (r.pick(['perf', 'stackid', 'redirect'] as const)) {
    case 'perf':
      asm.storeImm(8, 10, at, 1);
      if (r.chance(0.8)) asm.storeImm(8, 10, at + 8, 1);
      asm.movReg(1, ctx);
      asm.map(2, r.chance(0.95) ? 'events' : 'plain');
      asm.imm64(3, -1, 0);
      asm.lea(4, 10, at);
      asm.mov(5, 16);
      asm.helper(HELPER.perfOutput);
      break;
    case 'stackid':
      asm.movReg(1, ctx);
      asm.map(2, 'stacks');
      asm.mov(3, 0);
      asm.helper(HELPER.getStackid);
      break;
    default:
      asm.map(1, r.chance(0.9) ? 'cpus' : 'plain');
      scalar(s, 2);
      asm.map(1, 'cpus');
      asm.mov(3, 0);
      asm.helper(HELPER.redirectMap);
  }
};
