// SPDX-License-Identifier: GPL-2.0-only
/** Paths: what happened on the one way that led to a state. Exact, since every arrival is linked to the one before it. */
import { isLdImm64 } from '../isa/insn';
import { Op } from '../policy/types';
import type { PathEvent, PathLane, PathView, SleepSpan } from '../protocol/path';
import type { Held, HeldTable } from '../verifier/state/held';
import type { Trail } from '../verifier/state/state';
import { conditionText, successors } from './cfg';
import type { GraphInput } from './input';
import { CHANGES, heldView } from './held';
import { HOLDING, plainName } from '../protocol/words';
import type { HeldResource } from '../protocol/graph';
import { heldKey } from './insn-record';

/** Longest path that is handed over; what is before it is left out. */
const MAX_STEPS = 20_000;

/** Steps of a trail, oldest first, at most the newest {@link MAX_STEPS}. */
function unroll(trail: Trail): { steps: Trail[]; skipped: number } {
  const steps: Trail[] = [];
  let skipped = 0;
  for (let at: Trail | null = trail; at !== null; at = at.prev) {
    if (steps.length < MAX_STEPS) steps.push(at);
    else skipped++;
  }
  return { steps: steps.reverse(), skipped };
}

/** A held entry as the views know it. */
export function resourceOf(input: GraphInput, held: Held, table: HeldTable): HeldResource {
  return heldView(input, heldKey(held, table), held, table.byId(held.parentId));
}

/** Something that was given back, where, and what was held on then: what it was nested in. */
export interface GivenBack {
  readonly resource: HeldResource;
  readonly at: number;
  readonly within: readonly string[];
}

/** What was given back on the way to a state, newest last, each with the instruction that did it. Looks back a bounded number of steps. */
export function givenBackOn(input: GraphInput, trail: Trail): GivenBack[] {
  const out: GivenBack[] = [];
  const seen = new Set<string>();
  let looked = 0;
  for (let now = trail; now.prev !== null && looked < MAX_STEPS && out.length < 6; now = now.prev, looked++) {
    const before = now.prev;
    if (before.held === now.held || isDecision(input, before.insn)) continue;
    for (const entry of before.held.entries) {
      if (now.held.entries.includes(entry)) continue;
      const key = heldKey(entry, before.held);
      if (seen.has(key)) continue;
      seen.add(key);
      out.push({
        resource: resourceOf(input, entry, before.held),
        at: before.insn,
        within: now.held.entries.map((e) => heldKey(e, now.held)),
      });
    }
  }
  const held = new Set(trail.held.entries.map((e) => heldKey(e, trail.held)));
  return out.filter((g) => !held.has(g.resource.key)).reverse();
}

function isDecision(input: GraphInput, insn: number): boolean {
  return successors(input.env.insns, insn, null).length > 1;
}

/** How often a path came to its last instruction in the same frame depth. */
export function passOf(trail: Trail): number {
  let pass = 0;
  let looked = 0;
  for (let at: Trail | null = trail; at !== null && looked < MAX_STEPS; at = at.prev, looked++)
    if (at.insn === trail.insn && at.depth === trail.depth) pass++;
  return pass;
}

function answerOf(step: Trail): SleepSpan['answer'] {
  if (!step.sleepable || (step.held.forbids & Op.SLEEP) !== 0) return 'no';
  return (step.held.forbids & Op.FAULT) !== 0 ? 'nofault' : 'yes';
}

/** Instructions from which `goal` can be reached within the program, by static control flow; calls are stepped over. */
function leadsTo(input: GraphInput, goal: number): ReadonlySet<number> {
  const { insns, aux } = input.env;
  const before = new Map<number, number[]>();
  for (let at = 0; at < insns.length; at += isLdImm64(insns[at]!) ? 2 : 1) {
    for (const { to } of successors(insns, at, aux.rare(at).jt)) {
      const list = before.get(to);
      if (list === undefined) before.set(to, [at]);
      else list.push(at);
    }
  }
  const reach = new Set([goal]);
  const work = [goal];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    for (const from of before.get(at) ?? []) {
      if (reach.has(from)) continue;
      reach.add(from);
      work.push(from);
    }
  }
  return reach;
}

/** Events between two consecutive steps. */
function changes(
  input: GraphInput,
  before: Trail,
  now: Trail,
  step: number,
  events: PathEvent[],
  open: Map<Held, PathLane>,
  lanes: PathLane[],
): void {
  const decided = isDecision(input, before.insn);
  for (const h of before.held.entries) {
    if (now.held.entries.includes(h)) continue;
    const lane = open.get(h);
    open.delete(h);
    if (lane === undefined) continue;
    if (decided) {
      // it turned out that nothing was taken
      lanes.splice(lanes.indexOf(lane), 1);
      const at = events.findIndex((e) => e.step === lane.from && e.key === lane.resource.key);
      if (at >= 0) events.splice(at, 1);
      continue;
    }
    lanes[lanes.indexOf(lane)] = { ...lane, to: step };
    const { holding, key } = lane.resource;
    const kind = CHANGES[holding].ends.event;
    events.push({ step, insn: before.insn, kind, key, text: `${plainName(lane.resource)} ${HOLDING[holding].ended}` });
  }
  for (const h of now.held.entries) {
    if (before.held.entries.includes(h)) continue;
    const resource = resourceOf(input, h, now.held);
    const lane: PathLane = { resource, from: step, to: null };
    open.set(h, lane);
    lanes.push(lane);
    const { holding, key } = resource;
    const kind = CHANGES[holding].begins.event;
    events.push({ step, insn: before.insn, kind, key, text: `${plainName(resource)} ${HOLDING[holding].began}` });
  }
}

/** The path behind an arrival, told in steps that matter. `state` is only handed through. */
export function pathView(input: GraphInput, trail: Trail, state: number, rejected: boolean): PathView {
  const { steps, skipped } = unroll(trail);
  const end = steps[steps.length - 1]!;
  const goal = leadsTo(input, end.insn);
  const events: PathEvent[] = [];
  const lanes: PathLane[] = [];
  const open = new Map<Held, PathLane>();
  const sleep: { from: number; to: number; answer: SleepSpan['answer'] }[] = [];
  for (const h of steps[0]!.held.entries) {
    const lane: PathLane = { resource: resourceOf(input, h, steps[0]!.held), from: 0, to: null };
    open.set(h, lane);
    lanes.push(lane);
  }
  steps.forEach((step, i) => {
    const answer = answerOf(step);
    const last = sleep[sleep.length - 1];
    if (last !== undefined && last.answer === answer) last.to = i + 1;
    else sleep.push({ from: i, to: i + 1, answer });
    const next = steps[i + 1];
    if (next === undefined) return;
    if (step.held !== next.held) changes(input, step, next, i, events, open, lanes);
    const ways = successors(input.env.insns, step.insn, null);
    const went = ways.find((w) => w.to === next.insn);
    if (ways.length > 1 && went !== undefined && next.depth === step.depth && ways.every((w) => w === went || !goal.has(w.to))) {
      events.push({ step: i, insn: step.insn, kind: 'branch', key: null, text: conditionText(input.env.insns[step.insn]!, went.kind) });
    }
  });
  events.push({
    step: steps.length - 1,
    insn: end.insn,
    kind: rejected ? 'failing' : 'here',
    key: null,
    text: rejected ? 'rejected' : 'this state',
  });
  return {
    insn: end.insn,
    state,
    rejected,
    insns: steps.map((s) => s.insn),
    states: steps.map((s) => input.recorder.insns[s.insn]?.kept.findIndex((k) => k.trail === s) ?? -1),
    skipped,
    events,
    lanes,
    sleep,
  };
}

/** The path to the rejection; null when the program was not rejected on a path. */
export function rejectionPath(input: GraphInput): PathView | null {
  if (input.verdict !== 'reject') return null;
  const state = input.env.cur as typeof input.env.cur | undefined;
  const trail = state?.trail ?? null;
  if (trail === null || input.insn === null) return null;
  const last: Trail = trail.insn === input.insn ? trail : { ...trail, insn: input.insn, prev: trail };
  return pathView(input, last, -1, true);
}

/** The path to one kept state of an instruction; null if there is no such state. */
export function statePath(input: GraphInput, insn: number, state: number): PathView | null {
  const snapshot = input.recorder.insns[insn]?.kept[state];
  return snapshot === undefined ? null : pathView(input, snapshot.trail, state, false);
}
