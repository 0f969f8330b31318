// SPDX-License-Identifier: GPL-2.0-only
/** The sentences that say why sleeping is allowed or not: first the answer, then the reason, then what ends it. */
import type { Answer, Because, HeldResource, SourcePlace } from '../protocol/graph';
import { placeRef, type PlaceRef, placeRefText, type Rich, rich, richList, richSentence } from '../protocol/rich';
import { HOLDING, listText, numberedName, resourceName, sentence, sleepText } from '../protocol/words';

/** A place by instruction and line: "8 (line 18)". */
export function placeText(insn: number, source: SourcePlace | null): string {
  return placeRefText(placeRef(insn, source));
}

/** An instruction with its C line. */
export interface Place {
  readonly insn: number;
  readonly source: SourcePlace | null;
}

const placeOf = ({ insn, source }: Place): PlaceRef => placeRef(insn, source);

/** `8 or 9 or 12` */
function orText(places: readonly Place[]): Rich {
  return places.reduce<Rich>((sum, p, i) => (i === 0 ? rich`${placeOf(p)}` : rich`${sum} or ${placeOf(p)}`), []);
}

/** Something that is held and forbids sleeping or faults. */
export interface Cause {
  readonly held: HeldResource;
  /** Saved IRQ flags: IRQs are off while they are kept. */
  readonly flags: boolean;
  /** C line of its `takenAt`. */
  readonly source: SourcePlace | null;
}

export interface WhyFacts {
  /** Whether the program, callback or global function itself may sleep. */
  readonly ownSleepable: boolean;
  /** Whose rule that is. */
  readonly where: 'main' | 'callback' | 'function';
  /** Stem of the program's section name, null for one that libbpf does not know. */
  readonly section: string | null;
  /** Section that would make it sleepable, null if none would. */
  readonly sleepableSection: string | null;
  readonly causes: readonly Cause[];
  /** Plain references held, which forbid nothing. */
  readonly harmless: readonly HeldResource[];
  /** Of the class that is guilty, ended on the way here while the guilty one was held. */
  readonly ended: readonly { readonly held: HeldResource; readonly taken: Place; readonly left: Place }[];
  /** Places where the guilty resources end. */
  readonly until: readonly Place[];
}

export interface Why {
  readonly answer: string;
  readonly reason: Rich;
  readonly until: Rich;
}

const forbids = (cause: Cause, op: string): boolean => cause.held.forbids.includes(op);
const takenAt = (cause: Cause): PlaceRef => placeRef(cause.held.takenAt, cause.source);

/** "the VMA `vma` of `outer` acquired at 8 (line 18)". */
function causeText(cause: Cause): Rich {
  return rich`the ${resourceName(cause.held)} ${HOLDING[cause.held.holding].began} at ${takenAt(cause)}`;
}

const TIMES = ['', 'once', 'twice', 'three times', 'four times', 'five times'];

const times = (n: number): string => TIMES[n] ?? `${n} times`;

/** A region that was entered within itself: how often, where, and how often it was left. Null when it was not. */
function nestedText(causes: readonly Cause[], facts: WhyFacts): Rich | null {
  const [first] = causes;
  if (first === undefined || first.held.holding !== 'region' || first.flags || causes.some((c) => c.held.kind !== first.held.kind))
    return null;
  const open = causes.reduce((n, c) => n + c.held.depth, 0);
  const entered = open + facts.ended.length;
  if (entered < 2) return null;
  const places = [...causes.map(takenAt), ...facts.ended.map((e) => placeOf(e.taken))];
  const left =
    facts.ended.length === 0 ? '' : rich`, and left ${times(facts.ended.length)}, at ${richList(facts.ended.map((e) => placeOf(e.left)))}`;
  const once = [...new Map(places.map((p) => [p.insn, p])).values()];
  return rich`The ${first.held.title} was entered ${times(entered)}, at ${richList(once)}${left}.`;
}

/** One thing forbids sleeping: what it is, and what ends it. */
function oneCause(c: Cause, facts: WhyFacts): Pick<Why, 'reason' | 'until'> {
  const ends = orText(facts.until);
  const { ended, ending } = HOLDING[c.held.holding];
  const whole = richSentence(causeText(c));
  const none = ends.length === 0;
  if (forbids(c, 'call'))
    return { reason: rich`${whole} allows only a few calls until it is ${ended}${none ? '' : rich` at ${ends}`}.`, until: [] };
  if (c.flags)
    return {
      reason: rich`IRQs are off since ${takenAt(c)}${none ? '' : rich`; the flags saved there are restored at ${ends}`}.`,
      until: [],
    };
  if (c.held.holding === 'region')
    return { reason: rich`${whole} is still open${none ? '' : rich`; it is ${ended} at ${ends}`}.`, until: [] };
  const inner = facts.ended.at(-1);
  const until = none ? [] : rich`Sleeping is allowed again after ${ends}.`;
  if (inner === undefined) return { reason: rich`${whole} is still held.`, until };
  const other = inner.held.object === null || inner.held.object === c.held.object;
  const what = other ? 'another one' : `that of \`${inner.held.object}\``;
  const held = rich`The ${resourceName(c.held)}, ${HOLDING[c.held.holding].began} at ${takenAt(c)}, is still held`;
  return { reason: rich`${held}; ${ending} ${what} at ${placeOf(inner.left)} ended only ${other ? 'that one' : 'the inner one'}.`, until };
}

/** Nothing that is held forbids sleeping, but the program, callback or function must not anyway. */
function ownReason(facts: WhyFacts): string {
  if (facts.where === 'callback') return 'This callback never sleeps, whatever the program is.';
  if (facts.where === 'function') return 'This global function is called where sleeping is not allowed, and is verified for that.';
  if (facts.section === null) return 'The program is not loaded as one that may sleep.';
  if (facts.sleepableSection === null) return `\`SEC("${facts.section}")\` programs are never sleepable.`;
  return `This is \`${facts.section}\`; only \`${facts.sleepableSection}\` programs may sleep.`;
}

/** Nothing forbids sleeping: what is held all the same. */
function freeReason(facts: WhyFacts): string {
  if (facts.harmless.length === 0) {
    const section = facts.section === null ? '' : ` (\`${facts.section}\`)`;
    return `The program is sleepable${section} and nothing that is held forbids it.`;
  }
  const many = facts.harmless.length > 1;
  const ended = [...new Set(facts.harmless.map((h) => HOLDING[h.holding].ended))].join(' or ');
  const names = listText(facts.harmless.map((h) => `the ${numberedName(h)}`));
  return `${sentence(names)} ${many ? 'are' : 'is'} held, which forbid${many ? '' : 's'} nothing; ${many ? 'they' : 'it'} must be ${ended} before exit.`;
}

/** The why line of one state. */
export function whySentence(facts: WhyFacts): Why {
  const sleepers = facts.causes.filter((c) => forbids(c, 'sleep'));
  const answer = facts.causes.some((c) => forbids(c, 'call')) ? 'Must not sleep here, and most calls are refused.' : 'Must not sleep here.';
  const nested = nestedText(sleepers, facts);
  if (nested !== null)
    return { answer, reason: nested, until: facts.until.length === 0 ? [] : rich`It is left at ${orText(facts.until)}.` };
  if (sleepers.length === 1) return { answer, ...oneCause(sleepers[0]!, facts) };
  if (sleepers.length > 1) {
    const count = ['Two', 'Three', 'Four', 'Five'][sleepers.length - 2] ?? String(sleepers.length);
    return { answer, reason: rich`${count} things held here forbid it: ${richList(sleepers.map(causeText))}.`, until: [] };
  }
  if (!facts.ownSleepable) return { answer: 'Must not sleep here.', reason: [ownReason(facts)], until: [] };
  if (facts.causes.length > 0) {
    return {
      answer: 'May sleep here, but must not fault.',
      reason: rich`${richSentence(causeText(facts.causes[0]!))} forbids faults; a call that sleeps without touching user memory is allowed.`,
      until: [],
    };
  }
  return { answer: 'May sleep here.', reason: [freeReason(facts)], until: [] };
}

/** Answer over all states and the reasons for it, without full stops; reasons are '' where there are none. */
export function sleepSummary(maySleep: Answer, because: readonly Because[]): { readonly answer: string; readonly reasons: string } {
  if (maySleep === null) return { answer: 'No state arrives here', reasons: '' };
  const reasons = maySleep === 'yes' ? '' : because.map((b) => b.text).join('; ');
  return { answer: `${sentence(sleepText(maySleep))}${maySleep === 'mixed' ? '' : ' here'}`, reasons };
}
