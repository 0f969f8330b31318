// SPDX-License-Identifier: GPL-2.0-only
/** Structs with members that are special to the verifier, in odd places: as values of maps, and allocated. */
import { Jmp } from '../../../src/isa/opcode';
import type { Member, MemberKind } from '../program';
import type { Random } from '../random';
import { ODD_BYTES, OBJECT_IDS } from '../types';
import { scalar, type Statement } from './basic';
import { lookup } from './contexts';
import type { Scope } from './scope';

const HELPER = { spinLock: 93, spinUnlock: 94, timerInit: 169, timerStart: 171, kptrXchg: 194 } as const;

const BYTES: Readonly<Record<MemberKind, number>> = {
  number: 8,
  half: 4,
  spin: 4,
  res: 4,
  timer: 16,
  wq: 16,
  work: 8,
  head: 16,
  root: 16,
  lnode: 24,
  rnode: 32,
  refcount: 4,
  kptr: 8,
  loose: 8,
  percpu: 8,
  own: 8,
  uptr: 8,
  plainptr: 8,
  badkptr: 8,
  intkptr: 8,
  doublekptr: 8,
};
const KINDS: readonly (readonly [number, MemberKind])[] = [
  [3, 'number'],
  [1, 'half'],
  [2, 'spin'],
  [0.5, 'res'],
  [0.7, 'timer'],
  [0.5, 'wq'],
  [0.5, 'work'],
  [1.5, 'head'],
  [1.2, 'root'],
  [1.2, 'lnode'],
  [1, 'rnode'],
  [1, 'refcount'],
  [1.5, 'kptr'],
  [0.5, 'loose'],
  [0.5, 'percpu'],
  [1, 'own'],
  [0.3, 'uptr'],
  [0.5, 'plainptr'],
  [0.1, 'badkptr'],
  [0.1, 'intkptr'],
  [0.1, 'doublekptr'],
];
const CONTAINS: Readonly<Partial<Record<MemberKind, readonly string[]>>> = {
  head: ['lnode:n', 'lnode:n', 'both:l', 'nest:n'],
  root: ['rnode:n', 'rnode:n', 'both:r'],
};
const WRONG = ['lnode:key', 'rnode:n', 'lnode:n', 'odd:m0', 'odd:m1', 'nosuch:n', 'lnode', 'flat:a', 'v_list:head', ''];

/** A struct of at most {@link ODD_BYTES} bytes. */
export function layoutOf(random: Random): Member[] {
  const members: Member[] = [];
  let at = 0;
  for (let n = random.between(1, 5); n > 0; n--) {
    const kind = random.weighted(KINDS);
    const count = random.chance(0.12) ? random.pick([1, 1, 2, 3]) : 0;
    const nested = random.chance(0.15);
    const step = nested ? Math.ceil(BYTES[kind] / 8) * 8 : BYTES[kind];
    const align = BYTES[kind] === 4 ? 4 : 8;
    at = Math.ceil(at / align) * align;
    const offset = random.chance(0.03) ? at + 4 : random.chance(0.02) ? 0 : at;
    if (offset + step * Math.max(1, count) > ODD_BYTES) break;
    const right = CONTAINS[kind];
    const contains =
      right === undefined
        ? random.chance(0.01)
          ? ['lnode:n']
          : []
        : random.chance(0.9)
          ? [random.chance(0.9) ? random.pick(right) : random.pick(WRONG)]
          : random.chance(0.5)
            ? []
            : [right[0]!, random.pick(WRONG)];
    members.push({ kind, offset, count, nested, contains });
    at = offset + step * Math.max(1, count);
  }
  return members;
}

/** Whatever the member is for. */
function touch(s: Scope, value: number, off: number, kind: MemberKind, none: ReturnType<Scope['asm']['label']>, map: string): void {
  const { asm, random: r } = s;
  asm.lea(1, value, off);
  switch (kind) {
    case 'spin':
      asm.helper(HELPER.spinLock);
      if (r.chance(0.5)) asm.storeImm(8, value, r.below(16) * 8, 1);
      asm.lea(1, value, off);
      asm.helper(HELPER.spinUnlock);
      return;
    case 'res':
      asm.kfunc('bpf_res_spin_lock');
      asm.jump(Jmp.JNE, 0, 0, none);
      asm.lea(1, value, off);
      asm.kfunc('bpf_res_spin_unlock');
      return;
    case 'timer':
      asm.map(2, map);
      asm.mov(3, 1);
      asm.helper(HELPER.timerInit);
      return;
    case 'wq':
      asm.map(2, map);
      asm.mov(3, 0);
      asm.kfunc('bpf_wq_init');
      return;
    case 'kptr':
      asm.mov(1, 1);
      asm.kfunc('bpf_task_from_pid');
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.movReg(2, 0);
      asm.lea(1, value, off);
      asm.helper(HELPER.kptrXchg);
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.movReg(1, 0);
      asm.kfunc('bpf_task_release');
      return;
    case 'own':
    case 'percpu':
      asm.mov(1, OBJECT_IDS.flat);
      asm.kfunc(kind === 'own' ? 'bpf_obj_new' : 'bpf_percpu_obj_new');
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.movReg(2, 0);
      asm.lea(1, value, off);
      asm.helper(HELPER.kptrXchg);
      asm.jump(Jmp.JEQ, 0, 0, none);
      asm.movReg(1, 0);
      asm.kfunc(kind === 'own' ? 'bpf_obj_drop' : 'bpf_percpu_obj_drop');
      return;
    case 'head':
      asm.kfunc(r.pick(['bpf_list_pop_front', 'bpf_list_front', 'bpf_list_empty']));
      return;
    case 'root':
      asm.kfunc('bpf_rbtree_first');
      return;
    default:
      if (r.chance(0.5)) asm.load(r.pick([4, 8]), 2, value, off);
      else asm.storeImm(r.pick([4, 8]), value, off, 0);
  }
}

/** The value of a map whose struct is odd. */
export const oddValue: Statement = (s, block) => {
  const { asm, random: r, layout } = s;
  const value = layout.length === 0 ? 0 : s.take({ kind: 'opaque' });
  if (value === 0) return;
  const none = asm.label();
  const map = r.weighted([
    [4, 'odd'],
    [2, 'oddhash'],
    [1, 'oddcpu'],
  ] as const);
  if (lookup(s, map, none)) {
    asm.movReg(value, 0);
    for (let n = r.between(1, 3); n > 0; n--) {
      const member = r.pick(layout);
      const off = member.offset + (member.count > 1 && r.chance(0.5) ? BYTES[member.kind] : 0) + (r.chance(0.04) ? r.pick([4, 8, -8]) : 0);
      if (r.chance(0.25)) {
        // past it, or over its edge
        const at = Math.max(0, off + r.pick([-8, -4, 0, 4, 8]));
        if (r.chance(0.5)) asm.load(r.pick([1, 4, 8]), 1, value, at);
        else asm.storeImm(r.pick([1, 4, 8]), value, at, 0);
      } else touch(s, value, off, r.chance(0.95) ? member.kind : r.weighted(KINDS), none, map);
    }
    if (r.chance(0.2)) block(s);
  }
  asm.put(none);
  s.give(value);
};

/** An object whose struct is odd. */
export const oddObject: Statement = (s, block) => {
  const { asm, random: r, layout } = s;
  const reg = layout.length === 0 ? 0 : s.take({ kind: 'opaque' });
  if (reg === 0) return;
  const none = asm.label();
  if (r.chance(0.9)) asm.type(1);
  else asm.mov(1, r.below(60));
  const percpu = r.chance(0.1);
  asm.kfunc(percpu ? 'bpf_percpu_obj_new' : 'bpf_obj_new');
  asm.movReg(reg, 0);
  if (r.chance(0.96)) asm.jump(Jmp.JEQ, 0, 0, none);
  for (let n = r.between(1, 3); n > 0; n--) {
    const member = r.pick(layout);
    const at = Math.max(0, member.offset + r.pick([0, 0, 0, 4, 8, -4]));
    switch (r.pick(['load', 'store', 'touch', 'count'] as const)) {
      case 'load':
        asm.load(r.pick([4, 8]), 1, reg, at);
        break;
      case 'store':
        scalar(s, 1);
        asm.store(r.pick([4, 8]), reg, at, 1);
        break;
      case 'count': {
        const no = asm.label();
        asm.movReg(1, reg);
        asm.kfunc('bpf_refcount_acquire');
        asm.jump(Jmp.JEQ, 0, 0, no);
        asm.movReg(1, 0);
        asm.kfunc('bpf_obj_drop');
        asm.put(no);
        break;
      }
      default:
        touch(s, reg, member.offset, member.kind, none, 'odd');
    }
  }
  if (r.chance(0.2)) block(s);
  asm.movReg(1, reg);
  asm.kfunc(percpu ? 'bpf_percpu_obj_drop' : 'bpf_obj_drop');
  asm.put(none);
  s.give(reg);
};
