// SPDX-License-Identifier: GPL-2.0-only
/** A comparison as it crosses to the view: answers, held sets, lines and sentences stand once, in tables. */
import { isList, isListOf, isRecord, isText } from './checks';
import type { GraphComparison, Incomparable, InsnAnswer, InsnDifference, NodeAnswer, NodeDifference } from './compare';
import type { HeldResource, SourcePlace } from './graph';
import type { Rich } from './rich';
import { row, Rows } from './rows';

type Packed<T, K extends keyof T> = Omit<T, K> & { readonly [key in K]: number };

/** Values that places share. */
interface Tables {
  readonly sources: readonly SourcePlace[];
  readonly sentences: readonly (string | Rich)[];
  readonly held: readonly (readonly HeldResource[])[];
  readonly insns: readonly Packed<InsnAnswer, 'held'>[];
  readonly nodes: readonly Packed<NodeAnswer, 'held'>[];
}

type PackedPlace<T extends InsnDifference | Incomparable> = Packed<T, 'source' | 'sentence' | 'a' | 'b'>;

export interface PackedComparison extends Omit<GraphComparison, 'differences' | 'incomparable' | 'nodes'> {
  readonly tables: Tables;
  readonly differences: readonly PackedPlace<InsnDifference>[];
  readonly incomparable: readonly PackedPlace<Incomparable>[];
  readonly nodes: readonly Packed<NodeDifference, 'a' | 'b'>[];
}

/** A comparison with its shared values in tables. */
export function packComparison(c: GraphComparison): PackedComparison {
  const sources = new Rows<SourcePlace>();
  const sentences = new Rows<string | Rich>();
  const held = new Rows<readonly HeldResource[]>();
  const insns = new Rows<Packed<InsnAnswer, 'held'>>();
  const nodes = new Rows<Packed<NodeAnswer, 'held'>>();
  const answer = (a: InsnAnswer): number => insns.of(a, (whole) => ({ ...whole, held: held.ofList(whole.held) }));
  const nodeAnswer = (a: NodeAnswer): number => nodes.of(a, (whole) => ({ ...whole, held: held.ofList(whole.held) }));
  const place = <T extends InsnDifference | Incomparable>(d: T): PackedPlace<T> => ({
    ...d,
    source: d.source === null ? -1 : sources.at(d.source),
    sentence: sentences.at(d.sentence),
    a: answer(d.a),
    b: answer(d.b),
  });
  return {
    ...c,
    differences: c.differences.map(place),
    incomparable: c.incomparable.map(place),
    nodes: c.nodes.map((n) => ({ ...n, a: nodeAnswer(n.a), b: nodeAnswer(n.b) })),
    tables: { sources: sources.list, sentences: sentences.list, held: held.list, insns: insns.list, nodes: nodes.list },
  };
}

const NOTHING: readonly never[] = [];

const isTables = (v: unknown): v is Tables =>
  isRecord(v) && (['sources', 'sentences', 'held', 'insns', 'nodes'] as const).every((k) => isList(v[k]));

/** Rows with their held sets; null where a row names a set that is not there. */
function answersOf<T extends { readonly held: readonly HeldResource[] }>(
  rows: readonly Packed<T, 'held'>[],
  held: Tables['held'],
): readonly T[] | null {
  const out: T[] = [];
  for (const packed of rows) {
    const set = isRecord(packed) ? (packed.held === -1 ? NOTHING : row(held, packed.held)) : undefined;
    if (set === undefined) return null;
    out.push({ ...packed, held: set } as unknown as T);
  }
  return out;
}

/** Entries of a list whole again; null where one names a row that is not there. */
function placesOf<T extends InsnDifference | Incomparable>(list: unknown, tables: Tables, answers: readonly InsnAnswer[]): T[] | null {
  if (!isListOf(list, isRecord)) return null;
  const out: T[] = [];
  for (const packed of list as readonly Record<string, unknown>[]) {
    const source = packed['source'] === -1 ? null : row(tables.sources, packed['source']);
    const sentence = row(tables.sentences, packed['sentence']);
    const [a, b] = [row(answers, packed['a']), row(answers, packed['b'])];
    if (source === undefined || sentence === undefined || a === undefined || b === undefined) return null;
    out.push({ ...packed, source, sentence, a, b } as unknown as T);
  }
  return out;
}

function nodesOf(list: unknown, answers: readonly NodeAnswer[]): NodeDifference[] | null {
  if (!isListOf(list, isRecord)) return null;
  const out: NodeDifference[] = [];
  for (const packed of list as readonly Record<string, unknown>[]) {
    const [a, b] = [row(answers, packed['a']), row(answers, packed['b'])];
    if (a === undefined || b === undefined) return null;
    out.push({ ...packed, a, b } as unknown as NodeDifference);
  }
  return out;
}

/** A comparison with its places whole again; null for what is no packed comparison, or names rows that are not there. */
export function unpackComparison(v: unknown): GraphComparison | null {
  if (!isRecord(v) || !isText(v['program']) || !isTables(v['tables'])) return null;
  const { tables, ...rest } = v;
  const insns = answersOf<InsnAnswer>(tables.insns, tables.held);
  const answers = answersOf<NodeAnswer>(tables.nodes, tables.held);
  if (insns === null || answers === null) return null;
  const differences = placesOf<InsnDifference>(v['differences'], tables, insns);
  const incomparable = placesOf<Incomparable>(v['incomparable'], tables, insns);
  const nodes = nodesOf(v['nodes'], answers);
  if (differences === null || incomparable === null || nodes === null) return null;
  return { ...(rest as unknown as GraphComparison), differences, incomparable, nodes };
}
