// SPDX-License-Identifier: GPL-2.0-only
/** Structured reports of refusals: as data for views, and as the kernel's log prints them (`kernel/bpf/diagnostics.c`). */
import type { VerifierEnv } from '../env';
import type { Change, Event, EventLog } from './event';
import type { Category, Failure } from './failure';
import { wrapped } from './layout';
import { selectEvents } from './lineage';
import { locationText, type Location } from './location';
import { placePhrase, valuePhrase } from './phrase';

/** Most events that are told: the first and the last half of them. */
const MAX_TOLD = 64;

/** How the path came to the refusal. */
export interface CausalPath {
  readonly events: readonly Location[];
  /** Events left out after the first half of `events`. */
  readonly omitted: number;
  /** Older events of the path that were not kept at all. */
  readonly lost: number;
}

/** Why a program is refused, in words. */
export interface Report {
  readonly category: Category;
  readonly problem: string;
  readonly reason: string;
  /** The refused instruction. */
  readonly at: Location;
  /** Null when no history explains this kind of refusal. */
  readonly path: CausalPath | null;
  /** The lock that is in the way, where it was taken. */
  readonly lock: Location | null;
  readonly suggestion: string;
}

const INVALIDATED: Readonly<Partial<Record<Change['reason'], string>>> = {
  'packet-moved': 'packet data may have moved',
  'protection-ended': 'leaving the protected region invalidated this borrowed pointer',
};

/** Why the former value is gone, null if it was only replaced. */
function invalidation({ reason, place }: Change): string | null {
  switch (reason) {
    case 'released':
      return `resource release invalidated this ${place.kind === 'reg' ? 'pointer' : 'value'}`;
    case 'call':
      return `call invalidated this ${place.kind === 'arg' ? 'outgoing stack argument' : 'caller-saved register'}`;
    case 'write':
      return place.kind === 'slot' ? 'a later stack write overwrote this spilled value' : null;
    default:
      return INVALIDATED[reason] ?? null;
  }
}

function changeLocation(change: Change): Location {
  const { insn, place } = change;
  if (place.kind === 'bytes') {
    return { insn, label: 'invalidated', text: `variable-offset stack write may affect bytes fp${place.min} through fp${place.end - 1}` };
  }
  const what = placePhrase(place);
  const why = invalidation(change);
  if (why !== null) return { insn, label: 'invalidated', text: `${what}: ${why}; previous value was ${valuePhrase(change.before)}` };
  return {
    insn,
    label: change.reason === 'spill' ? 'spilled' : 'update',
    text: `${what} changed from ${valuePhrase(change.before)} to ${valuePhrase(change.after)}`,
  };
}

/** An event in words. */
function eventLocation(event: Event): Location {
  const { insn } = event;
  switch (event.kind) {
    case 'branch': {
      const [which, followed] = event.taken ? ['true', 'followed'] : ['false', 'not followed'];
      return { insn, label: 'branch', text: `took the ${which} branch of this conditional, goto ${followed}` };
    }
    case 'change':
      return changeLocation(event);
    case 'reference':
      return { insn, label: event.taken ? 'acquired' : 'released', text: `owned resource (id=${event.id})` };
    case 'region':
      return { insn, label: 'context', text: `${event.entered ? 'entered' : 'left'} ${event.region}; depth is now ${event.depth}` };
  }
}

function causalPath(log: EventLog, env: VerifierEnv, failure: Failure): CausalPath | null {
  const { scope } = failure;
  if (scope === null) return null;
  const selected = selectEvents(log, env.insns, scope);
  if (selected.length === 0 && log.lost === 0 && scope.kind === 'value' && scope.place.kind === 'arg') return null;
  const omitted = Math.max(0, selected.length - MAX_TOLD);
  const told = omitted === 0 ? selected : [...selected.slice(0, MAX_TOLD / 2), ...selected.slice(-MAX_TOLD / 2)];
  return { events: told.map((i) => eventLocation(log.at(i))), omitted, lost: log.lost };
}

/** The report of a failure on the path whose events are in `log`. */
export function makeReport(env: VerifierEnv, log: EventLog, failure: Failure): Report {
  const { category, problem, reason, suggestion, lock } = failure;
  return {
    category,
    problem: problem.charAt(0).toUpperCase() + problem.slice(1),
    reason,
    at: { insn: failure.insn, label: 'error', text: failure.note ?? problem },
    path: causalPath(log, env, failure),
    lock:
      lock === undefined
        ? null
        : {
            insn: lock.insn,
            label: 'acquired',
            text: `active ${lock.cls.report?.holder ?? lock.cls.title} has verifier identity ${lock.id}`,
          },
    suggestion,
  };
}

function section(title: string, text: string): string {
  return `\n${title}:\n${text}`;
}

function pathText(path: CausalPath, block: (location: Location) => string): string {
  const parts = path.events.map(block);
  if (path.omitted > 0) parts.splice(MAX_TOLD / 2, 0, `  ${path.omitted} intermediate causal-history events omitted\n`);
  const lost =
    path.lost === 0
      ? ''
      : `  ${path.lost} older causal-history event${path.lost === 1 ? '' : 's'} not retained because diagnostic event storage reached capacity\n`;
  return (parts.length === 0 ? '  no retained diagnostic events on this path\n' : parts.join('\n')) + lost;
}

/** A report as the log shows it. @param hasLines whether the program's line records are settled yet */
export function reportText(env: VerifierEnv, report: Report, hasLines: boolean): string {
  const block = (location: Location): string => locationText(env, location, hasLines);
  return (
    `\nVerification failed: ${report.category}: ${report.problem}\n` +
    section('Reason', wrapped(report.reason, '  ')) +
    section('At', block(report.at)) +
    (report.path === null ? '' : section('Causal path', pathText(report.path, block))) +
    (report.lock === null ? '' : section('Active lock', block(report.lock))) +
    section('Suggestion', wrapped(report.suggestion, '  ')) +
    '\n'
  );
}
