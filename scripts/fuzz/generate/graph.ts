// SPDX-License-Identifier: GPL-2.0-only
/** Statements over a program's own objects: counted ones, lists and trees under a lock, kptrs to them, per-CPU ones. */
import { Jmp } from '../../../src/isa/opcode';
import { OBJECT_IDS, OBJECTS } from '../types';
import type { Label } from './asm';
import type { Statement } from './basic';
import { lookup } from './contexts';
import type { Scope } from './scope';

const HELPER = { spinLock: 93, spinUnlock: 94, perCpuPtr: 153, thisCpuPtr: 154, kptrXchg: 194 } as const;

type ObjectType = keyof typeof OBJECTS;

/** Offset of the list head and the tree's root in the values of `lists` and `boths`. */
const HEAD = 8;
const ROOT = 24;

/** A new object in R0, null perhaps. */
function allocate(s: Scope, type: ObjectType): void {
  const { asm, random: r } = s;
  asm.mov(1, r.chance(0.97) ? OBJECT_IDS[type] : r.below(20));
  const impl = r.chance(0.3);
  if (impl) asm.mov(2, 0);
  asm.kfunc(impl ? 'bpf_obj_new_impl' : 'bpf_obj_new');
}

function drop(s: Scope, reg: number): void {
  const { asm, random: r } = s;
  asm.movReg(1, reg);
  const impl = r.chance(0.3);
  if (impl) asm.mov(2, 0);
  asm.kfunc(impl ? 'bpf_obj_drop_impl' : 'bpf_obj_drop');
}

/** What can be done to the list or tree while its lock is held; an owning reference that came out of it is in R0 if it says so. */
function operate(s: Scope, value: number, reg: number, type: ObjectType, tree: boolean): 'added' | 'taken' | 'nothing' {
  const { asm, random: r } = s;
  const node = type === 'both' ? (tree ? OBJECTS.both.node : 0) : OBJECTS[type].node;
  const less = s.functions.filter((f) => f.name.startsWith('less'));
  if (tree) {
    const what = r.weighted([
      [less.length > 0 ? 4 : 0, 'add'],
      [2, 'first'],
      [2, 'remove'],
      [1, 'walk'],
    ] as const);
    if (what === 'add') {
      asm.lea(1, value, ROOT);
      asm.lea(2, reg, node);
      asm.func(3, r.pick(less).name);
      asm.kfunc('bpf_rbtree_add');
      return 'added';
    }
    const none = asm.label();
    asm.lea(1, value, ROOT);
    asm.kfunc(r.pick(['bpf_rbtree_first', 'bpf_rbtree_first', 'bpf_rbtree_root']));
    const null_ = r.chance(0.93);
    if (null_) asm.jump(Jmp.JEQ, 0, 0, none);
    if (what === 'walk') {
      asm.lea(1, value, ROOT);
      asm.movReg(2, 0);
      asm.kfunc(r.pick(['bpf_rbtree_left', 'bpf_rbtree_right']));
      asm.jump(Jmp.JEQ, 0, 0, none);
    }
    if (r.chance(0.4)) asm.load(8, 3, 0, r.pick([32, 64, 8, -8]));
    if (what === 'remove') {
      asm.lea(1, value, ROOT);
      asm.movReg(2, 0);
      asm.kfunc('bpf_rbtree_remove');
      asm.put(none);
      return 'taken';
    }
    asm.put(none);
    return 'nothing';
  }
  switch (
    r.weighted([
      [3, 'push'],
      [2, 'pop'],
      [1, 'peek'],
      [1, 'ask'],
      [1, 'del'],
      [1, 'insert'],
    ] as const)
  ) {
    case 'push':
      asm.lea(1, value, HEAD);
      asm.lea(2, reg, node);
      asm.kfunc(r.pick(['bpf_list_push_front', 'bpf_list_push_back']));
      return 'added';
    case 'pop':
      asm.lea(1, value, HEAD);
      asm.kfunc(r.pick(['bpf_list_pop_front', 'bpf_list_pop_back']));
      return 'taken';
    case 'peek': {
      const none = asm.label();
      asm.lea(1, value, HEAD);
      asm.kfunc(r.pick(['bpf_list_front', 'bpf_list_back']));
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.load(8, 3, 0, r.pick([24, 64, 8]));
      asm.put(none);
      return 'nothing';
    }
    case 'ask':
      asm.lea(1, value, HEAD);
      if (r.chance(0.5)) asm.kfunc('bpf_list_empty');
      else {
        asm.lea(2, reg, node);
        asm.kfunc(r.pick(['bpf_list_is_first', 'bpf_list_is_last']));
      }
      return 'nothing';
    case 'del': {
      const none = asm.label();
      asm.lea(1, value, HEAD);
      asm.kfunc('bpf_list_front');
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.lea(1, value, HEAD);
      asm.movReg(2, 0);
      asm.kfunc('bpf_list_del');
      asm.put(none);
      return 'taken';
    }
    default: {
      const none = asm.label();
      asm.lea(1, value, HEAD);
      asm.kfunc('bpf_list_front');
      asm.movReg(3, 0);
      if (r.chance(0.9)) asm.jump(Jmp.JEQ, 3, 0, none);
      asm.lea(1, value, HEAD);
      asm.lea(2, reg, node);
      asm.kfunc('bpf_list_add');
      asm.put(none);
      return 'nothing';
    }
  }
}

/** An object of our own that meets a list or tree under its lock. */
export const linkedObject: Statement = (s, block) => {
  const { asm, random: r } = s;
  if (!s.host.generic || s.locked) return;
  const type = r.pick(['lnode', 'rnode', 'both', 'both', 'nest'] as const);
  const reg = s.take({ kind: 'object', type });
  const value = s.take({ kind: 'opaque' });
  const none = asm.label();
  const unfound = asm.label();
  if (value !== 0) {
    allocate(s, type);
    if (r.chance(0.96)) asm.jump(Jmp.JEQ, 0, 0, none);
    asm.movReg(reg, 0);
    if (r.chance(0.4)) asm.storeImm(8, reg, OBJECTS[type].key, 1);
    let extra = 0;
    if (type === 'both' && r.chance(0.5)) {
      extra = s.take({ kind: 'object', type });
      asm.movReg(1, reg);
      asm.kfunc('bpf_refcount_acquire');
      if (extra !== 0) asm.movReg(extra, 0);
      else {
        asm.movReg(1, 0);
        asm.kfunc('bpf_obj_drop');
      }
    }
    if (r.chance(0.3)) block(s);
    if (lookup(s, type === 'both' ? 'boths' : r.pick(['lists', 'lists', 'boths']), unfound)) {
      asm.movReg(value, 0);
      asm.movReg(1, value);
      asm.helper(HELPER.spinLock);
      s.atomic++;
      s.locked = true;
      let state: ReturnType<typeof operate> = 'nothing';
      for (
        let n = r.weighted([
          [6, 1],
          [2, 2],
        ] as const);
        n > 0;
        n--
      )
        state = operate(s, value, reg, type, type === 'rnode' ? r.chance(0.95) : type === 'both' ? r.chance(0.5) : r.chance(0.03));
      if (state === 'added' && r.chance(0.4)) asm.load(8, 1, reg, OBJECTS[type].key);
      if (state === 'added' && type === 'both' && r.chance(0.3)) {
        asm.movReg(1, reg);
        asm.kfunc('bpf_refcount_acquire');
        asm.movReg(reg, 0);
      } else if (state === 'taken') {
        asm.movReg(value, value);
        asm.store(8, 10, -8, 0);
        s.slots[0] = null;
      }
      asm.movReg(1, value);
      asm.helper(HELPER.spinUnlock);
      s.locked = false;
      s.atomic--;
      if (state === 'added' && r.chance(0.1)) asm.load(8, 1, reg, OBJECTS[type].key);
      if (state === 'taken') {
        const nothing = asm.label();
        asm.load(8, value, 10, -8);
        asm.jump(Jmp.JEQ, value, 0, nothing);
        // the node is not at the object's start
        if (type === 'both') asm.alu(0, value, r.pick([0, 0, -24, -24]));
        drop(s, value);
        asm.put(nothing);
      }
      if (state !== 'added' || r.chance(0.05)) {
        asm.put(unfound);
        drop(s, reg);
      } else {
        const done = asm.label();
        asm.goto(done);
        asm.put(unfound);
        drop(s, reg);
        asm.put(done);
      }
    }
    if (extra !== 0) {
      if (r.chance(0.95)) drop(s, extra);
      s.give(extra);
    }
    asm.put(none);
  }
  s.give(value);
  s.give(reg);
};

/** Exchanges a kptr of a map's value: of objects of our own, of per-CPU objects. */
export const localKptr: Statement = (s, block) => {
  const { asm, random: r } = s;
  if (!s.host.generic) return;
  const value = s.take({ kind: 'opaque' });
  if (value === 0) return;
  const none = asm.label();
  const field = r.pick(['both', 'flat', 'cpu', 'loose'] as const);
  const off = { both: 0, flat: 8, cpu: 16, loose: 24 }[field];
  if (lookup(s, 'locals', none)) {
    asm.movReg(value, 0);
    switch (r.pick(['exchange', 'exchange', 'read', 'write'] as const)) {
      case 'exchange': {
        const empty = r.chance(0.3);
        if (empty) asm.mov(2, 0);
        else {
          if (field === 'cpu') {
            asm.mov(1, OBJECT_IDS.flat);
            asm.kfunc('bpf_percpu_obj_new');
          } else allocate(s, field === 'loose' ? 'flat' : r.chance(0.93) ? field : 'lnode');
          asm.jump(Jmp.JEQ, 0, 0, none);
          asm.movReg(2, 0);
        }
        asm.lea(1, value, r.chance(0.97) ? off : 8);
        asm.helper(HELPER.kptrXchg);
        asm.jump(Jmp.JEQ, 0, 0, none);
        asm.movReg(1, 0);
        if (field === 'cpu') asm.kfunc('bpf_percpu_obj_drop');
        else drop(s, 0);
        break;
      }
      case 'read':
        asm.load(8, 0, value, off);
        useKptr(s, field, none, block);
        break;
      default:
        asm.mov(2, 0);
        if (r.chance(0.5)) asm.store(r.pick([8, 8, 4]), value, off, 2);
        else asm.storeImm(8, value, off, r.pick([0, 0, 1]));
    }
  }
  asm.put(none);
  s.give(value);
};

/** Looks into the kptr in R0, perhaps inside an RCU section. */
function useKptr(s: Scope, field: 'both' | 'flat' | 'cpu' | 'loose', none: Label, block: (s: Scope) => void): void {
  const { asm, random: r } = s;
  if (r.chance(0.9)) asm.jump(Jmp.JEQ, 0, 0, none);
  if (field === 'cpu') {
    asm.movReg(1, 0);
    asm.mov(2, 0);
    const other = r.chance(0.5);
    asm.helper(other ? HELPER.perCpuPtr : HELPER.thisCpuPtr);
    if (other) asm.jump(Jmp.JEQ, 0, 0, none);
    asm.load(8, 1, 0, r.pick([0, 8, 16]));
    if (r.chance(0.5)) asm.storeImm(8, 0, 8, 1);
    return;
  }
  asm.load(8, 1, 0, r.pick([0, 8, 64]));
  if (r.chance(0.3)) asm.storeImm(8, 0, r.pick([8, 64]), 1);
  if (field === 'both' && r.chance(0.5)) {
    asm.movReg(1, 0);
    asm.kfunc('bpf_refcount_acquire');
    asm.jump(Jmp.JEQ, 0, 0, none);
    const reg = s.take({ kind: 'object', type: 'both' });
    if (reg === 0) drop(s, 0);
    else {
      asm.movReg(reg, 0);
      block(s);
      drop(s, reg);
      s.give(reg);
    }
  }
}
