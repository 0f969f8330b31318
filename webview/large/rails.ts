// SPDX-License-Identifier: GPL-2.0-only
/** Lying rails: what is held from where to where in a function, by places in its code. Pure. */
import type { HeldResource } from '../../src/protocol/graph';
import { beginsHolding } from '../../src/protocol/words';
import { isExit } from '../../src/protocol/insns';
import { modelPlace } from './axis';
import type { Code } from './code';
import type { Repeat } from './repeats';

/** One resource of a function. */
export interface Rail {
  readonly held: HeldResource;
  /** Where it is held, in order: first place, and one past the last. */
  readonly spans: readonly { readonly from: number; readonly to: number }[];
  /** Held in some of the states everywhere. */
  readonly partial: boolean;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  /** Place of an end of the function at which it is still held, −1 if there is none. */
  readonly open: number;
  /** It is held where the program was rejected, and that is an end of the program. */
  readonly guilty: boolean;
  /** Instructions at which it is held. */
  readonly insns: number;
}

interface Draft {
  held: HeldResource;
  spans: { from: number; to: number }[];
  whole: boolean;
  begins: number[];
  ends: number[];
  open: number;
  guilty: boolean;
  insns: number;
}

/** Gaps of so many instructions in what is held are not told: code of a branch lies elsewhere. */
const GAP = 4;

/** What is held in a function. Copies of a folded repeat have one rail: that of their model. */
export function railsOf(code: Code, repeats: readonly Repeat[]): Rail[] {
  const drafts = new Map<string, Draft>();
  const draft = (key: string, held: HeldResource): Draft => {
    let d = drafts.get(key);
    if (d === undefined) drafts.set(key, (d = { held, spans: [], whole: false, begins: [], ends: [], open: -1, guilty: false, insns: 0 }));
    return d;
  };
  const known = new Map<string, HeldResource>();
  for (const insn of code.insns) for (const h of insn.held) if (!known.has(h.key)) known.set(h.key, h);
  code.insns.forEach((insn, place) => {
    if (insn.held.length === 0 && insn.effects.length === 0) return;
    for (const held of insn.held) {
      const d = draft(held.key, held);
      d.insns++;
      d.whole ||= held.inStates >= insn.states;
      const last = d.spans.at(-1);
      if (last !== undefined && place <= last.to + GAP) last.to = place + 1;
      else d.spans.push({ from: place, to: place + 1 });
      if (isExit(insn) && !insn.effects.some((e) => e.key === held.key)) {
        d.open = place;
        d.guilty ||= insn.rejected;
      }
    }
    for (const e of insn.effects) {
      const held = known.get(e.key);
      if (held === undefined) continue;
      const d = draft(e.key, held);
      (beginsHolding(e) ? d.begins : d.ends).push(place);
    }
  });
  return [...drafts.values()]
    .filter((d) => {
      const first = d.begins[0] ?? d.spans[0]?.from ?? 0;
      return modelPlace(repeats, first) === first;
    })
    .map(({ whole, ...d }) => ({ ...d, partial: !whole }))
    .sort((a, b) => (a.spans[0]?.from ?? 0) - (b.spans[0]?.from ?? 0));
}

/** Rails that stand in one row: of one class, none over another. */
export interface RailRow {
  readonly rails: readonly Rail[];
}

const beginOf = (r: Rail): number => Math.min(r.begins[0] ?? Infinity, r.spans[0]?.from ?? Infinity);
const endOfRail = (r: Rail): number => Math.max(r.ends.at(-1) ?? 0, r.spans.at(-1)?.to ?? 0);

/**
 * Rows of rails, what is still held first, then what forbids, then references; at most `most` of them, and how many resources have no row.
 */
export function railRows(rails: readonly Rail[], most: number): { readonly rows: readonly RailRow[]; readonly more: number } {
  const rank = (r: Rail): number => (r.guilty ? 0 : r.held.forbids.length > 0 ? 1 : 2);
  const rows: { kind: string; end: number; rails: Rail[] }[] = [];
  let more = 0;
  for (const rail of [...rails].sort((a, b) => rank(a) - rank(b) || beginOf(a) - beginOf(b))) {
    const begin = beginOf(rail);
    const row = rows.find((r) => r.kind === rail.held.kind && r.end <= begin);
    if (row !== undefined) {
      row.rails.push(rail);
      row.end = endOfRail(rail);
    } else if (rows.length < most) rows.push({ kind: rail.held.kind, end: endOfRail(rail), rails: [rail] });
    else more++;
  }
  // in the order of the program, as in a block
  rows.sort((a, b) => beginOf(a.rails[0]!) - beginOf(b.rails[0]!));
  return { rows: rows.map(({ rails: own }) => ({ rails: own })), more };
}
