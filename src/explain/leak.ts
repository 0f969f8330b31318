// SPDX-License-Identifier: GPL-2.0-only
/** What is still held where the program is left. */
import { EXIT } from '../isa/opcode';
import { Flag } from '../kernel/types';
import { Op } from '../policy/types';
import type { CauseEvent } from '../protocol/explanation';
import type { Held } from '../verifier/state/held';
import { SlotType } from '../verifier/state/stack';
import { told, type Case, type Told, type Of } from './case';
import { decided } from './invalid';
import { callers } from './throwing';
import { carrierOf, givesBack, givingInsns, isRegion, releaserName, skippedRelease, structName, type Carrier } from './release';
import { argumentText, isEmptyLine } from './words';

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

/** Everything that is left when the program is left. */
export function leaks(c: Case, r: Of<'leak'>): Told | null {
  if (r.held !== undefined) return leak(c, r.held, r.way === 0 ? Op.EXIT : r.way);
  const all = c.held.entries.filter((h) => h.cls.exitRegion === '' && (h.forbids & r.way) !== 0);
  return all.length === 0 ? null : leak(c, all[0]!, r.way, all);
}

export function leaveInside(c: Case, r: Of<'leave-inside'>): Told {
  return leak(c, r.held, r.way);
}
