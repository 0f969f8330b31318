// SPDX-License-Identifier: GPL-2.0-only
/** Statements over what belongs to the kernel: its variables, memory that is said to be of a type, everything that is taken and given back. */
import { type Btf, Kind } from '../../../src/btf/types';
import { Kf } from '../../../src/kernel/profile';
import { Jmp } from '../../../src/isa/opcode';
import { scalar, type Statement } from './basic';
import { kfuncArguments, kfuncsOf, pointee } from './calls';
import type { Scope } from './scope';

const HELPER = { currentTask: 35, perCpuPtr: 153, thisCpuPtr: 154, currentTaskBtf: 158, taskPtRegs: 175, skcToTcp: 137 } as const;
const VARIABLES = ['runqueues', 'runqueues', 'bpf_prog_active', 'cpu_hw_events', 'softnet_data', 'kernel_cpustat', 'pcpu_hot'] as const;

/** Reads a few members of what R0 points to. */
function look(s: Scope): void {
  const { asm, random: r } = s;
  const none = asm.label();
  if (r.chance(0.6)) asm.jump(Jmp.JEQ, 0, 0, none);
  for (let n = r.between(1, 2); n > 0; n--) asm.load(r.pick([1, 4, 8, 8]), 1, 0, r.pick([0, 0, 8, 16, 64, -8, 3000]));
  if (r.chance(0.3)) asm.load(8, 2, 1, 0);
  if (r.chance(0.15)) asm.storeImm(8, 0, 0, 0);
  asm.put(none);
}

/** A variable that every processor has its own of. */
export const kernelVariable: Statement = (s) => {
  const { asm, random: r } = s;
  asm.ksym(1, r.pick(VARIABLES));
  switch (
    r.weighted([
      [3, 'per'],
      [2, 'this'],
      [1, 'plain'],
      [0.5, 'store'],
      [0.5, 'add'],
    ] as const)
  ) {
    case 'per':
      scalar(s, 2);
      asm.ksym(1, r.pick(VARIABLES));
      asm.helper(HELPER.perCpuPtr);
      look(s);
      return;
    case 'this':
      asm.helper(HELPER.thisCpuPtr);
      look(s);
      return;
    case 'store':
      asm.storeImm(8, 1, 0, 0);
      return;
    case 'add':
      asm.alu(0, 1, r.pick([8, -8, 0]));
      asm.load(4, 2, 1, 0);
      return;
    default:
      asm.load(r.pick([1, 4, 8]), 2, 1, r.pick([0, 0, 8, 4]));
  }
};

/** Memory that is said to be of a type. */
export const cast: Statement = (s) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  if (ctx !== 0 && r.chance(0.4)) {
    asm.movReg(1, ctx);
    asm.kfunc('bpf_cast_to_kern_ctx');
  } else {
    const vars = s.vars.flatMap((v, i) => (v === null ? [] : [i + 6]));
    asm.movReg(1, vars.length === 0 ? 10 : r.pick(vars));
    const struct = r.pick(['task_struct', 'file', 'sk_buff', 'sock', 'cgroup', 'mm_struct', 'list_head', 'no_such_struct']);
    asm.mov(2, r.chance(0.6) ? Math.max(0, s.kernel.findByNameKind(struct, Kind.STRUCT)) : r.chance(0.4) ? 0 : r.between(1, 5000));
    asm.kfunc('bpf_rdonly_cast');
  }
  const reg = r.chance(0.4) ? s.take({ kind: r.chance(0.5) ? 'task' : 'opaque' }) : 0;
  if (reg !== 0) asm.movReg(reg, 0);
  look(s);
  s.give(reg);
};

interface Pair {
  readonly btf: Btf;
  readonly take: string;
  readonly gives: readonly { readonly btf: Btf; readonly name: string }[];
}

const pairs = new WeakMap<Btf, readonly Pair[]>();

/** Kfuncs that take a reference, with those that give one of the same type back. */
function pairsOf(s: Scope): readonly Pair[] {
  const known = pairs.get(s.profile.btf);
  if (known !== undefined) return known;
  const all = [s.profile.btf, ...s.profile.modules]
    .flatMap((b) => kfuncsOf(s.profile, b))
    .flatMap(({ btf, name }) => {
      const id = btf.findByNameKind(name, Kind.FUNC);
      const type = btf.type(id);
      const proto = type?.kind === Kind.FUNC ? btf.type(type.type) : undefined;
      const flags = s.profile.kfunc(btf, id)?.flags ?? 0;
      return proto?.kind === Kind.FUNC_PROTO ? [{ btf, name, proto, flags }] : [];
    });
  const gives = all.filter((k) => (k.flags & Kf.RELEASE) !== 0);
  const found = all
    .filter((k) => (k.flags & Kf.ACQUIRE) !== 0)
    .map(({ btf, name, proto }): Pair => {
      const struct = pointee(btf, proto.ret);
      return { btf, take: name, gives: gives.filter((g) => pointee(g.btf, g.proto.params[0]?.type ?? 0) === struct) };
    });
  pairs.set(s.profile.btf, found);
  return found;
}

/** Any reference that a kfunc gives, and a kfunc that takes it back. */
export const anyReference: Statement = (s, block) => {
  const { asm, random: r } = s;
  const pairs = pairsOf(s);
  if (pairs.length === 0) return;
  const { btf, take, gives } = r.pick(pairs);
  const reg = s.take({ kind: 'opaque' });
  if (reg === 0) return;
  const none = asm.label();
  kfuncArguments(s, btf, take);
  asm.kfunc(take);
  asm.movReg(reg, 0);
  if (r.chance(0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
  if (r.chance(0.3)) asm.load(r.pick([4, 8]), 1, reg, r.pick([0, 8, 16]));
  if (r.chance(0.3)) block(s);
  if (gives.length > 0 && r.chance(0.95)) {
    const give = r.pick(gives);
    kfuncArguments(s, give.btf, give.name);
    asm.movReg(1, reg);
    asm.kfunc(give.name);
    if (r.chance(0.05)) asm.load(8, 1, reg, 0);
  }
  asm.put(none);
  s.give(reg);
};
