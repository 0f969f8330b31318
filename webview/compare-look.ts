// SPDX-License-Identifier: GPL-2.0-only
/** How two policies answer for one block: what its footer shows. */
import type { HeldResource } from '../src/protocol/graph';
import type { Glyph } from '../src/marks/glyphs';
import type { DifferenceKind, GraphComparison, InsnAnswer, NodeAnswer } from '../src/protocol/compare';
import type { Verdict } from '../src/protocol/model';

export interface SideView {
  readonly glyph: Glyph;
  readonly word: string;
  readonly held: readonly HeldResource[];
  /** Number of states that `held` counts in. */
  readonly states: number;
}

export interface NodeSides {
  readonly same: boolean;
  readonly a: SideView;
  readonly b: SideView;
}

/** A: the policy compared with. B: the policy in force. */
export interface CompareLook {
  readonly a: string;
  readonly b: string;
  readonly nodes: ReadonlyMap<string, NodeSides>;
}

const WORDS: Readonly<Record<Glyph, string>> = { may: 'may sleep', nofault: 'may sleep, not fault', not: 'must not', mixed: 'depends', unreachable: 'unreachable', unvisited: 'not visited', unknown: 'unknown', rejected: 'rejected' };

/** Words of the kinds of difference. */
export const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = { verdict: 'verdict', rejected: 'rejected', reachable: 'reachable', sleep: 'sleep', fault: 'fault', held: 'held' };

function sleepGlyph(maySleep: NodeAnswer['maySleep'], mayFault: NodeAnswer['mayFault']): Glyph {
  if (maySleep === 'mixed') return 'mixed';
  if (maySleep === 'no') return 'not';
  return mayFault === 'no' ? 'nofault' : mayFault === 'mixed' ? 'mixed' : 'may';
}

/** Glyph of a side's answer at one instruction. */
export function answerGlyph(a: InsnAnswer): Glyph {
  if (a.rejected) return 'rejected';
  if (a.visit !== 'visited') return a.visit === 'unreachable' ? 'unreachable' : 'unvisited';
  return sleepGlyph(a.maySleep, a.mayFault);
}

/** Short word of a glyph. */
export function answerWord(glyph: Glyph): string {
  return WORDS[glyph];
}

function side(a: NodeAnswer, verdict: Verdict, states: number): SideView {
  const glyph: Glyph = a.rejected ? 'rejected' : !a.reachable ? (verdict === 'accept' ? 'unreachable' : 'unvisited') : sleepGlyph(a.maySleep, a.mayFault);
  return { glyph, word: WORDS[glyph], held: a.held, states: a.held.reduce((m, x) => Math.max(m, x.inStates), states) };
}

/** Which blocks differ, and both answers for each. `blocks` are the ids of all blocks. */
export function compareLook(c: GraphComparison, blocks: readonly string[]): CompareLook {
  const nodes = new Map<string, NodeSides>();
  const counts = new Map<string, { a: number; b: number }>();
  for (const d of c.differences) counts.set(d.node, { a: d.a.states, b: d.b.states });
  const plain: SideView = { glyph: 'may', word: '', held: [], states: 0 };
  for (const id of blocks) nodes.set(id, { same: true, a: plain, b: plain });
  for (const n of c.nodes) nodes.set(n.node, { same: false, a: side(n.a, c.a.verdict, counts.get(n.node)?.a ?? 0), b: side(n.b, c.b.verdict, counts.get(n.node)?.b ?? 0) });
  return { a: c.a.policy, b: c.b.policy, nodes };
}
