// SPDX-License-Identifier: GPL-2.0-only
/** Plain explanations of a verdict: one sentence, the places that matter, and a very short form. */
import { LineTable } from '../graph/lines';
import type { GraphInput } from '../graph/input';
import { holdingOf } from '../graph/held';
import { resourceOf } from '../graph/path';
import { takerName, titleOf } from '../graph/titles';
import { placeText } from '../graph/why';
import { Op } from '../policy/types';
import type { RelatedPlace } from '../protocol/model';
import { HOLDING, listText, resourceName } from '../protocol/words';
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

/**
 * Explains a rejection from what was held when it happened. Speaks of contexts and references only when they are the reason
 * that the message names; otherwise it repeats the kernel's words.
 */
export function explainRejection(input: GraphInput, message: readonly string[], held: HeldTable, mayOwnSleep: boolean): Explanation {
  const lines = new LineTable(input.env.prog.sourceLines);
  const last = message[message.length - 1] ?? '';
  const at = input.insn;
  const line = at === null ? null : lines.at(at);
  const where = at === null ? '' : `${line === null ? at : line.line}: `;
  const forbidding = (op: number): readonly Held[] => held.entries.filter((h) => (h.forbids & op) !== 0);
  const faultOnly = mayOwnSleep && forbidding(Op.SLEEP).length === 0;
  const sleepers = forbidding(faultOnly ? Op.FAULT : Op.SLEEP);
  const what = at === null ? '' : takerName(input, at);

  if (/sleepable/.test(last) && at !== null) {
    if (sleepers.length > 0) {
      const names = sleepers.map((h) => `the ${heldAt(input, lines, h, held)}`);
      return {
        sentence: `${what} may ${faultOnly ? 'fault' : 'sleep'}, and ${listText(names)} forbid${sleepers.length === 1 ? 's' : ''} that here.`,
        related: related(input, lines, sleepers, held),
        short: clip(`${where}${faultOnly ? 'faults' : 'sleeps'}, ${titleOf(input, sleepers[0]!)} held`),
      };
    }
    if (!mayOwnSleep)
      return {
        sentence: `${what} may sleep, and this program or callback must not.`,
        related: [],
        short: clip(`${where}sleeps, not sleepable`),
      };
  }
  if (/reference leak/.test(last) || /^Unreleased reference/.test(last)) {
    const refs = held.entries.filter((h) => h.id !== 0 && h.cls.exitRegion === '');
    const names = refs.map((h) => `the ${heldAt(input, lines, h, held)}`);
    return {
      sentence: `On this path ${listText(names)} ${refs.length === 1 ? 'is' : 'are'} still held at the end.`,
      related: related(input, lines, refs, held),
      short: clip(`${where}leaks ${refs[0] === undefined ? 'a reference' : titleOf(input, refs[0])}`),
    };
  }
  const regions = held.entries.filter((h) => h.cls.exitRegion !== '' && last.includes(h.cls.exitRegion));
  const locks = /holding a lock/.test(last) ? held.entries.filter((h) => h.cls.token === 'object') : [];
  const guilty = regions.length > 0 ? regions : locks;
  if (guilty.length > 0) {
    return { sentence: last, related: related(input, lines, guilty, held), short: clip(`${where}${titleOf(input, guilty[0]!)} open`) };
  }
  return { sentence: last, related: [], short: clip(`${where}${last}`) };
}
