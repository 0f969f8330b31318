// SPDX-License-Identifier: GPL-2.0-only
/** How two policies answer for one block: what its footer shows. */
import type { HeldResource, GraphNode } from '../../src/protocol/graph';
import { type Glyph, GLYPH_WORDS } from '../../src/marks/glyphs';
import type { DifferenceKind, GraphComparison, InsnAnswer, NodeAnswer, Side } from '../../src/protocol/compare';
import type { Verdict } from '../../src/protocol/model';
import { edgeKey } from '../lens/types';

export interface SideView {
  readonly glyph: Glyph;
  readonly word: string;
  readonly held: readonly HeldResource[];
  /** Number of states that `held` counts in. */
  readonly states: number;
}

export interface NodeSides {
  /** `unknown`: not comparable, since a verification ended early. */
  readonly kind: 'same' | 'differs' | 'unknown';
  readonly a: SideView;
  readonly b: SideView;
}

/** A: the policy compared with. B: the policy in force. */
export interface CompareLook {
  readonly a: string;
  readonly b: string;
  readonly verdictA: Verdict;
  readonly verdictB: Verdict;
  readonly nodes: ReadonlyMap<string, NodeSides>;
  /** Edges that only one side took, by `from>to`. */
  readonly edges: ReadonlyMap<string, Side>;
}

/** Shorter where two stand beside each other. */
const WORDS: Readonly<Record<Glyph, string>> = { ...GLYPH_WORDS, not: 'must not', mixed: 'depends', rejected: 'rejected' };

/** Words of the kinds of difference. */
export const KIND_WORDS: Readonly<Record<DifferenceKind, string>> = {
  verdict: 'verdict',
  rejected: 'rejected',
  reachable: 'reachable',
  sleep: 'sleep',
  fault: 'fault',
  held: 'held',
};

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
  const glyph: Glyph = a.rejected
    ? 'rejected'
    : !a.reachable
      ? verdict === 'accept'
        ? 'unreachable'
        : 'unvisited'
      : sleepGlyph(a.maySleep, a.mayFault);
  return { glyph, word: WORDS[glyph], held: a.held, states: a.held.reduce((m, x) => Math.max(m, x.inStates), states) };
}

/** Which blocks and edges differ, and both answers for each block. `blocks` are those of B's graph. */
export function compareLook(c: GraphComparison, blocks: readonly GraphNode[]): CompareLook {
  const nodes = new Map<string, NodeSides>();
  const counts = new Map<string, { a: number; b: number }>();
  for (const d of [...c.incomparable, ...c.differences]) counts.set(d.node, { a: d.a.states, b: d.b.states });
  const plain: SideView = { glyph: 'may', word: '', held: [], states: 0 };
  for (const { id } of blocks) nodes.set(id, { kind: 'same', a: plain, b: plain });
  for (const n of c.nodes)
    nodes.set(n.node, {
      kind: n.kinds.length > 0 ? 'differs' : 'unknown',
      a: side(n.a, c.a.verdict, counts.get(n.node)?.a ?? 0),
      b: side(n.b, c.b.verdict, counts.get(n.node)?.b ?? 0),
    });
  const starts = new Map(blocks.map((n) => [n.instructions[0]?.index ?? -1, n.id]));
  const ends = new Map(blocks.map((n) => [n.instructions.at(-1)?.index ?? -1, n.id]));
  const edges = new Map<string, Side>();
  for (const e of c.edges) {
    const from = ends.get(e.from);
    const to = starts.get(e.to);
    if (from !== undefined && to !== undefined) edges.set(edgeKey({ from, to }), e.takenBy);
  }
  return { a: c.a.policy, b: c.b.policy, verdictA: c.a.verdict, verdictB: c.b.verdict, nodes, edges };
}

/** Width of a letter of a word, at 11 px, and of a chip, at 10 px, roughly. */
const WORD_LETTER_PX = 6.3;
const CHIP_LETTER_PX = 5;
/** Sign, glyph and gaps of a side, and what a chip has beside its text. */
const SIDE_PX = 48;
const CHIP_PX = 27;

/** How many chips of these texts fit beside a word in half a footer. At least one stays: what is held is half of the answer. */
export function chipsThatFit(texts: readonly string[], word: string, width: number): number {
  let left = width - SIDE_PX - word.length * WORD_LETTER_PX;
  let count = 0;
  for (const text of texts) {
    left -= CHIP_PX + text.length * CHIP_LETTER_PX;
    if (left < 0) break;
    count++;
  }
  return Math.max(count, Math.min(1, texts.length));
}
