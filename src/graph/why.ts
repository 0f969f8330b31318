// SPDX-License-Identifier: GPL-2.0-only
/** The sentences that say why sleeping is allowed or not: first the answer, then the reason, then what ends it. */
import type { Because, SourcePlace } from '../protocol/graph';

/** A place by instruction and line: "8 (line 18)". */
export function placeText(insn: number, source: SourcePlace | null): string {
  return source === null ? String(insn) : `${insn} (line ${source.line})`;
}

/** Something that is held and forbids, for the sentence. */
export interface Cause {
  /** "VMA", "RCU read section"; without article. */
  readonly title: string;
  /** What it hangs on, null if nothing: "outer". */
  readonly object: string | null;
  readonly kind: string;
  /** Verb that fits the class: regions without an object are entered, things are taken. */
  readonly region: boolean;
  /** Saved IRQ flags: IRQs are off while they are kept. */
  readonly flags: boolean;
  readonly takenAt: number;
  readonly source: SourcePlace | null;
  readonly forbidsSleep: boolean;
  /** Only a few calls are allowed. */
  readonly forbidsCall: boolean;
  readonly depth: number;
}

export interface WhyFacts {
  /** Whether the program, callback or subprogram itself may sleep, and in which words. */
  readonly ownSleepable: boolean;
  readonly section: string;
  /** `main`, `async callback`, `subprogram`. */
  readonly where: 'main' | 'callback' | 'subprog';
  /** Section that would make it sleepable, '' if none would. */
  readonly sleepableSection: string;
  readonly causes: readonly Cause[];
  /** Plain references held, which forbid nothing. */
  readonly harmless: readonly { readonly title: string; readonly id: number }[];
  /** Of the class that is guilty, given back on the way here while the guilty one was held. */
  readonly ended: readonly { readonly object: string | null; readonly takenAt: number; readonly takenSource: SourcePlace | null; readonly at: number; readonly source: SourcePlace | null }[];
  /** Places where the guilty resources are given back. */
  readonly until: readonly { readonly insn: number; readonly source: SourcePlace | null }[];
}

export interface Why {
  readonly answer: string;
  readonly reason: string;
  readonly until: string;
}

/** "the VMA of outer". */
function named(cause: Cause): string {
  return `the ${cause.title}${cause.object === null || cause.region ? '' : ` of ${cause.object}`}`;
}

function causeText(cause: Cause): string {
  return `${named(cause)} ${cause.region ? 'entered' : 'taken'} at ${placeText(cause.takenAt, cause.source)}`;
}

const TIMES = ['', 'once', 'twice', 'three times', 'four times', 'five times'];

const times = (n: number): string => TIMES[n] ?? `${n} times`;

function list(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]!}`;
}

/** A region that was entered within itself: how often, where, and how often it was left. Null when it was not. */
function nestedText(causes: readonly Cause[], facts: WhyFacts): string | null {
  const [first] = causes;
  if (first === undefined || !first.region || first.flags || causes.some((c) => c.kind !== first.kind)) return null;
  const open = causes.reduce((n, c) => n + c.depth, 0);
  const entered = open + facts.ended.length;
  if (entered < 2) return null;
  const places = [...causes.map((c) => placeText(c.takenAt, c.source)), ...facts.ended.map((e) => placeText(e.takenAt, e.takenSource))];
  const left = facts.ended.length === 0 ? '' : `, and left ${times(facts.ended.length)}, at ${list(facts.ended.map((e) => placeText(e.at, e.source)))}`;
  return `${capital(first.title)} was entered ${times(entered)}, at ${list([...new Set(places)])}${left}.`;
}

/** One thing forbids sleeping: what it is, and what ends it. */
function oneCause(c: Cause, facts: WhyFacts): Pick<Why, 'reason' | 'until'> {
  const ends = facts.until.map((u) => placeText(u.insn, u.source)).join(' or ');
  if (c.forbidsCall) return { reason: `${capital(causeText(c))} allows only a few calls until it is given back${ends === '' ? '' : ` at ${ends}`}.`, until: '' };
  if (c.flags) return { reason: `IRQs are off since ${placeText(c.takenAt, c.source)}${ends === '' ? '' : `; the flags saved there are restored at ${ends}`}.`, until: '' };
  if (c.region) return { reason: `${capital(causeText(c))} is still open${ends === '' ? '' : `; it is left at ${ends}`}.`, until: '' };
  const inner = facts.ended.at(-1);
  const until = ends === '' ? '' : `Sleeping is allowed again after ${ends}.`;
  if (inner === undefined) return { reason: `${capital(causeText(c))} is still held.`, until };
  const what = inner.object === null || inner.object === c.object ? 'another one' : `that of ${inner.object}`;
  return { reason: `${capital(named(c))}, taken at ${placeText(c.takenAt, c.source)}, is still held; giving back ${what} at ${placeText(inner.at, inner.source)} ended only ${what === 'another one' ? 'that one' : 'the inner one'}.`, until };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The why line of one state. */
export function whySentence(facts: WhyFacts): Why {
  const sleepers = facts.causes.filter((c) => c.forbidsSleep);
  const answer = facts.causes.some((c) => c.forbidsCall) ? 'Must not sleep here, and must not call.' : 'Must not sleep here.';
  const nested = nestedText(sleepers, facts);
  if (nested !== null) return { answer, reason: nested, until: facts.until.length === 0 ? '' : `It is left at ${facts.until.map((u) => placeText(u.insn, u.source)).join(' or ')}.` };
  if (sleepers.length === 1) return { answer, ...oneCause(sleepers[0]!, facts) };
  if (sleepers.length > 1) {
    const count = ['Two', 'Three', 'Four', 'Five'][sleepers.length - 2] ?? String(sleepers.length);
    return { answer, reason: `${count} things held here forbid it: ${list(sleepers.map(causeText))}.`, until: '' };
  }
  if (!facts.ownSleepable) {
    const reason =
      facts.where === 'callback'
        ? 'This callback never sleeps, whatever the program is.'
        : facts.sleepableSection !== ''
          ? `This is ${facts.section}; only ${facts.sleepableSection} programs may sleep.`
          : `SEC("${facts.section}") programs are never sleepable.`;
    return { answer: 'Must not sleep here.', reason, until: '' };
  }
  if (facts.causes.length > 0) {
    return {
      answer: 'May sleep here, but must not fault.',
      reason: `${capital(causeText(facts.causes[0]!))} forbids faults; a call that sleeps without touching user memory is allowed.`,
      until: '',
    };
  }
  if (facts.harmless.length > 0) {
    const names = facts.harmless.map((h) => (h.id === 0 ? h.title : `${h.title} #${h.id}`)).join(', ');
    const many = facts.harmless.length > 1;
    return {
      answer: 'May sleep here.',
      reason: `${capital(names)} ${many ? 'are' : 'is'} held, which forbid${many ? '' : 's'} nothing; ${many ? 'they' : 'it'} must be given back before exit.`,
      until: '',
    };
  }
  return { answer: 'May sleep here.', reason: `The program is sleepable (${facts.section}) and nothing that is held forbids it.`, until: '' };
}

/** One line for hovers over all states. */
export function summarise(maySleep: 'yes' | 'no' | 'mixed' | null, because: readonly Because[]): string {
  if (maySleep === null) return 'No state arrives here.';
  const reasons = because.map((b) => b.text).join('; ');
  if (maySleep === 'yes') return 'May sleep here.';
  if (maySleep === 'no') return `Must not sleep here${reasons === '' ? '.' : `: ${reasons}.`}`;
  return `Depends on the path${reasons === '' ? '.' : `: ${reasons}.`}`;
}
