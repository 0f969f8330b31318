// SPDX-License-Identifier: GPL-2.0-only
/** Plain explanations of a verdict: one sentence, the places that matter, and a very short form. */
import type { LineTable } from '../graph/lines';
import type { GraphInput } from '../graph/input';
import { resourceOf } from '../graph/path';
import { takerName, titleOf } from '../graph/titles';
import { placeText } from '../graph/why';
import { holdingOf } from '../policy/classes';
import { Op } from '../policy/types';
import type { RelatedPlace } from '../protocol/model';
import { HOLDING, listText, resourceName } from '../protocol/words';
import type { Refusal } from '../verifier/diag/refusal';
import type { Held, HeldTable } from '../verifier/state/held';

export interface Explanation {
  readonly sentence: string;
  readonly related: readonly RelatedPlace[];
  /** At most 32 characters. */
  readonly short: string;
}

const SHORT_LIMIT = 32;

function clip(text: string): string {
  return text.length <= SHORT_LIMIT ? text : `${text.slice(0, SHORT_LIMIT - 1)}…`;
}

/** "the vm_area_struct `vma` of `it` acquired at 8 (line 20)", without its article. */
function heldAt(input: GraphInput, lines: LineTable, held: Held, table: HeldTable): string {
  return `${resourceName(resourceOf(input, held, table))} ${HOLDING[holdingOf(held.cls)].began} at ${placeText(held.insn, lines.at(held.insn))}`;
}

function related(input: GraphInput, lines: LineTable, held: readonly Held[], table: HeldTable): RelatedPlace[] {
  const seen = new Set<number>();
  const out: RelatedPlace[] = [];
  for (const h of held) {
    if (seen.has(h.insn)) continue;
    seen.add(h.insn);
    out.push({
      insn: h.insn,
      source: lines.at(h.insn),
      text: `${resourceName(resourceOf(input, h, table))} ${HOLDING[holdingOf(h.cls)].began} here`,
    });
  }
  return out;
}

/** What a rejection is explained from. */
export interface Rejected {
  /** The kernel's message lines. */
  readonly message: readonly string[];
  /** What was refused; null where only the message says it. */
  readonly refusal: Refusal | null;
  /** What was held when it was. */
  readonly held: HeldTable;
  /** Whether the program or callback itself may sleep. */
  readonly mayOwnSleep: boolean;
}

/** A call that may sleep or fault: what forbids that here. */
function sleepRefused(input: GraphInput, lines: LineTable, where: string, { held, mayOwnSleep }: Rejected): Explanation | null {
  const forbidding = (op: number): readonly Held[] => held.entries.filter((h) => (h.forbids & op) !== 0);
  const faultOnly = mayOwnSleep && forbidding(Op.SLEEP).length === 0;
  const sleepers = forbidding(faultOnly ? Op.FAULT : Op.SLEEP);
  const what = input.insn === null ? '' : takerName(input, input.insn);
  if (sleepers.length > 0) {
    const names = sleepers.map((h) => `the ${heldAt(input, lines, h, held)}`);
    return {
      sentence: `${what} may ${faultOnly ? 'fault' : 'sleep'}, and ${listText(names)} forbid${sleepers.length === 1 ? 's' : ''} that here.`,
      related: related(input, lines, sleepers, held),
      short: clip(`${where}${faultOnly ? 'faults' : 'sleeps'}, ${titleOf(input, sleepers[0]!)} held`),
    };
  }
  if (mayOwnSleep) return null;
  return {
    sentence: `${what} may sleep, and this program or callback must not.`,
    related: [],
    short: clip(`${where}sleeps, not sleepable`),
  };
}

function leaked(input: GraphInput, lines: LineTable, where: string, way: number, { held }: Rejected): Explanation {
  const refs = held.entries.filter((h) => h.id !== 0 && h.cls.exitRegion === '' && (h.forbids & way) !== 0);
  const names = refs.map((h) => `the ${heldAt(input, lines, h, held)}`);
  return {
    sentence: `On this path ${listText(names)} ${refs.length === 1 ? 'is' : 'are'} still held at the end.`,
    related: related(input, lines, refs, held),
    short: clip(`${where}leaks ${refs[0] === undefined ? 'a reference' : titleOf(input, refs[0])}`),
  };
}

/** What is held that a refused call or way out must not be inside of. */
function inside(refusal: Refusal | null, held: HeldTable): readonly Held[] {
  if (refusal?.kind === 'leave-inside') return held.entries.filter((h) => h.cls.exitRegion === refusal.held.cls.exitRegion);
  if (refusal?.kind === 'call-inside') return held.entries.filter((h) => (h.forbids & (Op.CALL | Op.GLOBAL_CALL)) !== 0);
  return [];
}

/**
 * Explains a rejection from what was held when it happened. Speaks of contexts and references only when they are the reason;
 * otherwise it repeats the kernel's words.
 */
export function explainRejection(input: GraphInput, rejected: Rejected): Explanation {
  const { refusal, held, message } = rejected;
  const { lines } = input;
  const last = message[message.length - 1] ?? '';
  const at = input.insn;
  const line = at === null ? null : lines.at(at);
  const where = at === null ? '' : `${line === null ? at : line.line}: `;
  if (refusal?.kind === 'sleep' && at !== null) {
    const told = sleepRefused(input, lines, where, rejected);
    if (told !== null) return told;
  }
  // way 0: what hangs on a reference that is released, in the middle of the program
  if (refusal?.kind === 'leak' && refusal.way !== 0) return leaked(input, lines, where, refusal.way, rejected);
  const guilty = inside(refusal, held);
  if (guilty.length > 0) {
    return { sentence: last, related: related(input, lines, guilty, held), short: clip(`${where}${titleOf(input, guilty[0]!)} open`) };
  }
  return { sentence: last, related: [], short: clip(`${where}${last}`) };
}
