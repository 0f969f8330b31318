// SPDX-License-Identifier: GPL-2.0-only
/** What is still held where the program is left, and what is released that is not held. */
import { EXIT } from '../isa/opcode';
import { Kf } from '../kernel/profile';
import { Flag } from '../kernel/types';
import { Op } from '../policy/types';
import type { CauseEvent } from '../protocol/explanation';
import type { Held } from '../verifier/state/held';
import { SlotType } from '../verifier/state/stack';
import type { Refusal } from '../verifier/diag';
import { regSpot, trackBack } from './back';
import { type Case, told, type Told } from './case';
import { decided } from './invalid';
import { carrierOf, type Carrier, isRegion, givesBack, givingInsns, releaserName, skippedRelease, structName } from './release';
import { argumentText, isEmptyLine, quoted } from './words';

/** How a held thing is called. */
interface Name {
  /** `task_struct`, `iterator num`, `RCU read section`. */
  readonly title: string;
  /** `p`, `&it`: what the program calls it; null if unknown. */
  readonly variable: string | null;
  readonly taker: string;
  readonly carrier: Carrier | null;
}

export function nameOf(c: Case, held: Held): Name {
  const carrier = held.cls.token === 'pointer' || held.cls.token === 'stack-slot' ? carrierOf(c.path, held) : null;
  const taker = c.calleeName(held.insn);
  const line = c.text(held.insn);
  const struct = carrier === null ? '' : structName(carrier.reg);
  const title =
    held.cls.token !== 'pointer'
      ? held.cls.title
      : carrier?.kind === SlotType.ITER
        ? `iterator ${struct.replace(/^bpf_iter_/, '')}`
        : carrier?.kind === SlotType.DYNPTR
          ? 'dynptr'
          : struct !== ''
            ? `reference to ${struct}`
            : carrier !== null && (carrier.reg.type & Flag.MEM_RINGBUF) !== 0
              ? 'ring buffer record'
              : 'reference';
  const addressed = [0, 1, 2, 3].map((i) => argumentText(line, taker, i)).find((a) => a?.startsWith('&') === true) ?? null;
  const onStack =
    carrier?.kind === SlotType.ITER || carrier?.kind === SlotType.DYNPTR || held.cls.token === 'stack-slot' || held.cls.token === 'object';
  const last =
    taker === '' ? null : ([3, 2, 1, 0].map((i) => argumentText(line, taker, i)).find((a) => a?.startsWith('&') === true) ?? null);
  return { title, variable: onStack ? (carrier?.kind === SlotType.DYNPTR ? last : addressed) : c.assigned(held.insn), taker, carrier };
}

/** Step at which it was taken; 0 if it was there from the beginning. */
function takenStep(c: Case, held: Held): number {
  for (let i = c.path.length - 1; i >= 0; i--) if (!c.path[i]!.held.entries.includes(held)) return i;
  return 0;
}

/** The last instruction of the path with a line of its own: where a person would put the squiggle of an exit. */
function returnPlace(c: Case, from: number): number {
  for (let i = c.path.length - 1; i > from; i--) {
    const { insn } = c.path[i]!;
    if (!isEmptyLine(c.text(insn)) && c.env.insns[insn]!.code !== EXIT) return insn;
  }
  return c.at;
}

const WAYS: readonly (readonly [number, string])[] = [
  [Op.EXIT, 'the program returns'],
  [Op.TAIL_CALL, 'a tail call leaves the program'],
  [Op.THROW, 'bpf_throw() leaves the program'],
  [Op.LD_ABS, 'BPF_LD_[ABS|IND] may leave the program'],
];

function wayWords(way: number): string {
  return WAYS.find(([op]) => (op & way) !== 0)?.[1] ?? 'the program returns';
}

/** A global function that got it as an argument, which cannot take it over. */
function passedToGlobal(c: Case, from: number, held: Held): CauseEvent | null {
  for (let i = from + 1; i < c.path.length - 1; i++) {
    const { insn, frames } = c.path[i]!;
    const callee = c.callee(insn);
    if (callee === null || callee.subprog < 0 || c.path[i + 1]!.depth > c.path[i]!.depth) continue;
    if (
      !frames
        .at(-1)!
        .regs.slice(1, 6)
        .some((r) => r.id === held.id && held.id !== 0)
    )
      continue;
    return c.event('call', insn, `${callee.name}() is a global function and cannot take over ownership`, null, true);
  }
  return null;
}

/** Events at which a call in a callback would have left it: it may not run. */
function inCallback(c: Case, givers: ReadonlySet<number>): CauseEvent | null {
  for (const giver of givers) {
    const subprog = c.subprogAt(giver);
    const start = c.env.subprogs[subprog]?.start ?? 0;
    if (subprog === 0) continue;
    const loads = c.env.insns.findIndex((insn, i) => insn.code === 0x18 && insn.src === 4 && i + insn.imm + 1 === start);
    if (loads >= 0)
      return c.event(
        'callback',
        giver,
        `${c.env.subprogs[subprog]?.name ?? 'the callback'}() releases it, but a callback may run zero times`,
        null,
        true,
      );
  }
  return null;
}

/** Something is held where the program is left. */
export function leak(c: Case, held: Held, way: number, all: readonly Held[] = [held]): Told {
  const { title, variable, taker, carrier } = nameOf(c, held);
  const from = takenStep(c, held);
  const gives = givesBack(c, held, carrier);
  const region = isRegion(held.cls) || held.cls.token === 'object';
  const releaser = releaserName(c, gives, taker);
  const skipped = skippedRelease(c, gives, from);
  const global = passedToGlobal(c, from, held);
  const argument = held.cls.token === 'none' ? '' : (variable ?? (carrier?.slot != null ? '&…' : ''));
  const call = releaser === null ? null : `${releaser}(${argument}${carrier?.kind === SlotType.DYNPTR ? ', 0' : ''})`;
  const fails = carrier?.kind === SlotType.DYNPTR && taker.includes('reserve');
  const exchanged = c.callee(held.insn)?.helper?.behaviour === 'kptr_xchg';
  const cause: CauseEvent[] = [
    c.event(
      region ? 'entered' : 'taken',
      held.insn,
      exchanged
        ? `${taker}() returns the previous value, which is owned now`
        : `${taker === '' ? 'the program' : `${taker}()`} ${region ? 'enters' : 'acquires'} the ${title}`,
      variable,
      exchanged,
    ),
  ];
  const leaves = wayWords(way);
  const thrown = (way & Op.THROW) !== 0;
  if (global !== null) cause.push(global);
  else if (thrown) cause.push(...callers(c, from));
  else if (skipped.branch !== null) {
    cause.push(
      c.event(
        'branch',
        skipped.branch,
        `this branch skips ${skipped.release === null ? 'the release' : `the release of ${c.where(skipped.release)}`}`,
        null,
        true,
      ),
    );
    if (c.place(skipped.to) !== null && c.place(skipped.to)!.line !== c.place(skipped.branch)?.line && !isEmptyLine(c.text(skipped.to)))
      cause.push(c.event('exit', skipped.to, 'the path goes on here', null));
  } else {
    const callback = inCallback(c, givingInsns(c, gives));
    cause.push(...(callback === null ? [] : [callback]), ...(callback === null && !exchanged ? decided(c, 1) : []));
  }
  const end = returnPlace(c, from);
  cause.push(c.event('exit', end, thrown ? 'bpf_throw() may leave the program here' : `${leaves} with it still held`, variable, false));
  const thing = variable === null ? `The ${title}` : region ? `The ${title}` : `\`${variable}\``;
  const unreleased = region ? 'is still open' : 'is not released';
  const why =
    global !== null
      ? `${global.text}; the caller still owns the ${title} and leaks it.`
      : exchanged
        ? `${taker}() at ${c.where(held.insn)} returns the old pointer of the field as an owned reference${c.assigned(held.insn) === null ? '; its return value is dropped' : ', which nothing gives back on this path'}.`
        : fails
          ? `Even if ${taker}() fails with an error, the reservation has to be ended: the dynptr must be submitted or discarded on every path.`
          : skipped.branch !== null
            ? `The ${title} that ${taker || 'the program'} ${region ? 'entered' : 'acquired'} at ${c.where(held.insn)} is still held on the path through the branch at ${c.where(skipped.branch)}.`
            : `The ${title} that ${taker || 'the program'} ${region ? 'entered' : 'acquired'} at ${c.where(held.insn)} is still held, never released on this path, when ${leaves}${all.length > 1 ? `, and so ${all.length === 2 ? 'is another one' : `are ${all.length - 1} others`}` : ''}.`;
  const site = thrown
    ? 'before anything that may throw'
    : (way & Op.TAIL_CALL) !== 0
      ? 'before the tail call'
      : c.place(end)?.line === c.place(c.range(end)[0])?.line
        ? skipped.branch === null
          ? 'before the return'
          : `on the branch of ${c.where(skipped.branch)}`
        : `before the return at ${c.where(end)}`;
  const fix =
    call === null
      ? `Give it back ${site}.`
      : global !== null
        ? `Make ${global.text.split('(')[0]} static, so that it is verified with its caller, or call ${call} in the caller.`
        : exchanged
          ? `Call ${call.replace(/\(.*\)/, `(${c.assigned(held.insn) ?? 'old'})`)} on the returned pointer if it is not NULL.`
          : `Call ${call} ${site}${thrown || (way & Op.TAIL_CALL) !== 0 ? '' : ' too'}.`;
  return {
    ...told(
      region ? 'region-open' : 'reference-leak',
      `${thing} ${unreleased} ${thrown ? 'when the program throws' : (way & Op.TAIL_CALL) !== 0 ? 'at the tail call' : 'on one path'}`,
      why,
      fix,
      cause,
    ),
    at: c.at,
  };
}

/** Calls on the path after a step that lead into the frame of the refusal. */
function callers(c: Case, from: number): CauseEvent[] {
  const frames = c.last?.frames ?? [];
  const calls = frames
    .map((f) => f.callsite)
    .filter((at) => at >= 0)
    .map((at) => c.event('call', at, `calls ${c.calleeName(at)}(), which may throw`));
  void from;
  const here = c.callee(c.at);
  return here !== null && here.subprog >= 0
    ? [...calls, ...throwChain(c, c.at)]
    : [...calls, c.event('call', c.at, `${here?.name ?? 'bpf_throw'}() throws`, null, true)];
}

/** From a call of a function that may throw down to the call of bpf_throw. */
export function throwChain(c: Case, at: number): CauseEvent[] {
  return chainTo(c, at, (insn) => c.callee(insn)?.kfunc?.behaviour === 'throw').map((insn, i) =>
    c.event(
      'call',
      insn,
      i === 0 ? `${c.calleeName(insn)}() may throw` : `${c.calleeName(insn)}() is called`,
      null,
      c.callee(insn)?.kfunc != null,
    ),
  );
}

/** Calls from `at` (a call of a function of the program) down to the first instruction that `is` what is looked for, by static search. */
export function chainTo(c: Case, at: number, is: (insn: number) => boolean): number[] {
  const seen = new Set<number>();
  const search = (call: number): number[] | null => {
    const subprog = c.callee(call)?.subprog ?? -1;
    if (subprog < 0 || seen.has(subprog)) return null;
    seen.add(subprog);
    const [start, end] = [c.env.subprogs[subprog]!.start, c.env.subprogs[subprog + 1]!.start];
    for (let i = start; i < end; i++) if (c.callee(i) !== null && c.callee(i)!.subprog < 0 && is(i)) return [call, i];
    for (let i = start; i < end; i++) {
      const below = search(i);
      if (below !== null) return [call, ...below];
    }
    return null;
  };
  return search(at) ?? [at];
}

/** Something is released that is not owned. */
export function notOwned(c: Case, arg: number, callee: string): Told {
  const name = callee || c.calleeName(c.at);
  const trace = trackBack(c.env.insns, c.path, c.path.length - 1, regSpot(c.path, c.regno(arg)));
  const made = trace.links.find((l) => l.kind === 'load' || l.kind === 'call');
  const reg = c.reg(arg);
  const variable = c.argument(arg, name);
  const owner = made?.kind === 'load' && reg !== undefined && isFromMap(c, made.step, made.from?.index ?? -1);
  const detail = owner
    ? `The pointer was read from a kptr field of a map value at ${c.where(made.insn)}; the map still owns the reference.`
    : made?.kind === 'call'
      ? `${c.calleeName(made.insn)}() at ${c.where(made.insn)} returns a pointer without a reference of its own.`
      : 'The program holds no reference to it: it was never acquired, or was released before.';
  return told(
    'not-held',
    `${quoted(variable, 'A pointer')} is released by ${name}() without being owned`,
    `${detail} ${name}() needs a pointer that owns a reference.`,
    owner
      ? `Take the pointer out of the map with bpf_kptr_xchg(&…, NULL) and release what it returns.`
      : `Release only what a function that acquires has returned, once.`,
    made === undefined
      ? []
      : [
          c.event(
            made.kind === 'load' ? 'loaded' : 'call',
            made.insn,
            owner ? 'read from the map, which keeps owning it' : 'no reference is taken here',
            variable,
            true,
          ),
        ],
  );
}

function isFromMap(c: Case, step: number, index: number): boolean {
  const reg = c.path[step]?.frames.at(-1)?.regs[index];
  return reg !== undefined && reg.map !== null && typeof reg.map === 'object' && 'valueSize' in reg.map;
}

/** Locks: taken again, not held, other, out of order. */
export function lock(c: Case, r: Extract<Refusal, { kind: 'lock-state' }>): Told {
  const name = c.calleeName(c.at);
  if (r.how === 'not-held') {
    const failed = failedLock(c);
    if (failed !== null) {
      const taker = c.calleeName(failed);
      return told(
        'not-held',
        `${name}() is called where the lock was not taken`,
        `${taker}() at ${c.where(failed)} may fail; on this path it returned an error, so the lock is not held.`,
        `Check the return value of ${taker}(), and unlock only if it is 0.`,
        [c.event('taken', failed, `${taker}() fails on this path: the lock is not taken`, null, true)],
      );
    }
    return told(
      'not-held',
      `${name}() is called where no lock is held`,
      'No lock is held on this path.',
      'Take the lock first, or unlock only on the path that took it.',
      decided(c, 1),
    );
  }
  const held = r.held;
  const cause = held === null ? [] : [c.event('taken', held.insn, `${c.calleeName(held.insn)}() takes the lock that is held`, null, true)];
  const where = held === null ? '' : ` The lock that is held was taken at ${c.where(held.insn)}.`;
  if (r.how === 'again')
    return told(
      'release-order',
      `A lock is taken while one is held already`,
      `${name}() would deadlock, or is not allowed under another lock.${where}`,
      'Release the lock that is held before taking another one.',
      cause,
    );
  if (r.how === 'other')
    return told(
      'release-order',
      `Another lock is released than the one that is held`,
      `${name}() does not name the lock that is held.${where}`,
      'Release the lock that was taken, by the same pointer.',
      cause,
    );
  return told(
    'release-order',
    `Locks are released in the wrong order`,
    `Nested locks are released in reverse order: last in, first out.${where}`,
    `Release the lock of ${held === null ? 'the inner region' : c.where(held.insn)} first.`,
    cause,
  );
}

/** The call on the path that takes a lock and failed. */
function failedLock(c: Case): number | null {
  for (let i = c.path.length - 2; i >= 0; i--) {
    const [step, next] = [c.path[i]!, c.path[i + 1]!];
    const callee = c.callee(step.insn);
    if (callee?.kfunc == null) continue;
    const effect = c.env.rules.kfunc(callee.name)?.effect;
    if (effect?.enter === true && effect.cls.mayFail && step.held === next.held) return step.insn;
  }
  return null;
}

/** Objects on the stack that are in the wrong state: iterators, dynptrs, saved IRQ flags. */
export function stackObject(c: Case, r: Extract<Refusal, { kind: 'iterator' | 'dynptr' | 'irq-flag' }>): Told {
  const callee = (r.kind === 'irq-flag' ? '' : r.callee) || c.calleeName(c.at);
  const code = r.kind === 'iterator' ? 'iterator-state' : r.kind === 'dynptr' ? 'dynptr-state' : 'not-held';
  const thing = r.kind === 'iterator' ? 'iterator' : r.kind === 'dynptr' ? 'dynptr' : 'saved IRQ flag';
  const variable = r.arg === undefined ? null : c.argument(r.arg, callee);
  const what = quoted(variable, `The ${thing}`);
  const before = usedBefore(c, variable);
  const events = before.map((at, i) => c.event('call', at, `${c.calleeName(at)}() was called with it`, variable, i === before.length - 1));
  const pair = r.kind === 'iterator' ? iterPair(callee) : null;
  switch (r.how) {
    case 'uninitialised':
      return told(
        code,
        `${what} is not initialised where ${callee}() is called`,
        r.kind === 'irq-flag'
          ? `No IRQ state is saved in it: it was never saved, or already restored${before.length > 0 ? ` at ${c.where(before.at(-1)!)}` : ''}.`
          : `It was never started${pair === null ? '' : ` with ${pair.start}()`}, or is destroyed${before.length > 0 ? `: see ${c.where(before.at(-1)!)}` : ''}.`,
        r.kind === 'irq-flag'
          ? 'Restore each saved IRQ state once; remove the second restore.'
          : pair === null
            ? `Initialise the ${thing} before ${callee}().`
            : `Call ${pair.start}() before ${callee}(), and ${pair.end}() only after the last use.`,
        events,
      );
    case 'initialised':
      return told(
        code,
        `${what} is initialised already where ${callee}() is called`,
        `It is still alive${before.length > 0 ? ` since ${c.where(before.at(-1)!)}` : ''}; initialising it again would lose what it holds.`,
        pair === null
          ? `Release it before ${callee}(), or use another variable.`
          : `Call ${pair.end}() before ${callee}() is called again, or use another variable.`,
        events,
      );
    case 'overwritten':
      return told(
        code,
        'A dynptr that holds a resource is overwritten',
        'The memory of the dynptr is written while it still has to be submitted, discarded or released.',
        'End the dynptr first.',
        events,
      );
    case 'family':
      return told(
        'release-order',
        `${what} was saved by another family of functions`,
        `${callee}() can restore only what its own family saved.`,
        'Restore it with the function that belongs to the one that saved it.',
        events,
      );
    case 'other':
      return told(
        code,
        `${what} is a dynptr of another kind than ${callee}() takes`,
        `The kind of a dynptr is fixed by the function that made it.`,
        'Use the function for this kind of dynptr.',
        events,
      );
    case 'constant':
      return told(
        code,
        `${what} cannot be released here`,
        'The dynptr was handed to the program and does not belong to it.',
        'Leave it to the caller.',
        events,
      );
    default:
      return told(
        code,
        `${callee || 'The call'}() needs the address of ${r.kind === 'iterator' ? 'an iterator' : r.kind === 'dynptr' ? 'a dynptr' : 'a saved IRQ flag'} on the stack`,
        `The argument ${variable === null ? '' : `\`${variable}\` `}is not the address of such a variable at a constant, aligned offset.`,
        `Declare the ${thing} as a local variable and pass its address.`,
        events,
      );
  }
}

/** Calls of the path that had the same first argument by the source's words, newest last. */
function usedBefore(c: Case, variable: string | null): number[] {
  if (variable === null) return [];
  const found: number[] = [];
  for (const { insn } of c.path.slice(0, -1)) {
    const name = c.calleeName(insn);
    if (name !== '' && insn !== c.at && c.text(insn).includes(`${name}(`) && argumentIs(c, insn, name, variable) && found.at(-1) !== insn)
      found.push(insn);
  }
  return found.slice(-3);
}

function argumentIs(c: Case, insn: number, name: string, variable: string): boolean {
  return [0, 1, 2, 3].some((i) => argumentText(c.text(insn), name, i) === variable);
}

/** `new` and `destroy` of the iterator that a function is for. */
function iterPair(callee: string): { start: string; end: string } | null {
  const stem = /^(bpf_iter_\w+)_(?:new|next|destroy)$/.exec(callee)?.[1];
  if (stem === undefined) return null;
  return { start: `${stem}_new`, end: `${stem}_destroy` };
}

/** Regions: left without being entered, in the wrong order, entered again. */
export function regionOrder(
  c: Case,
  r: Extract<Refusal, { kind: 'not-entered' | 'leave-order' | 'enter-again' | 'lock-in-callback' }>,
): Told {
  const name = c.calleeName(c.at);
  switch (r.kind) {
    case 'not-entered': {
      const left = lastLeft(c, r.cls.name);
      return told(
        'not-held',
        `${name}() leaves a region that is not entered`,
        `No ${r.cls.title} is open here${left === null ? '' : `: it was left already at ${c.where(left)}`}.`,
        `Remove the extra ${name}(), or enter the region first on this path.`,
        left === null ? [] : [c.event('left', left, 'the region is left here already', null, true)],
      );
    }
    case 'leave-order': {
      const outer = c.held.entries.filter((e) => e.cls.order === r.held.cls.order && e !== r.held);
      return told(
        'release-order',
        `Nested IRQ regions are left in the wrong order`,
        `Regions nest: the inner one, most recently saved at ${c.where(r.held.insn)}, has to be restored first, in reverse order.`,
        `Restore the flags of ${c.where(r.held.insn)} first.`,
        [
          ...outer.map((e) => c.event('entered', e.insn, 'the outer IRQ region is entered')),
          c.event('entered', r.held.insn, 'the inner IRQ region is entered', null, true),
        ],
      );
    }
    case 'enter-again':
      return told(
        'release-order',
        `${r.cls.title} is entered while it is held`,
        'It does not nest.',
        'Leave it before entering it again.',
        c.held.entries.filter((e) => e.cls === r.cls).map((e) => c.event('entered', e.insn, 'entered here', null, true)),
      );
    case 'lock-in-callback':
      return told(
        'context-forbidden',
        `${name}() is called in a callback that runs under its caller's lock`,
        'The lock stays held while the callback runs; it can neither be taken nor released in it.',
        'Take and release the lock in the caller.',
      );
  }
}

function lastLeft(c: Case, cls: string): number | null {
  for (let i = c.path.length - 2; i >= 0; i--) {
    if (c.path[i]!.held.count(cls) > c.path[i + 1]!.held.count(cls)) return c.path[i]!.insn;
  }
  return null;
}

/** Whether a kfunc releases. */
export function isRelease(flags: number): boolean {
  return (flags & Kf.RELEASE) !== 0;
}
