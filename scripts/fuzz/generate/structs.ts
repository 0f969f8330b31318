// SPDX-License-Identifier: GPL-2.0-only
/** Programs for members of kernel structs (struct_ops): their arguments, what hangs on them, what they return. */
import { type Btf, type BtfOf, type BtfType, Kind } from '../../../src/btf/types';
import { resolveFuncPtr } from '../../../src/btf/util';
import type { KernelProfile } from '../../../src/kernel/profile';
import { Jmp } from '../../../src/isa/opcode';
import { type Choice, scalar, type Statement } from './basic';
import type { Host, Scope, StructArg, Value } from './scope';
import { plain } from './scope';

/** Types of structs, with the chance that they are picked. */
const STRUCTS: readonly (readonly [string, number])[] = [
  ['bpf_testmod_ops', 6],
  ['bpf_testmod_ops2', 0.3],
  ['bpf_testmod_ops3', 2],
  ['bpf_testmod_st_ops', 2.5],
  ['bpf_testmod_multi_st_ops', 0.5],
  ['bpf_test_no_cfi_ops', 0.2],
  ['bpf_dummy_ops', 1.5],
  ['Qdisc_ops', 4],
  ['tcp_congestion_ops', 3],
  ['hid_bpf_ops', 1.5],
  ['sched_ext_ops', 4],
  ['sched_ext_ops_cid', 1],
  ['io_uring_bpf_ops', 0.5],
];

/** Members whose rules have their own places in the kernel are tried more often than their many neighbours. */
const SPECIAL = /^(test_(maybe_null|refcounted|refcounted_multi|return_ref_kptr|arena.*|prologue|epilogue|pro_epilogue)|enqueue|dequeue)$/;

function target(btf: Btf, id: number): BtfType | undefined {
  let type = btf.type(id);
  while (
    type !== undefined &&
    (type.kind === Kind.CONST || type.kind === Kind.VOLATILE || type.kind === Kind.TYPEDEF || type.kind === Kind.TYPE_TAG)
  )
    type = btf.type(type.type);
  return type;
}

function argsOf(btf: Btf, proto: BtfOf<Kind.FUNC_PROTO>, stub: BtfOf<Kind.FUNC_PROTO> | undefined): StructArg[] {
  return proto.params.map((param, i): StructArg => {
    const type = target(btf, param.type);
    const to = type?.kind === Kind.PTR ? target(btf, type.type) : undefined;
    const isStruct = to?.kind === Kind.STRUCT || to?.kind === Kind.UNION;
    return {
      name: stub?.params[i]?.name ?? param.name,
      pointer: type?.kind === Kind.PTR,
      struct: isStruct ? to.name : '',
      btf,
      structId: isStruct ? to.id : 0,
    };
  });
}

const known = new WeakMap<KernelProfile, readonly Host[]>();

/** A host for every member that programs can be for. */
export function structHosts(kernel: KernelProfile): readonly Host[] {
  const old = known.get(kernel);
  if (old !== undefined) return old;
  const hosts: Host[] = [];
  for (const [type, weight] of STRUCTS) {
    const info = kernel.structOps(type);
    const btf = [kernel.btf, ...kernel.modules].find((b) => b.findByNameKind(type, Kind.STRUCT) > 0);
    const struct = btf?.type(btf.findByNameKind(type, Kind.STRUCT));
    if (info === undefined || btf === undefined || struct?.kind !== Kind.STRUCT) continue;
    const members = struct.members.flatMap((m) => {
      const proto = resolveFuncPtr(btf, m.type);
      return proto === null || /^tramp_[2-9]/.test(m.name) ? [] : [{ name: m.name, proto }];
    });
    const total = members.reduce((sum, m) => sum + (SPECIAL.test(m.name) ? 5 : 1), 0);
    for (const { name, proto } of members) {
      const stub = btf.type(btf.findByNameKind(info.stubs.get(name) ?? '', Kind.FUNC));
      const stubProto = stub?.kind === Kind.FUNC ? btf.type(stub.type) : undefined;
      const args = argsOf(btf, proto, stubProto?.kind === Kind.FUNC_PROTO ? stubProto : undefined);
      const returnsPointer = target(btf, proto.ret)?.kind === Kind.PTR;
      for (const sleepable of [false, true]) {
        hosts.push({
          ...plain,
          section: `struct_ops${sleepable ? '.s' : ''}/${name}`,
          sleepable,
          generic: true,
          structOps: { type, member: name, args, returnsPointer },
          weight: (weight * (SPECIAL.test(name) ? 5 : 1) * (sleepable ? 0.3 : 0.7)) / total,
        });
      }
    }
  }
  known.set(kernel, hosts);
  return hosts;
}

const BY_STRUCT: Readonly<Record<string, Value['kind']>> = { task_struct: 'task', cgroup: 'cgroup', sock: 'sock', tcp_sock: 'sock' };
const RELEASES: Readonly<Record<string, readonly string[]>> = {
  task_struct: ['bpf_task_release'],
  cgroup: ['bpf_cgroup_release'],
  sk_buff: ['bpf_kfree_skb', 'bpf_qdisc_skb_drop'],
};

/** A member of a struct, mostly one that is nothing but a number or a pointer; its byte offset and size. */
function memberOf(s: Scope, btf: Btf, id: number): { readonly off: number; readonly size: number; readonly to: number } {
  const type = btf.type(id);
  if ((type?.kind !== Kind.STRUCT && type?.kind !== Kind.UNION) || type.members.length === 0) return { off: 0, size: 8, to: 0 };
  const member = s.random.pick(type.members);
  const of = target(btf, member.type);
  const off = member.bitOffset >> 3;
  if (of?.kind === Kind.PTR) {
    const to = target(btf, of.type);
    return { off, size: 8, to: to?.kind === Kind.STRUCT || to?.kind === Kind.UNION ? to.id : 0 };
  }
  if (of?.kind === Kind.STRUCT || of?.kind === Kind.UNION) {
    const inner = memberOf(s, btf, of.id);
    return { ...inner, off: off + inner.off };
  }
  const size = of !== undefined && 'size' in of && [1, 2, 4, 8].includes(of.size) ? of.size : s.random.pick([1, 4, 8]);
  return { off, size, to: 0 };
}

/** Reads members, pointers after pointers, now and then writes one. */
function members(s: Scope, reg: number, btf: Btf, id: number): void {
  const { asm, random: r } = s;
  const none = asm.label();
  let at = reg;
  let type = id;
  for (let n = r.between(1, 3); n > 0; n--) {
    const { off, size, to } = memberOf(s, btf, type);
    const bytes = r.chance(0.9) ? size : r.pick([1, 2, 4, 8]);
    if (r.chance(0.2)) {
      scalar(s, 0);
      asm.store(bytes, at, off, 0);
      break;
    }
    if (r.chance(0.03)) {
      asm.mov(0, 1);
      asm.atomic(8, 0, at, off, 0);
      break;
    }
    asm.load(bytes, 1, at, off, r.chance(0.03) && bytes < 8);
    if (to === 0) break;
    if (r.chance(0.5)) asm.jump(Jmp.JEQ, 1, 0, none);
    [at, type] = [1, to];
  }
  asm.put(none);
}

/** An argument of the member: loaded, checked, looked into, given back, returned. */
export const structArgument: Statement = (s, block) => {
  const { asm, random: r } = s;
  const ops = s.host.structOps;
  const ctx = s.find('ctx');
  if (ops === undefined || ops.args.length === 0 || ctx === 0) return;
  const pointers = ops.args.flatMap((a, i) => (a.pointer ? [i] : []));
  const i = pointers.length > 0 && r.chance(0.8) ? r.pick(pointers) : r.below(ops.args.length);
  const arg = ops.args[i]!;
  if (!arg.pointer) {
    asm.load(r.chance(0.8) ? 8 : r.pick([1, 2, 4]), 1, ctx, i * 8);
    return;
  }
  const kind = BY_STRUCT[arg.struct] ?? 'opaque';
  const reg = s.take(kind === 'opaque' ? { kind: 'opaque' } : ({ kind } as Value));
  if (reg === 0) return;
  const none = asm.label();
  asm.load(8, reg, ctx, i * 8);
  if (r.chance(arg.name.endsWith('__nullable') ? 0.85 : 0.15)) asm.jump(Jmp.JEQ, reg, 0, none);
  if (arg.name.includes('__arena')) {
    if (r.chance(0.8)) asm.load(r.pick([1, 4, 8]), 1, reg, r.pick([0, 8, 4096]));
    if (r.chance(0.5)) asm.storeImm(4, reg, 0, 1);
    if (r.chance(0.5)) asm.map(1, 'arena');
  } else if (arg.structId !== 0 && r.chance(0.7)) members(s, reg, arg.btf, arg.structId);
  if (r.chance(0.4)) block(s);
  const release = RELEASES[arg.struct];
  if (release !== undefined && r.chance(arg.name.endsWith('__ref') ? 0.8 : 0.1)) giveAway(s, reg, release);
  asm.put(none);
  s.give(reg);
};

/** Releases a reference, keeps it in a map, or returns it. */
function giveAway(s: Scope, reg: number, release: readonly string[]): void {
  const { asm, random: r } = s;
  if (r.chance(s.host.structOps?.returnsPointer === true ? 0.5 : 0.05)) {
    asm.movReg(0, reg);
    if (r.chance(0.1)) asm.alu(0, 0, 8);
    asm.exit();
    return;
  }
  asm.movReg(1, reg);
  if (release.length > 1) asm.lea(2, 10, -8);
  const name = r.pick(release);
  if (name === 'bpf_qdisc_skb_drop') {
    const ctx = s.find('ctx');
    if (ctx !== 0) asm.load(8, 2, ctx, 16);
  }
  asm.kfunc(name);
}

/** A task that is made and returned, if that is what the member returns. */
export const returnObject: Statement = (s) => {
  const { asm, random: r } = s;
  if (s.host.structOps?.returnsPointer !== true || !s.isMain) return;
  const none = asm.label();
  switch (r.pick(['new', 'old', 'null', 'number', 'current'] as const)) {
    case 'new':
      asm.mov(1, 1);
      asm.kfunc('bpf_task_from_pid');
      if (r.chance(0.3)) asm.jump(Jmp.JEQ, 0, 0, none);
      break;
    case 'old': {
      const task = s.find('task');
      if (task === 0) return;
      asm.movReg(0, task);
      break;
    }
    case 'null':
      asm.mov(0, 0);
      break;
    case 'current':
      asm.helper(158);
      break;
    default:
      scalar(s, 0);
  }
  asm.exit();
  asm.put(none);
};

/** What programs for members of structs are made of, beyond what all are. */
export const STRUCT_CHOICES: readonly Choice[] = [
  [14, structArgument],
  [2, returnObject],
];
