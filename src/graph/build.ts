// SPDX-License-Identifier: GPL-2.0-only
import { calledSlot, waysOf } from '../isa/flow';
import { isLdImm64, isPseudoCall } from '../isa/insn';
import { PseudoLd } from '../isa/opcode';
import type { InsnNote } from '../object/program';
import { holdingOf } from '../policy/classes';
import { type ContextClass, Op } from '../policy/types';
import type { SubprogInfo } from '../verifier/aux';
import { callDemand } from '../verifier/contexts';
import { type BlockEdge, blocksOf, conditionText, loopHeads, readingOrder } from './cfg';
import { edgeMeaning } from './meaning';
import type { GraphInput } from './input';
import type { LineTable } from './lines';
import { CHANGES, heldView } from './held';
import type {
  Answer,
  Because,
  ContextGraph,
  Effect,
  GraphEdge,
  GraphFunction,
  GraphInsn,
  GraphNode,
  HeldResource,
  Operation,
  Visit,
} from '../protocol/graph';
import { HOLDING, resourceName } from '../protocol/words';
import { fieldOf } from './field';
import { functionName } from './functions';
import type { InsnRecord } from './insn-record';
import { Operations } from './operation';
import { Shared } from './shared';

function answer(yes: number, no: number): Answer {
  if (yes === 0 && no === 0) return null;
  if (no === 0) return 'yes';
  return yes === 0 ? 'no' : 'mixed';
}

function noteText(note: InsnNote | undefined): string | null {
  if (note === undefined) return null;
  switch (note.kind) {
    case 'map':
      return note.offset === null ? note.map : `${note.map} +${note.offset}`;
    case 'core':
      return note.member !== '' ? note.member : `${note.keyword} ${note.type}`.trim();
    default:
      return note.name;
  }
}

const NOTHING: readonly never[] = [];

/** Reasons of the code itself. */
const OWN: Readonly<Record<'callback' | 'subprogram' | 'program', readonly Because[]>> = {
  callback: [{ kind: 'callback', takenAt: null, text: 'this callback never sleeps' }],
  subprogram: [{ kind: 'subprogram', takenAt: null, text: 'this function is called where sleeping is not allowed' }],
  program: [{ kind: 'program', takenAt: null, text: 'the program is not sleepable' }],
};

/** What is held, and what tells it from what else is held in this program: all that a resource's key does not say already. */
function keyed(held: readonly HeldResource[]): [readonly HeldResource[], string] {
  const one = (h: HeldResource): string =>
    [h.key, h.id, h.inStates, h.depth, h.takenPlaces.join(), h.forbids.join(), h.title, h.variable, h.object].join(' ');
  return [held, held.map(one).join('|')];
}

/** Turns instruction records into the answers and held sets of the graph. One instance a program. */
class InsnFacts {
  private readonly lines: LineTable;
  private readonly operations: Operations;
  private readonly helds = new Shared<readonly HeldResource[]>();
  private readonly becauses = new Shared<readonly Because[]>();
  private readonly effectsOf = new Shared<readonly Effect[]>();

  constructor(private readonly input: GraphInput) {
    this.lines = input.lines;
    this.operations = new Operations(input.env);
  }

  insn(index: number): GraphInsn {
    const { recorder, insn } = this.input;
    const record = recorder.insns[index];
    const held = record === undefined || record.held.size === 0 ? NOTHING : this.helds.of(...keyed(this.held(record)));
    const operation = this.operations.of(index);
    return {
      index,
      ...this.spelling(index),
      operation,
      source: this.lines.at(index),
      reachable: record !== undefined,
      visit: this.visit(record),
      mayFault: record === undefined ? null : answer(record.faultYes, record.faultNo),
      maySleep: record === undefined ? null : answer(record.sleepYes, record.sleepNo),
      because: record === undefined || (record.ownNo === 0 && held.length === 0) ? NOTHING : this.because(record, held),
      held,
      states: record?.count ?? 0,
      effects:
        record === undefined || (record.gives.size === 0 && record.takes.size === 0) ? NOTHING : this.effectsOf.of(this.effects(record)),
      demands: this.demands(index),
      ...this.note(index, operation),
      ...this.field(index, operation),
      rejected: this.input.verdict === 'reject' && insn === index,
    };
  }

  private spelling(index: number): Pick<GraphInsn, 'text' | 'shown'> {
    const text = this.input.insnText(index);
    const shown = this.input.insnShown(index);
    return { text, ...(shown === text ? {} : { shown }) };
  }

  private visit(record: InsnRecord | undefined): Visit {
    if (record !== undefined) return 'visited';
    return this.input.verdict === 'accept' ? 'unreachable' : 'not-visited';
  }

  private held(record: InsnRecord): HeldResource[] {
    return [...record.held].map(([key, fold]) => {
      const { first } = fold;
      const parent = first.parentId === 0 ? undefined : record.kept.map((s) => s.held.byId(first.parentId)).find((p) => p !== undefined);
      return heldView(this.input, key, first, parent, { ...fold, places: [...fold.places] });
    });
  }

  private because(record: InsnRecord, held: readonly HeldResource[]): readonly Because[] {
    const own = record.ownNo > 0 ? this.own(record) : NOTHING;
    if (held.length === 0) return own;
    const out: Because[] = [...own];
    for (const h of held) {
      if (!h.forbids.includes('sleep') && !h.forbids.includes('fault')) continue;
      const source = this.lines.at(h.takenAt);
      const line = source === null ? '' : ` (line ${source.line})`;
      const some = h.inStates < record.count ? `, held in ${h.inStates} of ${record.count} states` : '';
      out.push({ kind: h.kind, takenAt: h.takenAt, text: `${resourceName(h)} ${HOLDING[h.holding].began} at ${h.takenAt}${line}${some}` });
    }
    return this.becauses.of(out);
  }

  /** Why the code itself must not sleep, before anything held is considered. */
  private own(record: InsnRecord): readonly Because[] {
    if (record.kept.some((s) => !s.inSleepable && s.frames.some((f) => f.isAsync))) return OWN.callback;
    return this.input.env.sleepable ? OWN.subprogram : OWN.program;
  }

  private effects(record: InsnRecord): Effect[] {
    const effect = (key: string, cls: ContextClass, take: boolean): Effect => {
      const holding = holdingOf(cls);
      return { verb: CHANGES[holding][take ? 'begins' : 'ends'].verb, key, kind: cls.name, holding };
    };
    return [
      ...[...record.gives].map(([key, cls]) => effect(key, cls, false)),
      ...[...record.takes].map(([key, cls]) => effect(key, cls, true)),
    ];
  }

  /** Name behind a number, and whether the spelling says it already. */
  private note(index: number, operation: Operation): Pick<GraphInsn, 'note' | 'noteShown'> {
    const note = this.input.env.prog.notes.get(index);
    const { src } = this.input.env.insns[index]!;
    const named = operation.kind === 'constant' && src !== 0 && src !== PseudoLd.FUNC;
    const shown = note !== undefined && (operation.callee !== null || named) && note.kind !== 'core';
    return { note: noteText(note), ...(shown ? { noteShown: true } : {}) };
  }

  private field(index: number, operation: Operation): Pick<GraphInsn, 'field'> {
    const field = fieldOf(this.input, index, operation);
    return field === null ? {} : { field };
  }

  private demands(index: number): readonly ('sleep' | 'fault')[] {
    const { env } = this.input;
    const code = env.insns[index]!;
    const demand = callDemand(env, code);
    if (demand === 0) return NOTHING;
    return (demand & Op.FAULT) !== 0 ? ['sleep', 'fault'] : ['sleep'];
  }
}

function functionKind(index: number, sub: SubprogInfo): GraphFunction['kind'] {
  if (index === 0) return 'main';
  if (sub.isCb || sub.isAsyncCb || sub.isExceptionCb) return 'callback';
  return sub.linkage === 1 ? 'global' : 'static';
}

/** Ways of indirect jumps that a graph has at most: each is an edge, and there may be as many as the square of the instructions. */
const MOST_INDIRECT_WAYS = 500_000;
/** Instructions between two calls of `breathe`. */
const BREATH = 64;

/** There are more edges than anybody could draw. */
export class GraphTooLarge extends Error {
  constructor(readonly ways: number) {
    super(`indirect jumps have ${ways} ways`);
  }
}

/**
 * Builds the context graph of a finished verification. Linear in instructions, edges and recorded states. `breathe` is called now and
 * then and may throw. Throws {@link GraphTooLarge}.
 */
export function buildGraph(input: GraphInput, breathe: () => void = () => undefined): ContextGraph {
  const { env } = input;
  const insns = env.insns;
  const indirect = insns.reduce((sum, _, at) => sum + (env.aux.rare(at).jt?.length ?? 0), 0);
  if (indirect > MOST_INDIRECT_WAYS) throw new GraphTooLarge(indirect);
  const facts = new InsnFacts(input);
  const functions: GraphFunction[] = [];
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const subs = env.subprogs.filter((s) => s.start < insns.length);
  const nodeAt = new Map<number, string>();
  const ranges =
    subs.length === 0
      ? [{ start: 0, end: insns.length }]
      : subs.map((s, i) => ({ start: s.start, end: subs[i + 1]?.start ?? insns.length }));

  const allBlocks = ranges.map((range, f) => {
    breathe();
    const blocks = readingOrder(blocksOf(insns, range, (at) => env.aux.rare(at).jt));
    blocks.forEach((b, i) => nodeAt.set(b.start, `f${f}b${i}`));
    return blocks;
  });

  let made = 0;
  allBlocks.forEach((blocks, f) => {
    const range = ranges[f]!;
    const sub = subs[f];
    const name = functionName(env, f);
    breathe();
    const { heads, back: backEdges } = loopHeads(blocks);
    const isBack = (from: number, to: number): boolean => backEdges.has(`${from}>${to}`);
    functions.push({ name, start: range.start, end: range.end, kind: sub === undefined ? 'main' : functionKind(f, sub), entry: `f${f}b0` });
    blocks.forEach((block, i) => {
      const instructions: GraphInsn[] = [];
      for (let at = block.start; at < block.end; at += isLdImm64(insns[at]!) ? 2 : 1) {
        if (++made % BREATH === 0) breathe();
        instructions.push(facts.insn(at));
        const code = insns[at]!;
        const callee = isPseudoCall(code) ? nodeAt.get(calledSlot(code, at)) : undefined;
        if (callee !== undefined) {
          edges.push({
            from: `f${f}b${i}`,
            to: callee,
            kind: 'call',
            label: '',
            meaning: '',
            travelled: input.recorder.insns[at] !== undefined,
          });
        }
      }
      nodes.push({
        id: `f${f}b${i}`,
        name: f === 0 ? `b${i}` : `f${f}b${i}`,
        number: i,
        function: name,
        kind: i === 0 ? 'entry' : block.out.length === 0 ? 'exit' : heads.has(block.start) ? 'loop' : 'block',
        instructions,
      });
      const fallsToo = block.out.some((o) => o.kind === 'fall');
      const decides = fallsToo && block.out.length > 1;
      for (const out of block.out) {
        const to = nodeAt.get(out.to);
        if (to === undefined) continue;
        const back = heads.has(out.to) && isBack(block.start, out.to);
        edges.push({
          from: `f${f}b${i}`,
          to,
          kind: back ? 'back' : out.kind,
          label: decides ? conditionText(insns[out.by]!, out.kind) : '',
          meaning: decides ? edgeMeaning(input, out) : '',
          travelled: wentAlong(input, out),
        });
      }
    });
  });
  return { program: env.prog.name, object: env.prog.object, functions, nodes, edges };
}

/** Whether a state went along an edge: also by way of the function that the block calls at its end, which comes back with its exit. */
function wentAlong({ env: { insns }, recorder }: GraphInput, { by, to }: BlockEdge): boolean {
  const from = recorder.insns[to]?.from;
  if (from === undefined) return false;
  return from.has(by) || (isPseudoCall(insns[by]!) && [...from].some((x) => waysOf(insns[x]!) === 'none'));
}

/** Whether a program may sleep somewhere: in all, none, or part of the instructions that were reached. */
export function maySleepOverall(graph: ContextGraph): Answer {
  let yes = 0;
  let no = 0;
  for (const node of graph.nodes) {
    for (const insn of node.instructions) {
      if (insn.maySleep === 'yes') yes++;
      else if (insn.maySleep === 'no') no++;
      else if (insn.maySleep === 'mixed') {
        yes++;
        no++;
      }
    }
  }
  return answer(yes, no);
}
