// SPDX-License-Identifier: GPL-2.0-only
/** Steps of a path: the events that explain a rejection, with the numbers that every list of them has; on other ways what happened. Pure. */
import { plain, stepsOf as causeOf } from '../../src/protocol/explanation-text';
import type { ProgramResult } from '../../src/protocol/model';
import type { PathEvent, PathView } from '../../src/protocol/path';

/** Steps shown before the middle ones fold. */
const MOST = 9;

/** A step of a path. */
export interface PathStep {
  /** As all views number it; 0 for what stands for others, and for an end that explains nothing. */
  readonly number: number;
  /** Index into `PathView.insns`; null where the path does not come by. */
  readonly step: number | null;
  readonly insn: number;
  /** A few words, without code marks. */
  readonly text: string;
  /** It makes it wrong, or is where it was refused. */
  readonly guilty: boolean;
  /** That many steps are left out here; 0 for a step. */
  readonly more: number;
}

/** What steps are told of. */
export type Explained = Pick<ProgramResult, 'explanation' | 'related' | 'verdict'>;

/**
 * Where the path passes the instructions of events: the last way to pass them all in their order, so that of many passes of a loop the one
 * that led to the end counts. Null for what it does not pass.
 */
function placesOn(path: PathView, insns: readonly number[]): (number | null)[] {
  const places: (number | null)[] = insns.map(() => null);
  let limit = path.insns.length - 1;
  for (let i = insns.length - 1; i >= 0; i--) {
    const at = path.insns.lastIndexOf(insns[i]!, limit);
    if (at < 0) continue;
    places[i] = at;
    limit = at;
  }
  return places;
}

function causeSteps(result: Explained, path: PathView | null): PathStep[] {
  const events = causeOf(result);
  const places =
    path === null
      ? events.map(() => null)
      : placesOn(
          path,
          events.map((e) => e.insn),
        );
  const steps = events.map((e, i) => ({
    number: e.number,
    step: places[i] ?? null,
    insn: e.insn,
    text: plain(e.text),
    guilty: e.guilty,
    more: 0,
  }));
  const end = path === null ? null : path.insns.length - 1;
  if (path === null || end === null || steps.some((s) => s.step === end)) return steps;
  return [...steps, { number: 0, step: end, insn: path.insn, text: 'rejected here', guilty: true, more: 0 }];
}

function eventStep(event: PathEvent, number: number, more = 0): PathStep {
  return { number, step: event.step, insn: event.insn, text: event.text, guilty: event.kind === 'failing', more };
}

/** Events that matter for the end of a path: what forbids or is still held, branches that decide, the end. At most nine; the middle ones fold. */
function eventSteps(path: PathView): PathStep[] {
  const lane = new Map(path.lanes.map((l) => [l.resource.key, l]));
  const worth = path.events.filter((e) => {
    if (e.key === null) return e.text !== '';
    const own = lane.get(e.key);
    return own === undefined || own.resource.forbids.length > 0 || own.to === null;
  });
  const forbids = path.lanes.some((l) => l.resource.forbids.length > 0);
  const kept = forbids ? worth.filter((e) => e.key === null || (lane.get(e.key)?.resource.forbids.length ?? 1) > 0) : worth;
  if (kept.length <= MOST) return kept.map((event, i) => eventStep(event, i + 1));
  const head = kept.slice(0, 4);
  const tail = kept.slice(kept.length - 4);
  return [
    ...head.map((event, i) => eventStep(event, i + 1)),
    eventStep(kept[4]!, 0, kept.length - 8),
    ...tail.map((event, i) => eventStep(event, kept.length - 3 + i)),
  ];
}

/** The steps of a rejection's cause, placed on the path to it; without a known cause, or on another path, what happened on it. */
export function stepsOf(result: Explained, path: PathView | null): PathStep[] {
  const explained = result.verdict === 'reject' && (path === null || path.rejected) && (result.explanation?.cause.length ?? 0) > 0;
  if (explained) return causeSteps(result, path);
  return path === null ? [] : eventSteps(path);
}

/** `Step 2 of 3`. */
export function countWords(step: PathStep | undefined, steps: readonly PathStep[]): string {
  if (step === undefined) return '';
  const last = Math.max(0, ...steps.map((s) => s.number));
  return step.number === 0 ? 'The end' : `Step ${step.number} of ${last}`;
}
