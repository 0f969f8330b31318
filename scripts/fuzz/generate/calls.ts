// SPDX-License-Identifier: GPL-2.0-only
/** Calls of any helper and any kfunc, with arguments that their prototypes suggest, and sockets. */
import { type Btf, type BtfOf, type BtfType, Kind } from '../../../src/btf/types';
import type { KernelProfile } from '../../../src/kernel/profile';
import { ArgType, BASE_TYPE_MASK, Flag, RetType } from '../../../src/kernel/types';
import { Alu, Jmp } from '../../../src/isa/opcode';
import { MAPS } from '../types';
import { scalar, type Statement } from './basic';
import type { Scope, Value } from './scope';

const HELPER = {
  skLookupTcp: 84,
  skLookupUdp: 85,
  skRelease: 86,
  fullsock: 95,
  tcpSock: 96,
  skcLookupTcp: 99,
  forEachMapElem: 164,
  findVma: 180,
  timerSetCallback: 170,
} as const;

interface FoundKfunc {
  readonly btf: Btf;
  readonly name: string;
}

const kfuncNames = new WeakMap<Btf, readonly FoundKfunc[]>();

/** Functions of a BTF that are marked as kfuncs; where none is, as in older kernels, those that the kernel registers. */
export function kfuncsOf(profile: KernelProfile, btf: Btf): readonly FoundKfunc[] {
  let names = kfuncNames.get(btf);
  if (names === undefined) {
    const found: FoundKfunc[] = [];
    for (let id = btf.startId; id < btf.endId; id++) {
      const type = btf.type(id);
      if (type?.kind === Kind.FUNC && type.name.includes('bpf') && btf.declTags(id).some((t) => t.name === 'bpf_kfunc'))
        found.push({ btf, name: type.name });
    }
    names =
      profile.btf.ownIdsByName('bpf_kfunc', Kind.DECL_TAG).length > 0 ? found : profile.kfuncNames(btf).map((name) => ({ btf, name }));
    kfuncNames.set(btf, names);
  }
  return names;
}

function resolved(btf: Btf, id: number): BtfType | undefined {
  let type = btf.type(id);
  while (
    type !== undefined &&
    (type.kind === Kind.CONST || type.kind === Kind.VOLATILE || type.kind === Kind.TYPEDEF || type.kind === Kind.TYPE_TAG)
  )
    type = btf.type(type.type);
  return type;
}

/** Initialised stack memory in `dst`. */
function buffer(s: Scope, dst: number, bytes: number): void {
  const at = s.stack(bytes);
  if (at === 0) {
    s.asm.movReg(dst, 10);
    return;
  }
  if (s.random.chance(0.85)) for (let i = 0; i < bytes; i += 8) s.asm.storeImm(8, 10, at + i, 0);
  s.asm.lea(dst, 10, at);
}

/** Some pointer that we have, else a buffer. */
function anyPointer(s: Scope, dst: number): void {
  const vars = s.vars.flatMap((v, i) => (v === null || v.kind === 'scalar' ? [] : [i + 6]));
  if (vars.length > 0 && s.random.chance(0.7)) s.asm.movReg(dst, s.random.pick(vars));
  else buffer(s, dst, 16);
}

const BY_STRUCT: Readonly<Record<string, Value['kind']>> = {
  task_struct: 'task',
  cgroup: 'cgroup',
  bpf_cpumask: 'cpumask',
  cpumask: 'cpumask',
  vm_area_struct: 'vma',
  cgroup_subsys_state: 'css',
  __sk_buff: 'ctx',
  xdp_md: 'ctx',
  sk_buff: 'ctx',
  sock: 'sock',
};

function pointerTo(s: Scope, dst: number, struct: string): void {
  const kind = BY_STRUCT[struct];
  const reg = kind === undefined ? 0 : s.find(kind);
  if (reg !== 0 && s.random.chance(0.9)) s.asm.movReg(dst, reg);
  else if (struct.startsWith('bpf_iter_') || struct === 'bpf_dynptr') {
    const at = s.stack(24);
    s.asm.lea(dst, 10, at === 0 ? -24 : at);
  } else if (s.random.chance(0.1)) s.asm.mov(dst, 0);
  else anyPointer(s, dst);
}

/** Whatever the call gave: checked for null, looked into, or left alone. */
function useResult(s: Scope, isPointer: boolean): void {
  const { asm, random: r } = s;
  if (!isPointer || r.chance(0.4)) return;
  const none = asm.label();
  if (r.chance(0.85)) asm.jump(Jmp.JEQ, 0, 0, none);
  asm.load(r.pick([1, 4, 8]), 1, 0, r.pick([0, 0, 0, 8, 64]));
  asm.put(none);
}

/** Name of the struct that a pointer type points to, '' for anything else. */
export function pointee(btf: Btf, id: number): string {
  const type = resolved(btf, id);
  const to = type?.kind === Kind.PTR ? resolved(btf, type.type) : undefined;
  return to?.kind === Kind.STRUCT || to?.kind === Kind.UNION ? to.name : '';
}

/** Puts arguments for a kfunc in place; its prototype, if it has one. */
export function kfuncArguments(s: Scope, kernel: Btf, name: string): BtfOf<Kind.FUNC_PROTO> | undefined {
  const { random: r } = s;
  const type = kernel.type(kernel.findByNameKind(name, Kind.FUNC));
  const proto = type?.kind === Kind.FUNC ? kernel.type(type.type) : undefined;
  if (proto?.kind !== Kind.FUNC_PROTO) return undefined;
  for (const [i, param] of proto.params.slice(0, 5).entries()) {
    const p = resolved(kernel, param.type);
    const dst = i + 1;
    if (p?.kind !== Kind.PTR) s.asm.mov(dst, r.chance(0.7) ? r.pick([0, 1, 4, 8, 16]) : r.constant());
    else {
      const to = resolved(kernel, p.type);
      if (to?.kind === Kind.STRUCT || to?.kind === Kind.UNION) pointerTo(s, dst, to.name);
      else if (param.name.includes('nullable') && r.chance(0.4)) s.asm.mov(dst, 0);
      else if (r.chance(0.6)) buffer(s, dst, 16);
      else anyPointer(s, dst);
    }
  }
  return proto;
}

export const anyKfunc: Statement = (s) => {
  const { random: r, profile } = s;
  const all = r.chance(0.8) ? kfuncsOf(profile, profile.btf) : profile.modules.flatMap((m) => kfuncsOf(profile, m));
  if (all.length === 0) return;
  const { btf, name } = r.pick(all);
  const proto = kfuncArguments(s, btf, name);
  if (proto === undefined) return;
  s.asm.kfunc(name);
  useResult(s, resolved(btf, proto.ret)?.kind === Kind.PTR);
};

export const anyHelper: Statement = (s) => {
  const { asm, random: r, profile } = s;
  const id = r.between(1, profile.helperCount - 1);
  const proto = profile.anyHelperProto(id);
  if (proto === null && r.chance(0.9)) return;
  for (const [i, arg] of (proto?.args ?? []).entries()) {
    const dst = i + 1;
    if (r.chance(0.04)) {
      anyPointer(s, dst);
      continue;
    }
    if ((arg.type & Flag.PTR_MAYBE_NULL) !== 0 && r.chance(0.3)) {
      asm.mov(dst, 0);
      continue;
    }
    switch (arg.type & BASE_TYPE_MASK) {
      case ArgType.DONTCARE:
        break;
      case ArgType.CONST_MAP_PTR:
        asm.map(
          dst,
          r.chance(0.3)
            ? r.pick(Object.keys(MAPS))
            : r.pick(s.host.generic ? ['plain', 'hash', 'percpu', 'ring', 'lists', 'timers', 'jumps'] : ['plain', 'hash', 'ring']),
        );
        break;
      case ArgType.PTR_TO_CTX: {
        const ctx = s.find('ctx');
        asm.movReg(dst, ctx === 0 ? 10 : ctx);
        break;
      }
      case ArgType.MEM_SIZE:
      case ArgType.MEM_SIZE_OR_ZERO:
      case ArgType.CONST_ALLOC_SIZE_OR_ZERO:
        asm.mov(dst, r.pick([0, 4, 8, 8, 16, 16, 17]));
        if (r.chance(0.2) && s.find('scalar') !== 0) {
          asm.movReg(dst, s.find('scalar'));
          asm.alu(Alu.AND, dst, r.pick([7, 15, 31]), r.chance(0.8));
        }
        break;
      case ArgType.ANYTHING:
      case ArgType.SCALAR:
        asm.mov(dst, r.chance(0.7) ? r.below(4) : r.constant());
        break;
      case ArgType.PTR_TO_BTF_ID:
      case ArgType.PTR_TO_PERCPU_BTF_ID:
        pointerTo(s, dst, arg.btfNames?.[0] ?? '');
        break;
      case ArgType.PTR_TO_SOCK_COMMON:
      case ArgType.PTR_TO_SOCKET:
      case ArgType.PTR_TO_BTF_ID_SOCK_COMMON:
        pointerTo(s, dst, 'sock');
        break;
      case ArgType.PTR_TO_MAP_KEY:
      case ArgType.PTR_TO_MAP_VALUE:
      case ArgType.PTR_TO_MEM:
      case ArgType.PTR_TO_STACK:
      case ArgType.PTR_TO_DYNPTR:
        if (r.chance(0.2)) anyPointer(s, dst);
        else buffer(s, dst, r.pick([8, 16, 64]));
        break;
      default:
        anyPointer(s, dst);
    }
  }
  asm.helper(id);
  useResult(s, proto !== null && (proto.ret & BASE_TYPE_MASK) > RetType.VOID);
};

/** A socket that is looked up and given back. */
export const socket: Statement = (s, block) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  const reg = ctx === 0 ? 0 : s.take({ kind: 'sock' });
  if (reg === 0) return;
  const none = asm.label();
  buffer(s, 2, 16);
  asm.movReg(1, ctx);
  asm.mov(3, r.pick([12, 12, 12, 36, 16]));
  asm.mov(4, -1);
  asm.mov(5, 0);
  asm.helper(r.pick([HELPER.skLookupTcp, HELPER.skLookupUdp, HELPER.skcLookupTcp]));
  asm.movReg(reg, 0);
  if (r.chance(0.95)) asm.jump(Jmp.JEQ, 0, 0, none);
  if (r.chance(0.3)) {
    const no = asm.label();
    asm.movReg(1, reg);
    asm.helper(r.pick([HELPER.fullsock, HELPER.tcpSock]));
    asm.jump(Jmp.JEQ, 0, 0, no);
    asm.load(4, 1, 0, r.pick([0, 4, 8, 36, 76]));
    asm.put(no);
  } else asm.load(4, 1, reg, r.pick([0, 4, 8, 20, 24, 44, 80]));
  block(s);
  if (r.chance(0.96)) {
    asm.movReg(1, reg);
    asm.helper(HELPER.skRelease);
  }
  asm.put(none);
  s.give(reg);
};

/** Arithmetic on and comparison of pointers. */
export const pointers: Statement = (s) => {
  const { asm, random: r } = s;
  const vars = s.vars.flatMap((v, i) => (v === null || v.kind === 'scalar' ? [] : [i + 6]));
  const base = vars.length > 0 ? r.pick(vars) : 10;
  const skip = asm.label();
  switch (r.pick(['add', 'sub', 'compare', 'null', 'wide', 'half', 'store'] as const)) {
    case 'add':
      scalar(s, 1);
      if (r.chance(0.7)) asm.alu(Alu.AND, 1, r.pick([1, 7, 0xff, 0xfff]));
      asm.movReg(2, base);
      asm.aluReg(r.chance(0.8) ? Alu.ADD : Alu.SUB, 2, 1);
      if (r.chance(0.4)) asm.load(1, 3, 2, 0);
      break;
    case 'sub':
      asm.movReg(2, base);
      asm.aluReg(Alu.SUB, 2, vars.length > 0 ? r.pick(vars) : 10);
      break;
    case 'compare':
      asm.movReg(2, vars.length > 0 ? r.pick(vars) : 10);
      asm.jumpReg(r.pick([Jmp.JEQ, Jmp.JNE, Jmp.JGT]), base, 2, skip, r.chance(0.9));
      break;
    case 'null':
      asm.jump(r.pick([Jmp.JEQ, Jmp.JNE]), base, 0, skip, r.chance(0.9));
      asm.mov(1, 1);
      break;
    case 'wide':
      asm.movReg(2, base);
      asm.alu(r.pick([Alu.ADD, Alu.ADD, Alu.SUB]), 2, r.constant());
      if (r.chance(0.3)) asm.load(r.pick([1, 8]), 3, 2, r.between(-16, 16));
      break;
    case 'half':
      asm.aluReg(r.pick([Alu.MOV, Alu.ADD]), 2, base, false);
      break;
    default:
      asm.data(1, 'scratch');
      asm.store(8, 1, 0, base);
  }
  asm.put(skip);
};

/** Calls a callback by way of a helper other than `bpf_loop`: its four parameters are map, key, value, context. */
export const mapCallback: Statement = (s) => {
  const { asm, random: r } = s;
  const callbacks = s.functions.filter((f) => f.name.startsWith('each'));
  if (callbacks.length === 0) return;
  asm.map(1, r.pick(['hash', 'plain']));
  asm.func(2, r.pick(callbacks).name);
  buffer(s, 3, 8);
  asm.mov(4, 0);
  asm.helper(HELPER.forEachMapElem);
};

/** Reads, sometimes writes, anywhere in the context. */
export const contextAccess: Statement = (s) => {
  const { asm, random: r } = s;
  const ctx = s.find('ctx');
  if (ctx === 0) return;
  const bytes = r.pick([4, 4, 4, 8, 8, 1, 2] as const);
  const off = r.below(r.pick([4, 8, 24, 48])) * bytes;
  if (r.chance(0.8)) {
    asm.load(bytes, 1, ctx, off, bytes < 8 && r.chance(0.05));
    const none = asm.label();
    if (bytes === 8 && r.chance(0.7)) {
      // perhaps a pointer
      if (r.chance(0.6)) asm.jump(Jmp.JEQ, 1, 0, none);
      asm.load(r.pick([4, 8]), 2, 1, r.below(16) * 8);
      if (r.chance(0.3)) asm.load(8, 2, 2, r.below(8) * 8);
    }
    asm.put(none);
  } else if (r.chance(0.5)) asm.storeImm(bytes, ctx, off, r.constant());
  else {
    scalar(s, 1);
    asm.store(bytes, ctx, off, 1);
  }
};

/** Looks for a mapping of a task, with a callback that gets it. */
export const findVma: Statement = (s) => {
  const { asm, random: r } = s;
  const task = s.find('task');
  const callbacks = s.functions.filter((f) => f.name.startsWith('vma'));
  if (task === 0 || callbacks.length === 0) return;
  asm.movReg(1, task);
  asm.mov(2, 0);
  asm.func(3, r.pick(callbacks).name);
  buffer(s, 4, 8);
  asm.mov(5, 0);
  asm.helper(HELPER.findVma);
};
