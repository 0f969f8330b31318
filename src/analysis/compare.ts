// SPDX-License-Identifier: GPL-2.0-only
/** Compares two graphs of one program, made under two policies. Pure functions over plain data; linear in the instructions. */
import type { Answer, ContextGraph, GraphInsn, GraphNode, HeldResource } from '../protocol/graph';
import type {
  CompareSide,
  DifferenceKind,
  EdgeDifference,
  GraphComparison,
  Incomparable,
  InsnAnswer,
  InsnDifference,
  NodeAnswer,
  NodeDifference,
  RuleDifference,
} from '../protocol/compare';
import type { ProgramResult } from '../protocol/model';
import type { Rich } from '../protocol/rich';
import { Shared } from '../graph/shared';
import { type Compared, incomparableSentence, pickRule, sentenceOf } from './compare-words';

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

/** Answers of a comparison. Equal ones are one value: what many places share crosses threads and messages once. */
class Answers {
  private readonly insns = new Shared<InsnAnswer>();
  private readonly nodes = new Shared<NodeAnswer>();
  private readonly helds = new Map<readonly HeldResource[], number>();

  of({ visit, maySleep, mayFault, held, states, rejected }: GraphInsn): InsnAnswer {
    const key = `${visit} ${maySleep} ${mayFault} ${states} ${rejected} ${this.heldAt(held)}`;
    return this.insns.of({ visit, maySleep, mayFault, held, states, rejected }, key);
  }

  ofNode(insns: readonly GraphInsn[]): NodeAnswer {
    const answer = nodeAnswer(insns);
    const { reachable, maySleep, mayFault, rejected, held } = answer;
    return this.nodes.of(answer, `${reachable} ${maySleep} ${mayFault} ${rejected} ${this.heldAt(held)}`);
  }

  /** Graphs hold equal sets as one value. */
  private heldAt(held: readonly HeldResource[]): number {
    if (held.length === 0) return -1;
    let at = this.helds.get(held);
    if (at === undefined) this.helds.set(held, (at = this.helds.size));
    return at;
  }
}

/** How two things compare when an exploration that ended early may not have seen all states. */
type Comparison = 'same' | 'different' | 'unknown';

/** Compares answers. What is mixed under one policy may be so under the other too, if that ended before all states came. */
function compareAnswers(a: Answer, b: Answer, complete: Completeness): Comparison {
  if (a === b || a === null || b === null) return 'same';
  return (a === 'mixed' && !complete.b) || (b === 'mixed' && !complete.a) ? 'unknown' : 'different';
}

const isPartial = (held: HeldResource, states: number): boolean => held.inStates < states;

/** Compares one resource that only one side holds. A class that the other policy does not have cannot be held there. */
function compareAlone(held: HeldResource, states: number, otherComplete: boolean, foreign: ReadonlySet<string>): Comparison {
  return otherComplete || !isPartial(held, states) || foreign.has(held.kind) ? 'different' : 'unknown';
}

function compareBoth(inA: HeldResource, inB: HeldResource, a: GraphInsn, b: GraphInsn, complete: Completeness): Comparison {
  if (inA.forbids.join() !== inB.forbids.join()) return 'different';
  if (inA.depth === inB.depth && isPartial(inA, a.states) === isPartial(inB, b.states)) return 'same';
  return complete.a && complete.b ? 'different' : 'unknown';
}

/** Compares the held sets. */
function compareHeld(a: GraphInsn, b: GraphInsn, complete: Completeness, foreign: Foreign): Comparison {
  const keysA = new Map(a.held.map((h) => [h.key, h]));
  const keysB = new Map(b.held.map((h) => [h.key, h]));
  let unknown = false;
  for (const key of new Set([...keysA.keys(), ...keysB.keys()])) {
    const inA = keysA.get(key);
    const inB = keysB.get(key);
    let now: Comparison = 'same';
    if (inA === undefined && inB !== undefined) now = compareAlone(inB, b.states, complete.a, foreign.toA);
    else if (inB === undefined && inA !== undefined) now = compareAlone(inA, a.states, complete.b, foreign.toB);
    else if (inA !== undefined && inB !== undefined) now = compareBoth(inA, inB, a, b, complete);
    if (now === 'different') return now;
    unknown ||= now === 'unknown';
  }
  return unknown ? 'unknown' : 'same';
}

interface Completeness {
  readonly a: boolean;
  readonly b: boolean;
}

/** Classes that one of the policies does not have. */
interface Foreign {
  readonly toA: ReadonlySet<string>;
  readonly toB: ReadonlySet<string>;
}

function foreignClasses(rules: readonly RuleDifference[]): Foreign {
  const classes = rules.filter((r) => r.kind === 'class');
  return {
    toA: new Set(classes.filter((r) => r.a === '').map((r) => r.name)),
    toB: new Set(classes.filter((r) => r.b === '').map((r) => r.name)),
  };
}

/** What differs at an instruction, apart from the verdict, and what cannot be compared. */
function kindsAt(
  a: GraphInsn,
  b: GraphInsn,
  complete: Completeness,
  foreign: Foreign,
): { kinds: DifferenceKind[]; unknown: DifferenceKind[] } {
  const kinds: DifferenceKind[] = [];
  const unknown: DifferenceKind[] = [];
  const put = (kind: DifferenceKind, how: Comparison): void => {
    if (how !== 'same') (how === 'different' ? kinds : unknown).push(kind);
  };
  if (a.rejected !== b.rejected) kinds.push('rejected');
  if (a.visit === 'not-visited' || b.visit === 'not-visited') put('reachable', 'unknown');
  else if (a.visit !== b.visit) put('reachable', 'different');
  else if (a.visit === 'visited') {
    put('sleep', compareAnswers(a.maySleep, b.maySleep, complete));
    put('fault', compareAnswers(a.mayFault, b.mayFault, complete));
    put('held', compareHeld(a, b, complete, foreign));
  }
  return { kinds, unknown };
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

/** What is written of an accepted program, and where its verification ended, says nothing of the verdict: type ids differ between kernels. */
function sameVerdict(a: ProgramResult, b: ProgramResult): boolean {
  if (a.verdict === 'accept' && b.verdict === 'accept') return true;
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
  const incomparable: Incomparable[] = [];
  const nodes: NodeDifference[] = [];
  const answers = new Answers();
  let incomparableWords: Rich | null = null;
  const foreign = foreignClasses(rules);
  const verdictDiffers = !sameVerdict(a.result, b.result);
  const verdictAt = b.result.verdict !== 'accept' ? (b.result.insn ?? a.result.insn) : (a.result.insn ?? b.result.insn);

  for (const node of b.graph.nodes) {
    const nodeKinds = new Set<DifferenceKind>();
    const runs: Run[] = [];
    let open = false;
    for (const insn of node.instructions) {
      const other = at.a.get(insn.index);
      if (other === undefined) continue;
      const { kinds, unknown } = kindsAt(other.insn, insn, complete, foreign);
      if (verdictDiffers && insn.index === verdictAt) kinds.unshift('verdict');
      for (const k of kinds) nodeKinds.add(k);
      const told = kinds.length + unknown.length > 0;
      const key = told ? signature(kinds, other.insn, insn) : '';
      const going = runs.at(-1);
      if (open && going?.key === key) going.last = insn.index;
      else if (told) runs.push({ first: { insn, node }, other, kinds, last: insn.index, key });
      open = told;
    }
    for (const { first, other, kinds, last } of runs) {
      const place = {
        insn: first.insn.index,
        last,
        node: node.id,
        nodeA: other.node.id,
        block: node.name,
        source: first.insn.source,
        a: answers.of(other.insn),
        b: answers.of(first.insn),
      };
      if (kinds.length === 0) {
        incomparable.push({ ...place, sentence: (incomparableWords ??= incomparableSentence(a.result, b.result)) });
        continue;
      }
      const rule = pickRule(kinds, other.insn, first.insn, { a, b, rules });
      const sentence = sentenceOf(kinds, other.insn, first.insn, rule, { a, b, rules });
      differences.push({ ...place, kinds, sentence, rule: rule?.id ?? null });
    }
    if (runs.length > 0) {
      const others = node.instructions.flatMap((i) => at.a.get(i.index)?.insn ?? []);
      nodes.push({
        node: node.id,
        kinds: ORDER.filter((k) => nodeKinds.has(k)),
        a: answers.ofNode(others),
        b: answers.ofNode(node.instructions),
      });
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
    incomparable,
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
    block: b.graph.nodes[0]?.name ?? '',
    source: b.result.source ?? a.result.source,
    kinds: ['verdict'],
    a: NO_ANSWER,
    b: NO_ANSWER,
    sentence: sentenceOf(['verdict'], null, null, rule, { a, b, rules }),
    rule: rule?.id ?? null,
  };
}
