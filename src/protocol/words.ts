// SPDX-License-Identifier: GPL-2.0-only
/** The words of the interface for what is held, what that forbids, and whether one may sleep. Every view asks here. */
import type { Answer, Effect, HeldResource, Holding } from './graph';

/** Verbs of one {@link Holding}. */
export interface HoldingWords {
  /** `acquired`, as in "acquired at 8". */
  readonly began: string;
  /** `took`, as in "that it took at 8". */
  readonly past: string;
  /** `acquires`, as in "this call acquires". */
  readonly begins: string;
  /** `released`, as in "released at 20". */
  readonly ended: string;
  readonly ends: string;
  /** `releasing`, as in "releasing the inner one". */
  readonly ending: string;
  /** `open`, as in "is still open". */
  readonly still: string;
}

export const HOLDING: Readonly<Record<Holding, HoldingWords>> = {
  reference: {
    began: 'acquired',
    past: 'acquired',
    begins: 'acquires',
    ended: 'released',
    ends: 'releases',
    ending: 'releasing',
    still: 'held',
  },
  lock: { began: 'taken', past: 'took', begins: 'takes', ended: 'released', ends: 'releases', ending: 'releasing', still: 'held' },
  region: { began: 'entered', past: 'entered', begins: 'enters', ended: 'left', ends: 'leaves', ending: 'leaving', still: 'open' },
};

/** Whether an effect begins to hold its resource. */
export function beginsHolding(effect: Effect): boolean {
  return effect.verb === 'takes' || effect.verb === 'enters';
}

/** Verb of an effect on a resource: `acquires`, `takes`, `enters`, `releases`, `leaves`. */
export function effectVerb(effect: Effect, holding: Holding): string {
  return beginsHolding(effect) ? HOLDING[holding].begins : HOLDING[holding].ends;
}

/** Code font in plain text and Markdown alike. */
const code = (text: string): string => `\`${text}\``;

/** Text without its signs of code font, to be read aloud or drawn. */
export function uncoded(text: string): string {
  return text.replaceAll('`', '');
}

/** What a name is made from. */
type Named = Pick<HeldResource, 'title' | 'variable' | 'object' | 'holding'>;

/** What something is called, and what it hangs on: locks are in a map, all else is of something. */
const relation = (held: Named): string => (held.holding === 'lock' ? 'in' : 'of');

/** A resource in words: what it is, which C variable, and what it hangs on: "vm_area_struct `vma` of `it`". */
export function resourceName(held: Named): string {
  const { title, variable, object } = held;
  return [title, ...(variable === null ? [] : [code(variable)]), ...(object === null ? [] : [relation(held), code(object)])].join(' ');
}

/** The same as short as can be, for drawings: what it hangs on tells it apart better than its own variable does: "vm_area_struct of outer". */
export function plainName(held: Named): string {
  if (held.object !== null && held.holding !== 'lock') return `${held.title} of ${held.object}`;
  if (held.variable !== null) return `${held.title} ${held.variable}`;
  return held.object === null ? held.title : `${held.title} ${relation(held)} ${held.object}`;
}

/** The same with its id, where it has one: "task_struct `p` #2". */
export function numberedName(held: Named & Pick<HeldResource, 'id'>): string {
  return held.id === 0 ? resourceName(held) : `${resourceName(held)} #${held.id}`;
}

/** Text of a chip: letter and id, or letter and depth for classes without one; `?` when held in some states only. */
export function chipText(held: Pick<HeldResource, 'id' | 'depth' | 'letter' | 'inStates'>, states: number): string {
  const number = held.id === 0 ? held.depth : held.id;
  return `${held.letter === '#' ? '#' : `${held.letter} `}${number}${held.inStates < states ? '?' : ''}`;
}

/** Words of a chip, for screen readers and tooltips. */
export function chipWords(held: HeldResource, states: number): string {
  const some = held.inStates < states ? `, in ${held.inStates} of ${states} states` : '';
  const places = held.takenPlaces.join(' or ');
  return `${uncoded(numberedName(held))}, ${HOLDING[held.holding].began} at ${places}, forbids ${forbiddenText(held.forbids)}${some}`;
}

/** What a forbidden operation is called in sentences, by its name in policies (`src/policy/ops.ts`). */
const OPERATIONS: Readonly<Record<string, string>> = {
  fault: 'faults',
  sleep: 'sleeping',
  call: 'calls',
  'global-call': 'calls of global functions',
  exit: 'leaving the program',
  'tail-call': 'tail calls',
  throw: 'exceptions',
  'ld-abs': 'BPF_LD_[ABS|IND]',
};

/** What holding something rules out: "sleeping and faults", "nothing". Sleeping comes first, since faults follow from it. */
export function forbiddenText(forbids: readonly string[]): string {
  const order = forbids.includes('sleep') ? ['sleep', ...forbids.filter((f) => f !== 'sleep')] : forbids;
  return order.length === 0 ? 'nothing' : listText(order.map((op) => OPERATIONS[op] ?? op));
}

/** What must not be done while it is held: "must not sleep", "must not fault", "no tail calls". */
export function mustNotText(forbids: readonly string[]): string {
  if (forbids.includes('sleep')) return 'must not sleep';
  return forbids.length === 1 && forbids[0] === 'fault' ? 'must not fault' : `no ${forbiddenText(forbids)}`;
}

/** `a, b and c` */
export function listText(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]!}`;
}

/** Whether one may sleep, in words; '' where no state arrives. */
export function sleepText(answer: Answer): string {
  return answer === null ? '' : { yes: 'may sleep', no: 'must not sleep', mixed: 'depends on the path' }[answer];
}

/** The same of a whole program. */
export function programSleepText(answer: Answer): string {
  return answer === 'mixed' ? 'may sleep in part' : sleepText(answer);
}

/** What a call may do, by the names of what it demands: 'may fault and sleep', 'may sleep'. */
export function demandText(demands: readonly string[]): string {
  return demands.includes('fault') ? 'may fault and sleep' : 'may sleep';
}

/** Whether a fault may be taken, in words; '' where no state arrives. */
export function faultText(answer: Answer): string {
  return answer === null ? '' : { yes: 'may fault', no: 'must not fault', mixed: 'may fault on some paths' }[answer];
}

/** First letter in capitals, unless the text begins with a name of the kernel or of C. */
export function sentence(text: string): string {
  return /^[a-z]+(?=[\s,.:]|$)/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}
