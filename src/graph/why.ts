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
  /** Verb that fits the class: regions without an object are entered, things are taken. */
  readonly region: boolean;
  readonly takenAt: number;
  readonly source: SourcePlace | null;
  readonly forbidsSleep: boolean;
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
  /** Places where the guilty resources are given back. */
  readonly until: readonly { readonly insn: number; readonly source: SourcePlace | null }[];
}

export interface Why {
  readonly answer: string;
  readonly reason: string;
  readonly until: string;
}

function causeText(cause: Cause): string {
  return `the ${cause.title} ${cause.region ? 'entered' : 'taken'} at ${placeText(cause.takenAt, cause.source)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The why line of one state. */
export function whySentence(facts: WhyFacts): Why {
  const sleepers = facts.causes.filter((c) => c.forbidsSleep);
  const until =
    facts.until.length === 0 ? '' : `Sleeping is allowed again after ${facts.until.map((u) => placeText(u.insn, u.source)).join(' or ')}.`;
  if (sleepers.length === 1) {
    const c = sleepers[0]!;
    const reason = c.region
      ? `${capital(causeText(c))} is still open${c.depth > 1 ? ` (entered ${c.depth} times)` : ''}.`
      : `${capital(causeText(c))} is still held.`;
    return { answer: 'Must not sleep here.', reason, until };
  }
  if (sleepers.length > 1) {
    const texts = sleepers.map(causeText);
    const list = `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]!}`;
    const count = ['Two', 'Three', 'Four', 'Five'][sleepers.length - 2] ?? String(sleepers.length);
    return { answer: 'Must not sleep here.', reason: `${count} things held here forbid it: ${list}.`, until };
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
