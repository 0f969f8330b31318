// SPDX-License-Identifier: GPL-2.0-only
/**
 * What gives back what is held, and the branch of the path from which on nothing does. All from tables: flags, prototypes, effects of the
 * policy.
 */
import { skipModsAndTypedefs } from '../btf/util';
import { type Btf, Kind } from '../btf/types';
import { successors } from '../graph/cfg';
import { isLdImm64 } from '../isa/insn';
import { Kf, type Kfunc } from '../kernel/profile';
import { ArgType, BASE_TYPE_MASK, Flag, RegType } from '../kernel/types';
import type { Held } from '../verifier/state/held';
import type { RegState } from '../verifier/state/reg';
import { SlotType } from '../verifier/state/stack';
import { constNum } from '../verifier/domain';
import { IterState } from '../verifier/state/reg';
import type { Case, Callee } from './case';
import type { Step } from './trace';

/** What carries a held thing in a step: the register or slot with its id, and the frame. */
export interface Carrier {
  readonly reg: RegState;
  readonly slot: number | null;
  readonly kind: SlotType | null;
}

/** Who carries something held, in the newest step that has it. */
export function carrierOf(path: readonly Step[], held: Held): Carrier | null {
  for (let i = path.length - 1; i >= 0; i--) {
    for (const frame of path[i]!.frames) {
      for (const reg of frame.regs) {
        if (reg.id === held.id && held.id !== 0 && reg.type !== RegType.SCALAR_VALUE && reg.type !== RegType.NOT_INIT)
          return { reg, slot: null, kind: null };
      }
      for (const [spi, slot] of frame.stack.entries()) {
        const ids = slot.top === SlotType.DYNPTR ? [slot.reg.id, slot.reg.parentId] : [slot.reg.id];
        if (held.id === 0 || !ids.includes(held.id) || slot.reg.type === RegType.SCALAR_VALUE) continue;
        if (slot.top === SlotType.SPILL || slot.top === SlotType.ITER || slot.top === SlotType.DYNPTR || slot.top === SlotType.IRQ_FLAG) {
          return { reg: slot.reg, slot: spi, kind: slot.top };
        }
      }
    }
  }
  // nothing holds it any more: what the call that took it returned
  for (let i = path.length - 2; i >= 0; i--) {
    if (path[i]!.insn !== held.insn) continue;
    const result = path[i + 1]!.frames.at(-1)?.regs[0];
    return result === undefined || result.type === RegType.SCALAR_VALUE || result.type === RegType.NOT_INIT
      ? null
      : { reg: result, slot: null, kind: null };
  }
  return null;
}

/** Name of the struct that a register points to or a slot holds; '' if none. */
export function structName(reg: RegState): string {
  return reg.base === RegType.PTR_TO_BTF_ID || (reg.obj !== null && 'declTags' in reg.obj)
    ? ((reg.obj as Btf).type(reg.btfId)?.name ?? '')
    : '';
}

/** What is held: the struct's name ('' if none is known) and whether it is an object of the program's own type. */
export function heldType(c: Case, held: Held, carrier: Carrier | null): { struct: string; isOwn: boolean } {
  if (carrier !== null) return { struct: structName(carrier.reg), isOwn: (carrier.reg.type & Flag.MEM_ALLOC) !== 0 };
  // what came out of a field and is dropped has the type of the field
  const taken = c.callee(held.insn)?.helper?.behaviour === 'kptr_xchg' ? c.path.findLast((s) => s.insn === held.insn) : undefined;
  const target = taken?.frames.at(-1)?.regs[1];
  const record = target?.base === RegType.PTR_TO_MAP_VALUE ? target.map.record : null;
  const kptr = target === undefined ? null : (record?.fields.find((f) => f.offset === constNum(target.val))?.kptr ?? null);
  return kptr === null
    ? { struct: '', isOwn: false }
    : { struct: kptr.btf.type(kptr.btfId)?.name ?? '', isOwn: kptr.btf === c.env.given.btf };
}

/** Struct that a parameter of a kfunc points to; '' if none. */
export function pointee(btf: Btf, type: number): string {
  const ptr = skipModsAndTypedefs(btf, type);
  if (ptr?.kind !== Kind.PTR) return '';
  const target = skipModsAndTypedefs(btf, ptr.type);
  return target?.kind === Kind.STRUCT || target?.kind === Kind.UNION ? target.name : '';
}

/** Struct names of the parameters of a kfunc. */
function parameterStructs(kfunc: Kfunc): string[] {
  const func = kfunc.btf.type(kfunc.id);
  const proto = func?.kind === Kind.FUNC ? kfunc.btf.type(func.type) : undefined;
  return proto?.kind === Kind.FUNC_PROTO ? proto.params.map((p) => pointee(kfunc.btf, p.type)) : [];
}

/** Struct that a parameter (from 0) of a kfunc points to; '' if none. */
export function structOfArgument(kfunc: Kfunc, index: number): string {
  return parameterStructs(kfunc)[index] ?? '';
}

/** Whether a call gives back what is held. */
export type Gives = (callee: Callee) => boolean;

/** Stands in prototypes for any struct. */
const ANY_STRUCT = '*';

/** Pointers to sockets without a type of their own. */
export const SOCKETS: ReadonlySet<RegType> = new Set([RegType.PTR_TO_SOCKET, RegType.PTR_TO_SOCK_COMMON, RegType.PTR_TO_TCP_SOCK]);

/** The iterator whose element this is, where the policy has elements that are released through their iterator; null if it is none. */
export function iteratorOf(c: Case, held: Held): Held | null {
  if (held.parentId === 0 || !c.env.rules.iteratorElements) return null;
  const owner = c.held.entries.find((h) => h.id === held.parentId);
  return owner !== undefined && carrierOf(c.path, owner)?.kind === SlotType.ITER ? owner : null;
}

/** Which calls give back a held thing. */
export function givesBack(c: Case, held: Held, carrier: Carrier | null): Gives {
  const { rules } = c.env;
  const owner = iteratorOf(c, held);
  if (owner !== null) {
    const iter = structName(carrierOf(c.path, owner)!.reg);
    return ({ kfunc }) => kfunc !== null && (kfunc.flags & Kf.RELEASE) !== 0 && parameterStructs(kfunc)[0] === iter;
  }
  if (held.cls.exitRegion !== '' || held.cls.token === 'object') {
    const leaves = (name: string, isKfunc: boolean): boolean => {
      const effect = (isKfunc ? rules.kfunc(name) : rules.helper(name)).effect;
      return (
        effect !== null &&
        !effect.enter &&
        (effect.cls.name === held.cls.name ||
          (held.cls.order !== null && effect.cls.order === held.cls.order && effect.cls.token === held.cls.token))
      );
    };
    return (callee) => callee.subprog < 0 && leaves(callee.name, callee.kfunc !== null);
  }
  if (carrier?.kind === SlotType.ITER) {
    const iter = structName(carrier.reg);
    return ({ kfunc }) => kfunc !== null && (kfunc.flags & Kf.ITER_DESTROY) !== 0 && parameterStructs(kfunc)[0] === iter;
  }
  if (carrier?.kind === SlotType.DYNPTR)
    return ({ helper, kfunc }) =>
      isDynptrRelease(helper?.args.map((a) => a.type) ?? []) ||
      (kfunc !== null && (kfunc.flags & Kf.RELEASE) !== 0 && parameterStructs(kfunc)[0] === 'bpf_dynptr');
  const { struct, isOwn } = heldType(c, held, carrier);
  const isRingbuf = carrier !== null && (carrier.reg.type & Flag.MEM_RINGBUF) !== 0;
  return ({ kfunc, helper }) => {
    if (kfunc !== null) {
      if ((kfunc.flags & Kf.RELEASE) === 0) return false;
      const [param] = parameterStructs(kfunc);
      return struct !== '' && (param === struct || (param === '' && isOwn));
    }
    if (helper === null) return false;
    return helper.args.some(({ type, btfNames }) => {
      if ((type & Flag.OBJ_RELEASE) === 0) return false;
      if (isRingbuf) return (type & BASE_TYPE_MASK) === ArgType.PTR_TO_RINGBUF_MEM;
      return btfNames === null
        ? SOCKETS.has(carrier?.reg.base ?? RegType.NOT_INIT)
        : btfNames.includes(struct) || btfNames.some((name) => name === ANY_STRUCT);
    });
  };
}

function isDynptrRelease(types: readonly number[]): boolean {
  return types.some((t) => (t & Flag.OBJ_RELEASE) !== 0 && (t & Flag.DYNPTR_TYPE_RINGBUF) !== 0);
}

/** Helpers and kfuncs that the program itself calls, by name. */
function calledBy(c: Case): Callee[] {
  const found = new Map<string, Callee>();
  for (let at = 0; at < c.env.insns.length; at++) {
    const callee = c.callee(at);
    if (callee !== null && callee.subprog < 0) found.set(callee.name, callee);
  }
  return [...found.values()];
}

/** All that the kernel has to call. */
function* offered(c: Case): Generator<Callee> {
  const { kernel } = c.env;
  for (let id = 1; id < kernel.helperCount; id++) {
    const helper = kernel.anyHelperProto(id);
    if (helper !== null) yield { name: helper.name, kfunc: null, helper, subprog: -1 };
  }
  for (const kfunc of kfuncsOf(c)) yield { name: kfunc.name, kfunc, helper: null, subprog: -1 };
}

/**
 * The pair of what is called `new`/`destroy` etc.: what gives it back and has the nearest name, of the program's own calls if there is
 * one.
 */
export function releaserName(c: Case, gives: Gives, taker: string): string | null {
  const among = (callees: Iterable<Callee>): string[] => {
    const found: string[] = [];
    for (const callee of callees) {
      const { name, helper, kfunc } = callee;
      if (kfunc?.registered !== false && helper?.behaviour !== 'kptr_xchg' && gives(callee)) found.push(name);
    }
    return found.sort((a, b) => commonPrefix(b, taker) - commonPrefix(a, taker) || a.length - b.length);
  };
  const [own] = among(calledBy(c));
  if (own !== undefined) return own;
  const destructors = new Set(c.env.kernel.dtors.values());
  return among(offered(c)).find((name) => !destructors.has(name)) ?? null;
}

function commonPrefix(a: string, b: string): number {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return i;
}

const known = new WeakMap<Case['env']['kernel'], readonly Kfunc[]>();

/** All kfuncs of the kernel and its modules that are registered, made once for each kernel. */
export function kfuncsOf(c: Case): readonly Kfunc[] {
  const { kernel } = c.env;
  let list = known.get(kernel);
  if (list === undefined) {
    const out = [kernel.btf, ...kernel.modules].flatMap((btf) =>
      kernel
        .kfuncNames(btf)
        .flatMap((name) => btf.ownIdsByName(name, Kind.FUNC))
        .sort((a, b) => a - b)
        .map((id) => kernel.kfunc(btf, id)),
    );
    known.set(kernel, (list = out.filter((kfunc) => kfunc?.registered === true) as Kfunc[]));
  }
  return list;
}

/** Instructions of the program that give it back, also by calling a function that does. */
export function givingInsns(c: Case, gives: Gives): Set<number> {
  const direct: number[] = [];
  const calls: { at: number; subprog: number }[] = [];
  for (let at = 0; at < c.env.insns.length; at += isLdImm64(c.env.insns[at]!) ? 2 : 1) {
    const callee = c.callee(at);
    if (callee === null) continue;
    if (callee.subprog >= 0) calls.push({ at, subprog: callee.subprog });
    else if (gives(callee)) direct.push(at);
  }
  const found = new Set(direct);
  for (let grew = true; grew;) {
    grew = false;
    for (const { at, subprog } of calls) {
      if (found.has(at)) continue;
      const [start, end] = [c.env.subprogs[subprog]?.start ?? 0, c.env.subprogs[subprog + 1]?.start ?? c.env.insns.length];
      if (![...found].some((f) => f >= start && f < end)) continue;
      found.add(at);
      grew = true;
    }
  }
  return found;
}

/** Instructions from which one of `goals` can be reached without passing `barrier`, by static flow within functions. */
function reaching(c: Case, goals: ReadonlySet<number>, barrier: number): ReadonlySet<number> {
  const { insns, aux } = c.env;
  const before = new Map<number, number[]>();
  for (let at = 0; at < insns.length; at += isLdImm64(insns[at]!) ? 2 : 1) {
    for (const { to } of successors(insns, at, aux.rare(at).jt)) {
      const list = before.get(to);
      if (list === undefined) before.set(to, [at]);
      else list.push(at);
    }
  }
  const reach = new Set(goals);
  const work = [...goals];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const from of before.get(at) ?? []) {
      if (reach.has(from) || from === barrier) continue;
      reach.add(from);
      work.push(from);
    }
  }
  return reach;
}

/** The branch after which nothing gives it back any more, and what would have. */
export interface Skipped {
  /** The conditional jump, and where the path went from it. */
  readonly branch: number | null;
  readonly to: number;
  /** A call on the other way that gives it back; null if the function that took it has none at all. */
  readonly release: number | null;
}

/** Finds it on the path after `from` (step index). */
export function skippedRelease(c: Case, gives: Gives, from: number): Skipped {
  const goals = givingInsns(c, gives);
  const taken = c.path[from]?.insn ?? -1;
  const reach = reaching(c, goals, taken);
  const depth = c.path[from]?.depth ?? 1;
  for (let i = c.path.length - 2; i > from; i--) {
    const [step, next] = [c.path[i]!, c.path[i + 1]!];
    if (step.depth !== next.depth || step.depth > depth || !reach.has(step.insn) || reach.has(next.insn)) continue;
    if (successors(c.env.insns, step.insn, c.env.aux.rare(step.insn).jt).length < 2) continue;
    const [start, end] = c.range(step.insn);
    const release =
      [...goals]
        .filter((g) => g >= start && g < end)
        .sort((a, b) => a - b)
        .find((g) => g > step.insn) ?? null;
    return { branch: step.insn, to: next.insn, release };
  }
  return { branch: null, to: -1, release: null };
}

/** Whether an iterator is alive, drained or neither, in words. */
export function iterStateWord(reg: RegState): string {
  return reg.iterState === IterState.ACTIVE ? 'alive' : reg.iterState === IterState.DRAINED ? 'drained' : 'not started';
}

/**
 * Whether what is held is a region of the program without an object of its own: regions are entered and left, things taken and given back.
 */
export function isRegion({ token, exitRegion }: Held['cls']): boolean {
  return token === 'none' || (token === 'stack-slot' && exitRegion !== '');
}
