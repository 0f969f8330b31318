// SPDX-License-Identifier: GPL-2.0-only
/** Pieces of a function in words. Pure. */
import { spell } from '../../src/protocol/insns';
import type { GraphEdge, GraphInsn, GraphNode } from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';
import type { Group, GroupEdge, Groups } from './groups';
import { loopRounds } from './loop-words';
import { sizeOf, type Program, type Stave } from './program';
import { endOf, modelOf, type Repeat } from './repeats';
import { count, innermost, repeatWords, timesWords } from './words';

const blocksWords = (n: number): string => `${count(n)} block${n === 1 ? '' : 's'}`;

/** `150 × 53`: how often how many instructions. */
export function shortRepeat(stave: Stave, r: Repeat): string {
  const own = innermost(r);
  const from = modelOf(own);
  return `${r.inner.length === 1 ? timesWords(r) : `${r.copies} × `}${count(sizeOf(stave.code, from, from + own.length))}`;
}

/** `chain · 12 blocks`, `loop · 8 blocks`, `150 × 53`. */
export function titleOf(stave: Stave, g: Group): string {
  const n = g.nodes.length;
  if (g.repeat !== null) return shortRepeat(stave, g.repeat);
  if (g.loop !== null) return `loop · ${g.loop.blocks < n ? `${count(g.loop.blocks)} of ${blocksWords(n)}` : blocksWords(n)}`;
  if (g.kind === 'chain') return `chain · ${blocksWords(n)}`;
  if (g.kind === 'exit') return `exit · ${g.nodes[0]!.name}`;
  return n === 1 ? g.nodes[0]!.name : blocksWords(n);
}

/** Instructions of a piece: of what repeats exactly its copies, which may begin and end within a block. */
export function insnsOf({ code }: Pick<Stave, 'code'>, { nodes, repeat }: Group): readonly GraphInsn[] {
  return repeat === null ? nodes.flatMap((n) => n.instructions) : code.insns.slice(repeat.start, endOf(repeat));
}

/** `lines 395–397 · 10,139–10,149`: C lines in the file of the first, and instruction numbers. */
export function placeWords(insns: readonly GraphInsn[]): string {
  const first = insns[0]!;
  const last = insns.at(-1)!;
  const range = first.index === last.index ? count(first.index) : `${count(first.index)}–${count(last.index)}`;
  const file = insns.find((i) => i.source !== null)?.source?.file;
  let low = Infinity;
  let high = 0;
  for (const { source } of insns) {
    if (source === null || source.line === 0 || source.file !== file) continue;
    low = Math.min(low, source.line);
    high = Math.max(high, source.line);
  }
  if (high === 0) return range;
  return `${low === high ? `line ${low}` : `lines ${low}–${high}`} · ${range}`;
}

/** The C of a block's first line; its first instruction where no line is known. */
export function codeWords(node: GraphNode): string {
  const text = node.instructions.find((i) => i.source !== null && i.source.text.trim() !== '')?.source?.text.trim();
  return text ?? spell(node.instructions[0]!);
}

/** How far verification came in some blocks: '' where all is visited. */
function unreachedWords(nodes: readonly GraphNode[]): string {
  const seen = new Set(nodes.flatMap((n) => n.instructions.map((i) => i.visit)));
  if (seen.has('visited')) return '';
  return seen.has('not-visited') ? 'not visited' : 'never runs';
}

/** `20 visits`: the most visited instruction of some blocks. */
export function visitsWords(nodes: readonly GraphNode[], most: number): string {
  return unreachedWords(nodes) || `${count(most)} visit${most === 1 ? '' : 's'}`;
}

/** `94, 299, then 310 to 316`: what grows from copy to copy does not converge. */
export function seriesWords(visits: readonly number[]): string {
  const low = Math.min(...visits);
  const high = Math.max(...visits);
  if (low === high) return `${count(low)} each`;
  const rest = visits.slice(2);
  if (rest.length === 0) return visits.map(count).join(', ');
  const [from, to] = [Math.min(...rest), Math.max(...rest)];
  const early = visits.slice(0, 2).filter((v) => v < from || v > to);
  const range = from === to ? count(from) : `${count(from)} to ${count(to)}`;
  return early.length === 0 ? range : `${visits.slice(0, 2).map(count).join(', ')}, then ${range}`;
}

/** An edge that leaves some blocks. */
export interface WayOut {
  readonly edge: GraphEdge;
  /** Instruction at which it leaves. */
  readonly insn: number;
  readonly words: string;
}

/** Where blocks lead to beside each other; what leads to `next` is how it goes on and no way out. */
export function waysOut({ graph }: Program, nodes: readonly GraphNode[], next: string | null): readonly WayOut[] {
  const index = indexOf(graph);
  const own = new Set(nodes.map((n) => n.id));
  return nodes.flatMap((n) =>
    (index.out.get(n.id) ?? [])
      .filter((e) => e.kind !== 'call' && !own.has(e.to) && e.to !== next)
      .map((edge) => ({
        edge,
        insn: n.instructions.at(-1)!.index,
        words: `to ${index.nodes.get(edge.to)?.kind === 'exit' ? 'the exit ' : ''}${index.nameOf(edge.to)}${edge.label === '' ? '' : ` if ${edge.label}`}`,
      })),
  );
}

const numbered = (edges: readonly GroupEdge[]): string => edges.map((e) => `piece ${e.to + 1}${e.back ? ', back' : ''}`).join(', or to ');

/** A piece as a screen reader says it. */
export function groupWords(program: Program, stave: Stave, groups: Groups, at: number): string {
  const g = groups.groups[at]!;
  const title = g.repeat === null ? titleOf(stave, g) : repeatWords(stave, g.repeat);
  const held = g.nodes[0]!.instructions[0]!.held.map((h) => h.title);
  const out = groups.edges.filter((e) => e.from === at);
  const parts = [
    `Piece ${at + 1} of ${groups.groups.length}: ${title}`,
    placeWords(insnsOf(stave, g)),
    g.loop === null ? '' : loopRounds(program, stave, g.loop),
    visitsWords(g.nodes, g.most),
    held.length === 0 ? '' : `holds ${held.join(', ')} at its beginning`,
    ...g.steps.map((s) => `step ${s.number} of the failing path`),
    out.length === 0 ? 'ends the function' : `goes on to ${numbered(out)}`,
  ];
  return `${parts.filter((p) => p !== '').join('. ')}.`;
}
