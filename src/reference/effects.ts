// SPDX-License-Identifier: GPL-2.0-only
/** What a call does to the program's state, as short phrases; each follows from prototype, flags, behaviour tag or policy. */
import { Kind } from '../btf/types';
import { resolvePtr, skipModsAndTypedefs } from '../btf/util';
import { sleepFact } from '../kernel/faulting';
import { kfFlagNames } from '../kernel/flags';
import { Kf, type HelperProto, type KernelProfile, type Kfunc } from '../kernel/profile';
import { ArgType, baseType, Flag, RetType } from '../kernel/types';
import { holdingOf } from '../policy/classes';
import { rulesOf, sleepDemand, type FunctionRule } from '../policy/rules';
import { DEFAULT_ACQUIRE_CLASS, Op, type ContextClass, type Policy } from '../policy/types';
import { demandText, HOLDING } from '../protocol/words';

/** What a call may do while it sleeps. */
export function sleepsOf(rule: FunctionRule, name: string, mightSleep: boolean): 'no' | 'sleep' | 'fault' {
  const demand = sleepDemand(rule, name, mightSleep);
  return demand === 0 ? 'no' : (demand & Op.FAULT) !== 0 ? 'fault' : 'sleep';
}

const FORBIDS: readonly (readonly [number, string])[] = [
  [Op.FAULT, 'page faults'],
  [Op.SLEEP, 'sleeping'],
  [Op.CALL, 'most calls'],
  [Op.EXIT, 'leaving the program'],
];

/** `, which forbids page faults, sleeping` while something of the class is held; '' if it forbids nothing but what is left out. */
function forbiddenBy(cls: ContextClass, leftOut = 0): string {
  const words = FORBIDS.filter(([op]) => (cls.forbids & op & ~leftOut) !== 0).map(([, word]) => word);
  return words.length === 0 ? '' : `, which forbids ${words.join(', ')}`;
}

/** What policies say of a function: regions, callbacks, calls under a lock. */
function ruleEffects(rule: FunctionRule): string[] {
  const out: string[] = [];
  if (rule.effect !== null) {
    const { enter, cls } = rule.effect;
    const words = HOLDING[holdingOf(cls)];
    const verb = enter ? words.begins : words.ends;
    const fails = enter && cls.mayFail ? '; it may fail, so check the result' : '';
    out.push(`${verb} the ${cls.title}${enter ? forbiddenBy(cls) : ''}${fails}`);
  }
  if (rule.callback?.sleepable === true) out.push('its callback runs later in a task, and may sleep');
  if (rule.callback?.sleepable === false) out.push('its callback runs later in an interrupt, and must not sleep');
  if (rule.callback?.keepsLocks === true) out.push('its callback runs under the lock');
  if (rule.holds !== null) out.push(`its callback runs inside the ${rule.holds.title}`);
  if (rule.callable) out.push('may be called while a spin lock is held');
  return out;
}

function sleepEffects(name: string, sleeps: 'no' | 'sleep' | 'fault'): string[] {
  if (sleeps === 'no') return [];
  const why = sleepFact(name)?.source;
  return [`${demandText([sleeps])}${why === undefined ? '' : ` (${why})`}`];
}

function nameOfStruct(kfunc: Kfunc, index: number): string | null {
  const func = kfunc.btf.type(kfunc.id);
  const proto = func?.kind === Kind.FUNC ? kfunc.btf.type(func.type) : undefined;
  if (proto?.kind !== Kind.FUNC_PROTO) return null;
  const id = index < 0 ? proto.ret : proto.params[index]?.type;
  const target = id === undefined ? null : resolvePtr(kfunc.btf, id);
  const type = target === null ? undefined : skipModsAndTypedefs(kfunc.btf, target);
  return type?.kind === Kind.STRUCT ? type.name : null;
}

/** Kfuncs with KF_RELEASE by the struct that their first argument points to. */
const releasers = new WeakMap<KernelProfile, ReadonlyMap<string, readonly string[]>>();

/** Kfuncs that give back a reference to a struct, from the tables: KF_RELEASE with that first argument. */
export function releasersOf(kernel: KernelProfile, struct: string, kfuncs: () => Iterable<Kfunc>): readonly string[] {
  let known = releasers.get(kernel);
  if (known === undefined) {
    const made = new Map<string, string[]>();
    for (const k of kfuncs()) {
      const name = (k.flags & Kf.RELEASE) === 0 ? null : nameOfStruct(k, 0);
      if (name !== null && !k.name.startsWith('__')) made.set(name, [...(made.get(name) ?? []), k.name]);
    }
    releasers.set(kernel, (known = made));
  }
  return known.get(struct) ?? [];
}

const names = (list: readonly string[]): string => list.map((n) => `\`${n}()\``).join(' or ');

/** Effects of a kfunc. */
export function kfuncEffects(
  kernel: KernelProfile,
  policy: Policy,
  kfunc: Kfunc,
  kfuncs: () => Iterable<Kfunc>,
): { readonly effects: readonly string[]; readonly flags: readonly string[]; readonly sleeps: 'no' | 'sleep' | 'fault' } {
  const rule = rulesOf(policy).kfunc(kfunc.name);
  const has = (flag: number): boolean => (kfunc.flags & flag) !== 0;
  const sleeps = sleepsOf(rule, kfunc.name, has(Kf.SLEEPABLE));
  const out: string[] = [...sleepEffects(kfunc.name, sleeps)];
  if (has(Kf.ACQUIRE)) {
    const struct = nameOfStruct(kfunc, -1);
    const of = struct === null ? '' : ` to \`struct ${struct}\``;
    const forbids = forbiddenBy(rulesOf(policy).cls(kfunc.acquires ?? DEFAULT_ACQUIRE_CLASS), Op.EXIT);
    const iterator = has(Kf.ITER_NEXT) ? nameOfStruct(kfunc, 0) : null;
    const by = [struct, iterator].flatMap((s) => (s === null ? [] : releasersOf(kernel, s, kfuncs)));
    const back = by.length === 0 || by.length > SHOWN_RELEASERS ? '' : `; release it with ${names(by)}`;
    out.push(`acquires a reference${of}${forbids}${back}`);
  }
  if (has(Kf.RET_NULL) && !has(Kf.ITER_NEXT)) out.push('may return NULL');
  if (has(Kf.RELEASE)) out.push('releases the reference that it is given');
  if (has(Kf.ITER_NEW)) out.push('starts an iterator, which has to be destroyed on every path');
  if (has(Kf.ITER_NEXT)) out.push('returns the next element, or NULL when there is none; what it returned before is not valid any more');
  if (has(Kf.ITER_DESTROY)) out.push('ends the iterator');
  if (kfunc.behaviour === 'xdp_pull_data') out.push('invalidates all packet pointers');
  if (has(Kf.RCU)) out.push('takes pointers that are protected by RCU too');
  if (has(Kf.RCU_PROTECTED)) out.push('needs an RCU read section in sleepable programs');
  if (has(Kf.SPINLOCK_SAFE)) out.push('may be called while a spin lock is held');
  if (has(Kf.DESTRUCTIVE)) out.push('needs CAP_SYS_BOOT: it may stop the machine');
  if (has(Kf.PERFMON)) out.push('needs CAP_PERFMON');
  return { effects: [...out, ...ruleEffects(rule)], flags: kfFlagNames(kfunc.flags), sleeps };
}

/** More than these are no advice. */
const SHOWN_RELEASERS = 3;

const SOCKET_TYPES: readonly number[] = [RetType.PTR_TO_SOCKET, RetType.PTR_TO_TCP_SOCK, RetType.PTR_TO_SOCK_COMMON];

/** Helpers that give back what one acquired, by what it returns. */
function releasingHelpers(kernel: KernelProfile, proto: HelperProto): readonly string[] {
  const wanted = SOCKET_TYPES.includes(baseType(proto.ret))
    ? [ArgType.PTR_TO_BTF_ID_SOCK_COMMON, ArgType.PTR_TO_SOCK_COMMON]
    : (proto.ret & Flag.MEM_RINGBUF) !== 0
      ? [ArgType.PTR_TO_RINGBUF_MEM]
      : [];
  const found: string[] = [];
  for (let id = 1; id < kernel.helperCount && wanted.length > 0; id++) {
    const other = kernel.anyHelperProto(id);
    if (other?.args.some((a) => (a.type & Flag.OBJ_RELEASE) !== 0 && wanted.includes(baseType(a.type)))) found.push(other.name);
  }
  return found;
}

/** Effects of a helper. */
export function helperEffects(
  kernel: KernelProfile,
  policy: Policy,
  proto: HelperProto,
): { readonly effects: readonly string[]; readonly flags: readonly string[]; readonly sleeps: 'no' | 'sleep' | 'fault' } {
  const rule = rulesOf(policy).helper(proto.name);
  const sleeps = sleepsOf(rule, proto.name, proto.mightSleep);
  const out: string[] = [...sleepEffects(proto.name, sleeps)];
  const maybeNull = (proto.ret & Flag.PTR_MAYBE_NULL) !== 0;
  if (rule.acquires !== null) {
    const by = releasingHelpers(kernel, proto);
    out.push(`acquires a reference${by.length === 0 ? '' : `; release it with ${names(by)}`}`);
  }
  if (maybeNull) out.push('may return NULL');
  if (proto.args.some((a) => (a.type & Flag.OBJ_RELEASE) !== 0)) out.push('releases what it is given');
  if (proto.changesPktData) out.push('invalidates all packet pointers');
  if (proto.args.some((a) => baseType(a.type) === ArgType.PTR_TO_FUNC) && rule.callback?.sleepable === undefined)
    out.push('calls the given function, which may sleep only where the caller may');
  if (proto.gplOnly) out.push('needs a GPL-compatible licence');
  const flags = [
    ...(proto.gplOnly ? ['gpl_only'] : []),
    ...(proto.mightSleep ? ['might_sleep'] : []),
    ...(proto.pktAccess ? ['pkt_access'] : []),
    ...(proto.allowFastcall ? ['allow_fastcall'] : []),
  ];
  return { effects: [...out, ...ruleEffects(rule)], flags, sleeps };
}
