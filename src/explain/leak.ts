// SPDX-License-Identifier: GPL-2.0-only
/** What is still held where the program is left. */
import { CHANGES } from '../graph/held';
import { calledSlot } from '../isa/flow';
import { isFuncRef } from '../isa/insn';
import { EXIT } from '../isa/opcode';
import { Flag } from '../kernel/types';
import { holdingOf } from '../policy/classes';
import { Op } from '../policy/types';
import type { CauseEvent } from '../protocol/explanation';
import { HOLDING } from '../protocol/words';
import type { Held } from '../verifier/state/held';
import { SlotType } from '../verifier/state/stack';
import { told, type Case, type Told, type Of } from './case';
import { decided } from './invalid';
import { callers } from './throwing';
import {
  SOCKETS,
  carrierOf,
  givesBack,
  givingInsns,
  isRegion,
  releaserName,
  skippedRelease,
  type Skipped,
  heldType,
  type Carrier,
} from './release';
import { argumentText, isAddress, isEmptyLine } from './words';

/** How a held thing is called. */
export interface Name {
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
  const { struct } = heldType(c, held, carrier);
  const title =
    held.cls.token !== 'pointer'
      ? held.cls.title
      : carrier?.kind === SlotType.ITER
        ? `iterator ${struct}`
        : carrier?.kind === SlotType.DYNPTR
          ? 'dynptr'
          : struct !== ''
            ? `reference to ${struct}`
            : carrier !== null && SOCKETS.has(carrier.reg.base)
              ? 'reference to a socket'
              : carrier !== null && (carrier.reg.type & Flag.MEM_RINGBUF) !== 0
                ? 'ring buffer record'
                : 'reference';
  const addressed = [0, 1, 2, 3].map((i) => argumentText(line, taker, i)).find(isAddress) ?? null;
  const onStack =
    carrier?.kind === SlotType.ITER || carrier?.kind === SlotType.DYNPTR || held.cls.token === 'stack-slot' || held.cls.token === 'object';
  const last = taker === '' ? null : ([3, 2, 1, 0].map((i) => argumentText(line, taker, i)).find(isAddress) ?? null);
  return { title, variable: onStack ? (carrier?.kind === SlotType.DYNPTR ? last : addressed) : c.assigned(held.insn), taker, carrier };
}

/** Step at which it was taken; 0 if it was there from the beginning. */
function takenStep(c: Case, held: Held): number {
  for (let i = c.path.length - 1; i >= 0; i--) if (!c.path[i]!.held.entries.includes(held)) return i;
  return 0;
}

/**
 * The last instruction with a line of its own of the function that is left at step `end`: where a person would put the squiggle of its exit. Functions
 * that it called before have lines too, but not that one.
 */
function returnPlace(c: Case, from: number, end = c.path.length - 1): number {
  const depth = c.path[end]?.depth;
  for (let i = end; i > from; i--) {
    const step = c.path[i]!;
    if (step.depth === depth && !isEmptyLine(c.text(step.insn)) && c.env.insns[step.insn]!.code !== EXIT) return step.insn;
  }
  return c.path[end]?.insn ?? c.at;
}

/** Where the last function that has it returns: what is held may outlive it, but nobody can give it back any more. */
function lastOwnerPlace(c: Case, held: Held, from: number): number {
  const start = c.path[from];
  if (held.id === 0 || start === undefined) return returnPlace(c, from);
  let { depth } = start;
  for (let i = from + 1; i < c.path.length; i++) {
    const step = c.path[i]!;
    if (step.depth >= depth) continue;
    const has = step.frames.some((f) => f.regs.some((r) => r.id === held.id) || f.stack.some((s) => s.reg.id === held.id));
    if (!has) return returnPlace(c, from, i - 1);
    depth = step.depth;
  }
  return returnPlace(c, from);
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

/** A call of a global function that got it as an argument. */
interface GlobalCall {
  readonly insn: number;
  readonly callee: string;
}

/** A global function that got it as an argument, which cannot take it over. */
function passedToGlobal(c: Case, from: number, held: Held): GlobalCall | null {
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
    return { insn, callee: callee.name };
  }
  return null;
}

/** Events at which a call in a callback would have left it: it may not run. */
function inCallback(c: Case, givers: ReadonlySet<number>): CauseEvent | null {
  for (const giver of givers) {
    const subprog = c.subprogAt(giver);
    const start = c.env.subprogs[subprog]?.start ?? 0;
    if (subprog === 0) continue;
    const loads = c.env.insns.findIndex((insn, i) => isFuncRef(insn) && calledSlot(insn, i) === start);
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

/** What is known of a leak, for its sentences. */
interface Leak {
  readonly held: Held;
  readonly name: Name;
  /** `Op` bits of how the program is left. */
  readonly way: number;
  /** Step at which it was taken. */
  readonly from: number;
  readonly isRegion: boolean;
  /** `bpf_task_release`; null if nothing is known to give it back. */
  readonly releaser: string | null;
  /** The releasing call with its argument. */
  readonly call: string | null;
  readonly skipped: Skipped;
  /** It came out of a field whose new content was put in its place. */
  readonly exchanged: boolean;
  readonly global: GlobalCall | null;
  /** Where the path ends, as a person would point at it. */
  readonly end: number;
  /** Where the last function that has it returns. */
  readonly lastChance: number;
}

function leakOf(c: Case, held: Held, way: number): Leak {
  const name = nameOf(c, held);
  const { variable, taker, carrier } = name;
  const from = takenStep(c, held);
  const gives = givesBack(c, held, carrier);
  const releaser = releaserName(c, gives, taker);
  const exchanged = c.callee(held.insn)?.helper?.behaviour === 'kptr_xchg';
  const old = exchanged ? (c.assigned(held.insn) ?? 'old') : null;
  const argument = held.cls.token === 'none' ? '' : (old ?? variable ?? (carrier?.slot != null ? '&…' : ''));
  return {
    held,
    name,
    way,
    from,
    isRegion: isRegion(held.cls) || held.cls.token === 'object',
    releaser,
    call: releaser === null ? null : `${releaser}(${argument}${carrier?.kind === SlotType.DYNPTR ? ', 0' : ''})`,
    skipped: skippedRelease(c, gives, from),
    exchanged,
    global: passedToGlobal(c, from, held),
    end: returnPlace(c, from),
    lastChance: lastOwnerPlace(c, held, from),
  };
}

function takenEvent(c: Case, { held, name, exchanged }: Leak): CauseEvent {
  const { taker, title, variable } = name;
  const who = taker === '' ? 'the program' : `${taker}()`;
  const holding = holdingOf(held.cls);
  const text = exchanged ? `${taker}() returns the previous value, which is owned now` : `${who} ${HOLDING[holding].begins} the ${title}`;
  return c.event(CHANGES[holding].begins.event, held.insn, text, variable, exchanged);
}

/** The event that made it a leak: a call that cannot take it over, the branch around the release, a callback that may not run. */
function guiltyEvents(c: Case, leak: Leak): CauseEvent[] {
  const { skipped, global } = leak;
  if (global !== null)
    return [c.event('call', global.insn, `${global.callee}() is a global function and cannot take over ownership`, null, true)];
  if ((leak.way & Op.THROW) !== 0) return callers(c);
  if (skipped.branch === null) {
    const givers = givingInsns(c, givesBack(c, leak.held, leak.name.carrier));
    const callback = inCallback(c, givers);
    if (callback !== null) return [callback];
    return leak.exchanged || givers.size === 0 || (leak.way & Op.TAIL_CALL) !== 0 ? [] : decided(c, 1);
  }
  const release = skipped.release === null ? 'the release' : `the release of ${c.where(skipped.release)}`;
  const branch = c.event('branch', skipped.branch, `this branch skips ${release}`, null, true);
  const on = c.place(skipped.to);
  const goesOn = on !== null && on.line !== c.place(skipped.branch)?.line && !isEmptyLine(c.text(skipped.to));
  return goesOn ? [branch, c.event('exit', skipped.to, 'the path goes on here', null)] : [branch];
}

function leakDetail(c: Case, leak: Leak, others: number): string {
  const { held, name, skipped, global, exchanged, way } = leak;
  const verbs = HOLDING[holdingOf(held.cls)];
  const { taker, title } = name;
  const at = c.where(held.insn);
  const thing = `The ${title} that ${taker || 'the program'} ${verbs.past} at ${at} is still ${verbs.still}`;
  if (global !== null)
    return `${global.callee}() is a global function and cannot take over ownership; the caller still owns the ${title} and leaks it.`;
  if (exchanged) {
    const dropped = c.assigned(held.insn) === null ? '; its return value is dropped' : ', which nothing gives back on this path';
    return `${taker}() at ${at} returns the old pointer of the field as an owned reference${dropped}.`;
  }
  if (c.callee(held.insn)?.helper?.behaviour === 'ringbuf_reserve_dynptr')
    return `Even if ${taker}() fails with an error, the reservation has to be ended: the dynptr must be submitted or discarded on every path.`;
  if (skipped.branch !== null) return `${thing} on the path through the branch at ${c.where(skipped.branch)}.`;
  const more = others === 0 ? '' : `, and so ${others === 1 ? 'is another one' : `are ${others} others`}`;
  return `${thing}, never ${verbs.ended} on this path, when ${wayWords(way)}${more}.`;
}

function leakFix(c: Case, leak: Leak): string {
  const { call, global, exchanged, way, lastChance, skipped } = leak;
  const early = (way & (Op.THROW | Op.TAIL_CALL)) !== 0;
  const header = c.place(lastChance)?.line === c.place(c.range(lastChance)[0])?.line;
  const branch = skipped.branch === null ? 'before the return' : `on the branch of ${c.where(skipped.branch)}`;
  const site =
    (way & Op.THROW) !== 0
      ? 'before anything that may throw'
      : (way & Op.TAIL_CALL) !== 0
        ? 'before the tail call'
        : header
          ? branch
          : `before the return at ${c.where(lastChance)}`;
  if (call === null) return `Give it back ${site}.`;
  if (global !== null) return `Make ${global.callee} static, so that it is verified with its caller, or call ${call} in the caller.`;
  if (exchanged) return `Call ${call} on the returned pointer if it is not NULL.`;
  return `Call ${call} ${site}${early ? '' : ' too'}.`;
}

/** Something is held where the program is left. */
export function leak(c: Case, held: Held, way: number, all: readonly Held[] = [held]): Told {
  const known = leakOf(c, held, way);
  const { title, variable } = known.name;
  const thrown = (way & Op.THROW) !== 0;
  const exit = thrown ? 'bpf_throw() may leave the program here' : `${wayWords(way)} with it still held`;
  const before = [takenEvent(c, known), ...guiltyEvents(c, known)];
  const cause = [...before, c.event('exit', known.end, exit, variable, !before.some((e) => e.guilty))];
  const thing = variable === null || known.isRegion ? `The ${title}` : `\`${variable}\``;
  const when = thrown ? 'when the program throws' : (way & Op.TAIL_CALL) !== 0 ? 'at the tail call' : 'on one path';
  return {
    ...told(
      known.isRegion ? 'region-open' : 'reference-leak',
      `${thing} ${known.isRegion ? `is still ${HOLDING[holdingOf(held.cls)].still}` : 'is not released'} ${when}`,
      leakDetail(c, known, all.length - 1),
      leakFix(c, known),
      cause,
    ),
    at: c.at,
  };
}

/** Everything that is left when the program is left. */
export function leaks(c: Case, r: Of<'leak'>): Told | null {
  if (r.held !== undefined) return leak(c, r.held, r.way === 0 ? Op.EXIT : r.way);
  const all = c.held.entries.filter((h) => h.cls.exitRegion === '' && (h.forbids & r.way) !== 0);
  return all.length === 0 ? null : leak(c, all[0]!, r.way, all);
}

export function leaveInside(c: Case, r: Of<'leave-inside'>): Told {
  return leak(c, r.held, r.way);
}
