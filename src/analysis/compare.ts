// SPDX-License-Identifier: GPL-2.0-only
/** Compares two graphs of one program, made under two policies. Pure functions over plain data; linear in the instructions. */
import type { Answer, ContextGraph, GraphInsn, GraphNode, HeldResource } from '../protocol/graph';
import type {
  CompareSide,
  DifferenceKind,
  EdgeDifference,
  GraphComparison,
  InsnAnswer,
  InsnDifference,
  NodeAnswer,
  NodeDifference,
  RuleDifference,
} from '../protocol/compare';
import type { ProgramResult } from '../protocol/model';
import { type Compared, pickRule, sentenceOf } from './compare-words';

const ORDER: readonly DifferenceKind[] = ['verdict', 'rejected', 'reachable', 'sleep', 'fault', 'held'];

/** A place in both graphs. */
export interface Located {
  readonly insn: GraphInsn;
  readonly node: GraphNode;
}

function locate(graph: ContextGraph): Map<number, Located> {
  const out = new Map<number, Located>();
  for (const node of graph.nodes) for (const insn of node.instructions) out.set(insn.index, { insn, node });
  return out;
}

function answerOf(insn: GraphInsn): InsnAnswer {
  return { visit: insn.visit, maySleep: insn.maySleep, mayFault: insn.mayFault, held: insn.held, states: insn.states, rejected: insn.rejected };
}

/** Whether two answers differ for certain: an exploration that ended early may not have seen all states. */
function differ(a: Answer, b: Answer, completeA: boolean, completeB: boolean): boolean {
  if (a === b) return false;
  if (a === null || b === null) return false;
  if (a === 'mixed' && !completeB) return false;
  return !(b === 'mixed' && !completeA);
}

const isPartial = (held: HeldResource, states: number): boolean => held.inStates < states;

/** Whether the held sets differ for certain. */
function heldDiffers(a: GraphInsn, b: GraphInsn, completeA: boolean, completeB: boolean): boolean {
  const keysA = new Map(a.held.map((h) => [h.key, h]));
  const keysB = new Map(b.held.map((h) => [h.key, h]));
  for (const key of new Set([...keysA.keys(), ...keysB.keys()])) {
    const inA = keysA.get(key);
    const inB = keysB.get(key);
    if (inA === undefined && inB !== undefined) {
      if (completeA || !isPartial(inB, b.states)) return true;
    } else if (inB === undefined && inA !== undefined) {
      if (completeB || !isPartial(inA, a.states)) return true;
    } else if (inA !== undefined && inB !== undefined) {
      if (inA.forbids.join() !== inB.forbids.join()) return true;
      if (completeA && completeB && (inA.depth !== inB.depth || isPartial(inA, a.states) !== isPartial(inB, b.states))) return true;
    }
  }
  return false;
}

interface Completeness {
  readonly a: boolean;
  readonly b: boolean;
}

/** What differs at an instruction, apart from the verdict. */
function kindsAt(a: GraphInsn, b: GraphInsn, complete: Completeness): DifferenceKind[] {
  const kinds: DifferenceKind[] = [];
  if (a.rejected !== b.rejected) kinds.push('rejected');
  const notVisited = a.visit === 'not-visited' || b.visit === 'not-visited';
  if (notVisited) return kinds;
  if (a.visit !== b.visit) {
    kinds.push('reachable');
    return kinds;
  }
  if (a.visit !== 'visited') return kinds;
  if (differ(a.maySleep, b.maySleep, complete.a, complete.b)) kinds.push('sleep');
  if (differ(a.mayFault, b.mayFault, complete.a, complete.b)) kinds.push('fault');
  if (heldDiffers(a, b, complete.a, complete.b)) kinds.push('held');
  return kinds;
}

/** Instructions of one block that follow each other and differ alike. */
interface Run {
  readonly first: Located;
  readonly other: Located;
  readonly kinds: readonly DifferenceKind[];
  readonly key: string;
  last: number;
}

/** Two runs of instructions are one entry of the list while this stays the same. */
function signature(kinds: readonly DifferenceKind[], a: GraphInsn, b: GraphInsn): string {
  const held = (insn: GraphInsn): string => insn.held.map((h) => `${h.key}${isPartial(h, insn.states) ? '?' : ''}`).join();
  return [kinds.join(), a.visit, b.visit, a.maySleep, b.maySleep, a.mayFault, b.mayFault, held(a), held(b)].join('|');
}

function sideOf(side: Compared): CompareSide {
  const r = side.result;
  return {
    policy: r.policy,
    title: side.title,
    verdict: r.verdict,
    errno: r.errno,
    message: r.message,
    insn: r.insn,
    source: r.source,
    explanation: r.sentence,
    short: r.short,
    reason: r.reason,
    processedInsns: r.processedInsns,
    timeUs: r.timeUs,
  };
}

function sameVerdict(a: ProgramResult, b: ProgramResult): boolean {
  return a.verdict === b.verdict && a.errno === b.errno && a.message.join('\n') === b.message.join('\n') && a.insn === b.insn;
}

function nodeAnswer(insns: readonly GraphInsn[]): NodeAnswer {
  const reached = insns.filter((i) => i.visit === 'visited');
  const fold = (of: (i: GraphInsn) => Answer): Answer => {
    const all = new Set(reached.map(of));
    return all.size === 0 ? null : all.size === 1 ? [...all][0]! : 'mixed';
  };
  return {
    reachable: reached.length > 0,
    maySleep: fold((i) => i.maySleep),
    mayFault: fold((i) => i.mayFault),
    rejected: insns.some((i) => i.rejected),
    held: reached[reached.length - 1]?.held ?? [],
  };
}

function takenEdges(graph: ContextGraph): Map<string, { from: number; to: number }> {
  const nodes = new Map(graph.nodes.map((n) => [n.id, n]));
  const out = new Map<string, { from: number; to: number }>();
  for (const edge of graph.edges) {
    const from = nodes.get(edge.from)?.instructions.at(-1)?.index;
    const to = nodes.get(edge.to)?.instructions[0]?.index;
    if (edge.travelled && edge.kind !== 'call' && from !== undefined && to !== undefined) out.set(`${from}>${to}`, { from, to });
  }
  return out;
}

/** Edges that only one side took; what an unfinished exploration never came to is not counted. */
function edgeDifferences(a: Compared, b: Compared, at: { a: Map<number, Located>; b: Map<number, Located> }): EdgeDifference[] {
  const edgesA = takenEdges(a.graph);
  const edgesB = takenEdges(b.graph);
  const out: EdgeDifference[] = [];
  const finished = (side: Compared, where: Map<number, Located>, from: number): boolean =>
    side.result.verdict === 'accept' || where.get(from)?.insn.visit === 'unreachable';
  for (const [key, e] of edgesA) if (!edgesB.has(key) && finished(b, at.b, e.from)) out.push({ ...e, takenBy: 'a' });
  for (const [key, e] of edgesB) if (!edgesA.has(key) && finished(a, at.a, e.from)) out.push({ ...e, takenBy: 'b' });
  return out;
}

/**
 * What differs between A and B, most important first. `rules` are the differences of their policies that can matter to the program
 * (`compare-rules.ts`). Both graphs are of the same object, so that instructions have the same numbers.
 */
export function compareGraphs(a: Compared, b: Compared, rules: readonly RuleDifference[]): GraphComparison {
  const at = { a: locate(a.graph), b: locate(b.graph) };
  const complete = { a: a.result.verdict === 'accept', b: b.result.verdict === 'accept' };
  const differences: InsnDifference[] = [];
  const nodes: NodeDifference[] = [];
  const verdictDiffers = !sameVerdict(a.result, b.result);
  const verdictAt = b.result.verdict !== 'accept' ? (b.result.insn ?? a.result.insn) : (a.result.insn ?? b.result.insn);

  for (const node of b.graph.nodes) {
    const nodeKinds = new Set<DifferenceKind>();
    const runs: Run[] = [];
    let open = false;
    for (const insn of node.instructions) {
      const other = at.a.get(insn.index);
      if (other === undefined) continue;
      const kinds = kindsAt(other.insn, insn, complete);
      if (verdictDiffers && insn.index === verdictAt) kinds.unshift('verdict');
      for (const k of kinds) nodeKinds.add(k);
      const key = kinds.length === 0 ? '' : signature(kinds, other.insn, insn);
      const going = runs.at(-1);
      if (open && going?.key === key) going.last = insn.index;
      else if (kinds.length > 0) runs.push({ first: { insn, node }, other, kinds, last: insn.index, key });
      open = kinds.length > 0;
    }
    for (const { first, other, kinds, last } of runs) {
      const rule = pickRule(kinds, other.insn, first.insn, { a, b, rules });
      differences.push({
        insn: first.insn.index,
        last,
        node: node.id,
        nodeA: other.node.id,
        source: first.insn.source,
        kinds,
        a: answerOf(other.insn),
        b: answerOf(first.insn),
        sentence: sentenceOf(kinds, other.insn, first.insn, rule, { a, b, rules }),
        rule: rule?.id ?? null,
      });
    }
    if (nodeKinds.size > 0) {
      const others = node.instructions.flatMap((i) => at.a.get(i.index)?.insn ?? []);
      nodes.push({ node: node.id, kinds: ORDER.filter((k) => nodeKinds.has(k)), a: nodeAnswer(others), b: nodeAnswer(node.instructions) });
    }
  }
  if (verdictDiffers && !differences.some((d) => d.kinds[0] === 'verdict')) differences.push(verdictWithoutPlace(a, b, rules));
  const rank = (d: InsnDifference): number => ORDER.indexOf(d.kinds[0]!);
  differences.sort((x, y) => rank(x) - rank(y) || x.insn - y.insn);
  return {
    program: b.result.program,
    a: sideOf(a),
    b: sideOf(b),
    rules,
    differences,
    nodes,
    edges: edgeDifferences(a, b, at),
    blocks: b.graph.nodes.length,
    hazards: { a: a.result.hazards ?? [], b: b.result.hazards ?? [] },
  };
}

const NO_ANSWER: InsnAnswer = { visit: 'not-visited', maySleep: null, mayFault: null, held: [], states: 0, rejected: false };

/** The verdict differs and names no instruction that is in the graph. */
function verdictWithoutPlace(a: Compared, b: Compared, rules: readonly RuleDifference[]): InsnDifference {
  const node = b.graph.nodes[0]?.id ?? '';
  const rule = pickRule(['verdict'], null, null, { a, b, rules });
  return {
    insn: 0,
    last: 0,
    node,
    nodeA: a.graph.nodes[0]?.id ?? '',
    source: b.result.source ?? a.result.source,
    kinds: ['verdict'],
    a: NO_ANSWER,
    b: NO_ANSWER,
    sentence: sentenceOf(['verdict'], null, null, rule, { a, b, rules }),
    rule: rule?.id ?? null,
  };
}
