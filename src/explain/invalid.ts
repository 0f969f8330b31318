// SPDX-License-Identifier: GPL-2.0-only
/** Pointers that lost their meaning, were never pointers, or may be NULL. */
import { successors } from '../graph/cfg';
import { Kf } from '../kernel/profile';
import { CALL, classOf } from '../isa/opcode';
import { Flag, RegType } from '../kernel/types';
import { isNonOwningRef, mayBeNull } from '../verifier/state/reg-kinds';
import type { RegState } from '../verifier/state/reg';
import type { CauseEvent } from '../protocol/explanation';
import { isPointer, regSpot, type Spot, trackBack, type Trace, valueAt } from './back';
import { type Case, told, type Told } from './case';
import { memberName } from './members';
import { originOfTrace } from './origin';
import { structName } from './release';
import { quoted } from './words';
import { plainType } from '../verifier/diag/phrase';

/** Packet pointers of all kinds. */
function isPacket(reg: RegState): boolean {
  return reg.base === RegType.PTR_TO_PACKET || reg.base === RegType.PTR_TO_PACKET_META || reg.base === RegType.PTR_TO_PACKET_END;
}

/** The call instruction of the frame at `depth` under which a step runs, and those further in, outermost first. */
export function callChain(c: Case, step: number, depth: number): number[] {
  const frames = c.path[step]?.frames ?? [];
  return frames
    .slice(depth + 1)
    .map((f) => f.callsite)
    .filter((at) => at >= 0);
}

/** Events of the calls that lead to a step, and the one at the step itself. */
function chainEvents(c: Case, step: number, depth: number, text: string, variable: string | null): CauseEvent[] {
  const calls = callChain(c, step, depth);
  const insn = c.path[step]!.insn;
  return [
    ...calls.map((at) => c.event('call', at, `calls ${c.calleeName(at) || 'a function'}()`)),
    c.event('invalidated', insn, text, variable, true),
  ];
}

/** The name of what a register held, as the program has it; null if nothing names it. */
export function variableOf(c: Case, trace: Trace): string | null {
  const made = trace.links.find((l) => l.kind === 'call' || l.kind === 'load');
  return made === undefined ? null : c.assigned(made.insn);
}

/** A pointer that was lost at `path[step]`; null if what is lost there was none. */
function lostPointer(c: Case, trace: Trace): Told | null {
  const lost = trace.links.find((l) => l.kind === 'lost' && isPointer(l.before));
  if (lost === undefined || lost.before === null) return null;
  const { before, step, insn } = lost;
  const origin = trackBack(c.env.insns, c.path, step, trace.spot);
  const name = variableOf(c, origin);
  const callee = c.calleeName(insn);
  const depth = trace.spot.depth;
  const made = origin.links.find((l) => l.kind === 'call' || l.kind === 'load');
  const first =
    made === undefined
      ? []
      : [c.event(made.kind === 'call' ? 'taken' : 'loaded', made.insn, `${quoted(name, 'the pointer')} is set`, name)];
  if (isPacket(before)) {
    const outer = callChain(c, step, depth)[0] ?? insn;
    return told(
      'stale-packet-pointer',
      `${quoted(name, 'A packet pointer')} no longer points into the packet`,
      `${callee}() may move or change the packet, so every pointer into it that was loaded before is invalid after ${c.where(outer)}.`,
      `Load \`data\` and \`data_end\` again after ${c.where(outer)}, and repeat the bounds check.`,
      [...first, ...chainEvents(c, step, depth, `${callee}() may move the packet`, name)],
    );
  }
  const what = structName(before) === '' ? 'the memory' : `the ${structName(before)}`;
  if (isNonOwningRef(before.type)) return lostBorrowed(c, trace, step, before, name);
  const { kfunc, helper } = c.callee(insn) ?? { kfunc: null, helper: null };
  const releases =
    (kfunc !== null && (kfunc.flags & Kf.RELEASE) !== 0) || helper?.args.some((a) => (a.type & Flag.OBJ_RELEASE) !== 0) === true;
  if (kfunc !== null && (kfunc.flags & Kf.ITER_DESTROY) !== 0) {
    return told(
      'stale-pointer',
      `${quoted(name, 'A pointer')} belongs to an iterator that is destroyed`,
      `${what} is owned by the iterator; after ${callee}() at ${c.where(insn)} the pointer is no longer valid.`,
      `Use ${quoted(name, 'it')} before ${callee}(), or copy what is needed from it in the loop.`,
      [...first, ...chainEvents(c, step, depth, `${callee}() ends the life of it`, name)],
    );
  }
  if (releases) {
    return told(
      'stale-pointer',
      `${quoted(name, 'A pointer')} is used after it was released`,
      `${callee}() at ${c.where(insn)} gave ${what} back, which invalidated every pointer to it; it is no longer valid afterwards.`,
      `Use ${quoted(name, 'it')} before ${callee}(), or copy what is needed from it first.`,
      [...first, ...chainEvents(c, step, depth, `released by ${callee}()`, name)],
    );
  }
  const source = made?.kind === 'call' ? c.calleeName(made.insn) : '';
  if (before.parentId !== 0 && callee !== '' && source !== '')
    return told(
      'stale-pointer',
      `${quoted(name, 'A slice')} is not valid any more`,
      `${callee}() at ${c.where(insn)} may change what the dynptr is backed by, which invalidates every slice and data pointer of it: what ${source}() returned is no longer valid afterwards.`,
      `Use ${quoted(name, 'it')} before ${c.where(insn)}, or call ${source}() again after it and check the result.`,
      [...first, ...chainEvents(c, step, depth, `${callee}() ends the slices of the dynptr`, name)],
    );
  return told(
    'stale-pointer',
    `${quoted(name, 'A pointer')} is not valid any more`,
    `${callee === '' ? `What is done at ${c.where(insn)}` : `${callee}() at ${c.where(insn)}`} invalidated every pointer to ${what}: it is no longer valid afterwards.`,
    `Use ${quoted(name, 'it')} before ${c.where(insn)}.`,
    [...first, c.event('invalidated', insn, 'the pointer is invalidated', name, true)],
  );
}

/** A pointer to an object that a list or tree owns now, after the lock was dropped. */
function lostBorrowed(c: Case, trace: Trace, step: number, before: RegState, name: string | null): Told {
  const insn = c.path[step]!.insn;
  const unlock = c.calleeName(insn);
  let given = -1;
  for (let i = step; i > 0; i--) {
    const was = valueAt(c.path[i - 1], trace.spot);
    if (was === null || !isPointer(was) || !isNonOwningRef(was.type)) {
      given = i - 1;
      break;
    }
  }
  const givenInsn = c.path[given]?.insn ?? -1;
  const giver = c.calleeName(givenInsn);
  const struct = structName(before);
  const cause = [
    ...(giver === '' ? [] : [c.event('call', givenInsn, `${giver}() hands the object to the collection`, name)]),
    c.event('invalidated', insn, `${unlock}() ends the non-owning reference`, name, true),
  ];
  return told(
    'stale-pointer',
    `${quoted(name, 'An object')} is used after the lock was dropped`,
    `${giver === '' ? `The ${struct} is owned by a collection` : `${giver}() at ${c.where(givenInsn)} moved the ${struct} into the list or tree, which owns it now`}; the pointer left is a non-owning reference, valid only until ${unlock}() at ${c.where(insn)}.`,
    `Use ${quoted(name, 'it')} before ${unlock}(), or before it is handed over.`,
    cause,
  );
}

/** Finds where another load of the same member was checked against NULL, on the path. */
function checkedElsewhere(c: Case, spot: Spot, load: Trace['links'][number]): CauseEvent[] {
  const base = valueAt(c.path[load.step], load.from ?? spot);
  const off = c.env.insns[load.insn]!.off;
  for (let i = load.step - 1; i >= 0; i--) {
    const insn = c.env.insns[c.path[i]!.insn]!;
    const cls = classOf(insn.code);
    if ((cls !== 5 && cls !== 6) || insn.code === CALL || successors(c.env.insns, c.path[i]!.insn, null).length < 2) continue;
    const depth = c.path[i]!.depth - 1;
    const trace = trackBack(c.env.insns, c.path, i, { kind: 'reg', index: insn.dst, depth });
    const made = trace.links.at(-1);
    if (
      made?.kind !== 'load' ||
      made.insn === load.insn ||
      made.step === load.step ||
      c.env.insns[made.insn]!.off !== off ||
      made.from === null
    )
      continue;
    const other = valueAt(c.path[made.step], made.from);
    if (base === null || other === null || other.base !== base.base || other.btfId !== base.btfId) continue;
    return [
      c.event('checked', c.path[i]!.insn, 'the check is on this load', null),
      c.event('loaded', load.insn, 'it is loaded again here, unchecked', null, true),
    ];
  }
  return [];
}

/** A pointer that may be NULL is used. `use` is what is done with it. */
export function nullPointer(c: Case, arg: number, use: string, why: string): Told {
  const regno = c.regno(arg);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, regno));
  const made = trace.links.find((l) => l.kind === 'call' || l.kind === 'load');
  const inGlobal = trace.start === 'argument' && c.path[0] !== undefined && c.path[0].frames[0]!.subprogno !== 0;
  if (made === undefined && inGlobal) {
    const fn = c.functionName(c.path[0]!.insn);
    return told(
      'null-not-checked',
      `An argument of the global function \`${fn}\` may be NULL`,
      `A global function is verified on its own, without its callers, so a pointer argument may be NULL even if no caller passes NULL.${why}`,
      `Check it for NULL before ${c.where(c.at)}, or tag the parameter with \`__arg_nonnull\`.`,
      [c.event('set', c.path[0]!.insn, `the argument of ${fn}() may be NULL`, null, true)],
    );
  }
  const name = made === undefined ? null : c.assigned(made.insn);
  const maker = made === undefined ? '' : c.calleeName(made.insn);
  const again = made?.kind === 'load' ? checkedElsewhere(c, trace.spot, made) : [];
  const source = maker === '' ? 'it' : `${maker}()`;
  const cause =
    again.length > 0
      ? again
      : made === undefined
        ? []
        : [c.event(made.kind === 'call' ? 'call' : 'loaded', made.insn, `${source} may be NULL, and no branch checks it`, name, true)];
  return told(
    'null-not-checked',
    `${quoted(name, maker === '' ? 'A pointer' : `The result of ${maker}()`)} may be NULL where ${use}`,
    `${maker === '' ? '' : `${maker}() can return NULL. `}${again.length > 0 ? 'The NULL check is on another load: the compiler, or the source, reads the pointer again after the check.' : 'No check on this path rules NULL out.'}${why}`,
    again.length > 0
      ? `Load it once into a variable, check that for NULL, and use it.`
      : `Check ${quoted(name, 'it')} for NULL before ${c.where(c.at)}.`,
    cause,
  );
}

/** Memory is accessed through a register that does not point to any. */
export function badDereference(c: Case, arg: number): Told {
  const reg = c.reg(arg);
  const regno = c.regno(arg);
  if (reg !== undefined && mayBeNull(reg.type)) return nullPointer(c, arg, 'it is read or written', '');
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, regno));
  const lost = lostPointer(c, trace);
  if (lost !== null) return lost;
  return notAPointer(c, trace, reg, '');
}

/** A value is used as a pointer that is none; `wanted` says what for. */
export function notAPointer(c: Case, trace: Trace, reg: RegState | undefined, wanted: string): Told {
  const made = trace.links.find((l) => l.kind === 'call' || l.kind === 'load' || l.kind === 'compute') ?? trace.links[0];
  const name = made === undefined ? null : c.assigned(made.insn);
  const maker = made === undefined ? '' : c.calleeName(made.insn);
  const twin = maker === '' ? null : typedTwin(c, maker);
  const what = reg === undefined || reg.type === RegType.SCALAR_VALUE ? 'a number' : plainType(reg.type);
  const started = made === undefined ? originOfTrace(c, trace) : null;
  const how =
    made === undefined
      ? started === null
        ? `It is ${what} on this path.`
        : `It is ${started.text}.`
      : made.kind === 'call'
        ? `${maker}() returns a number (an integer scalar), not a pointer that can be followed.`
        : made.kind === 'compute'
          ? `Arithmetic at ${c.where(made.insn)} made a number of it.`
          : `What is loaded at ${c.where(made.insn)} is a number for the verifier.`;
  const cause =
    made === undefined
      ? started === null
        ? []
        : [started]
      : [
          c.event(
            made.kind === 'call' ? 'call' : made.kind === 'load' ? 'loaded' : 'set',
            made.insn,
            made.kind === 'call' ? `${maker}() returns a number` : 'the value is a number from here on',
            name,
            true,
          ),
        ];
  return told(
    'not-a-pointer',
    `${quoted(name, 'A value')} is ${what} where a pointer is needed`,
    `${how}${wanted}`.trim(),
    twin !== null
      ? `Use ${twin}() in place of ${maker}(): it returns a pointer with its type.`
      : `Read the memory behind it with bpf_probe_read_kernel(), or use a pointer that keeps its type.`,
    cause,
  );
}

/** A helper that returns as a typed pointer what this one returns as a number: `bpf_get_current_task_btf`. */
function typedTwin(c: Case, name: string): string | null {
  for (let id = 1; id < c.env.kernel.helperCount; id++) if (c.env.kernel.helperName(id) === `${name}_btf`) return `${name}_btf`;
  return null;
}

/** A register is read that holds nothing. */
export function unreadable(c: Case, arg: number, callee: string): Told {
  const regno = c.regno(arg);
  if (regno < 0)
    return told(
      'not-initialised',
      `An argument of ${callee || 'the call'}() was not set`,
      'An argument that travels on the stack was not written before the call.',
      'Pass all arguments that the function declares.',
    );
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, regno));
  const lost = trace.links[0];
  const what = regno === 0 ? 'the return value (R0)' : `R${regno}`;
  if (lost?.kind === 'lost') {
    const stale = isPointer(lost.before) && (c.callee(lost.insn)?.subprog ?? -1) < 0 && regno > 5 ? lostPointer(c, trace) : null;
    if (stale !== null) return stale;
    return told(
      'not-initialised',
      `${what.charAt(0).toUpperCase()}${what.slice(1)} was lost in a call`,
      `R1 to R5 hold nothing after a call; ${c.calleeName(lost.insn) || 'the call'}() at ${c.where(lost.insn)} ended the value.`,
      `Keep the value in R6 to R9 or on the stack over the call.`,
      [c.event('invalidated', lost.insn, `the call ends the value of R${regno}`, null, true)],
    );
  }
  const branches = decided(c, 2);
  return told(
    'not-initialised',
    `${what.charAt(0).toUpperCase()}${what.slice(1)} is never set on this path`,
    `On the path that was taken nothing wrote ${what}, so its value is not initialised.`,
    `Give it a value at its declaration, or on every branch${branches.length > 0 ? ` of ${c.where(branches[branches.length - 1]!.insn)}` : ''}.`,
    branches,
  );
}

/** The last decided branches of the path, newest last. */
export function decided(c: Case, most: number): CauseEvent[] {
  const found: CauseEvent[] = [];
  for (let i = c.path.length - 2; i >= 0 && found.length < most; i--) {
    const { insn, depth } = c.path[i]!;
    const ways = successors(c.env.insns, insn, null);
    if (ways.length < 2 || depth !== c.path[i + 1]!.depth) continue;
    const way = ways.find((w) => w.to === c.path[i + 1]!.insn);
    if (way === undefined) continue;
    found.unshift(
      c.event(
        'branch',
        insn,
        way.kind === 'taken' ? 'the path takes this branch' : 'the path goes straight on here',
        null,
        found.length === 0,
      ),
    );
  }
  return found;
}

/** A kernel pointer that is not protected enough for a call. */
export function untrustedPointer(c: Case, arg: number, callee: string, wanted: string, rcu: boolean): Told {
  const reg = c.reg(arg);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
  const made = trace.links.find((l) => l.kind === 'call' || l.kind === 'load');
  const base = made?.from == null ? null : valueAt(c.path[made.step], made.from);
  const member = base === null || made === undefined ? '' : memberName(base, c.env.insns[made.insn]!.off);
  const owner = base === null ? '' : structName(base);
  const name = made === undefined ? null : (c.assigned(made.insn) ?? c.argument(arg, callee));
  const sleepable = c.last?.sleepable ?? c.env.sleepable;
  const direct = reg !== undefined && (reg.type & Flag.MEM_RCU) !== 0;
  const field = member === '' ? 'the field' : `${owner}->${member}`;
  const reason =
    made?.kind === 'load'
      ? direct
        ? `${field} is an RCU-protected pointer, and ${callee}() needs a reference or a trusted pointer.`
        : `The pointer was loaded from ${field}, which gives an untrusted pointer here: ${sleepable ? 'the program is sleepable, so no implicit RCU read lock protects it, and it was loaded outside an RCU read section.' : 'the kernel does not promise that the object stays alive.'}`
      : `The pointer to ${wanted} is not trusted: nothing keeps the object alive.`;
  const events =
    made === undefined
      ? []
      : [
          ...callChain(c, made.step, -1).map((at) => c.event('call', at, `calls ${c.calleeName(at)}()`)),
          c.event('loaded', made.insn, `loaded from ${field}: ${direct ? 'RCU-protected' : 'untrusted'}`, name, true),
        ];
  const section =
    sleepable && made?.kind === 'load'
      ? `Put the load and the call between bpf_rcu_read_lock() and bpf_rcu_read_unlock()${rcu ? '' : ', or take a reference to the object first'}`
      : 'Take a reference to the object first, with the function that acquires one';
  return told(
    'untrusted-pointer',
    `${quoted(name, `A pointer to ${wanted}`)} is not protected where ${callee}() needs it`,
    `${reason} ${callee}() takes a trusted or RCU-protected pointer to struct ${wanted}${rcu ? '' : ' that is referenced or trusted'}.`,
    `${section}.`,
    events,
  );
}
