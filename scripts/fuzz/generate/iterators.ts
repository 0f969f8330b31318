// SPDX-License-Identifier: GPL-2.0-only
/** Open-coded iterators of any kind that the kernel has, with arguments that their prototypes suggest. */
import { type Btf, Kind } from '../../../src/btf/types';
import type { KernelProfile } from '../../../src/kernel/profile';
import { Jmp } from '../../../src/isa/opcode';
import type { Statement } from './basic';
import { kfuncArguments, kfuncsOf } from './calls';
import type { Scope } from './scope';

interface Iterator {
  readonly btf: Btf;
  readonly kind: string;
  readonly bytes: number;
}

const known = new WeakMap<Btf, readonly Iterator[]>();

function iteratorsOf(profile: KernelProfile, btf: Btf): readonly Iterator[] {
  let found = known.get(btf);
  if (found === undefined) {
    found = kfuncsOf(profile, btf).flatMap(({ name }): Iterator[] => {
      const kind = /^bpf_iter_(.*)_new$/.exec(name)?.[1];
      const struct = btf.type(btf.findByNameKind(`bpf_iter_${kind ?? ''}`, Kind.STRUCT));
      return kind === undefined || struct?.kind !== Kind.STRUCT ? [] : [{ btf, kind, bytes: struct.size }];
    });
    known.set(btf, found);
  }
  return found;
}

/** What each kind does with one iterator: on the right state mostly. */
function call(s: Scope, it: Iterator, what: 'next' | 'destroy', state: number): void {
  const { asm, random: r } = s;
  asm.lea(1, 10, state + (r.chance(0.01) ? 8 : 0));
  asm.kfunc(`bpf_iter_${it.kind}_${what}`);
}

export const anyIterator: Statement = (s, block) => {
  const { asm, random: r } = s;
  const all = [s.profile.btf, ...s.profile.modules].flatMap((b) => iteratorsOf(s.profile, b));
  if (all.length === 0) return;
  const it = r.pick(all);
  const state = s.stack(it.bytes);
  if (state === 0) return;
  const guard = r.pick(['', '', 'bpf_rcu_read_lock', 'bpf_preempt_disable'] as const);
  if (guard !== '') asm.kfunc(guard);
  kfuncArguments(s, it.btf, `bpf_iter_${it.kind}_new`);
  asm.lea(1, 10, state);
  asm.kfunc(`bpf_iter_${it.kind}_new`);
  const head = asm.label();
  const end = asm.label();
  const slots = [...s.slots];
  const reg = r.chance(0.7) ? s.take({ kind: 'opaque' }) : 0;
  asm.put(head);
  call(s, it, 'next', state);
  if (r.chance(0.96)) asm.jump(Jmp.JEQ, 0, 0, end);
  if (reg !== 0) asm.movReg(reg, 0);
  if (r.chance(0.6)) asm.load(r.pick([4, 8]), 1, 0, r.pick([0, 0, 8]));
  if (r.chance(0.1)) call(s, it, 'next', state);
  block(s);
  // the element is gone with the next one
  if (reg !== 0 && r.chance(0.2)) {
    call(s, it, 'next', state);
    asm.load(8, 1, reg, 0);
  }
  if (r.chance(0.9)) asm.goto(head);
  asm.put(end);
  s.give(reg);
  for (const [i, value] of slots.entries()) if (value?.kind !== s.slots[i]?.kind) s.slots[i] = null;
  if (guard !== '' && r.chance(0.1)) asm.kfunc(guard === 'bpf_rcu_read_lock' ? 'bpf_rcu_read_unlock' : 'bpf_preempt_enable');
  if (r.chance(0.97)) call(s, it, 'destroy', state);
  if (guard !== '' && r.chance(0.97)) asm.kfunc(guard === 'bpf_rcu_read_lock' ? 'bpf_rcu_read_unlock' : 'bpf_preempt_enable');
};
