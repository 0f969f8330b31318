// SPDX-License-Identifier: GPL-2.0-only
/** Follow: the life of one resource, from where it is taken to each way out. */
import type { ContextGraph, GraphInsn, GraphNode, HeldResource } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';
import type { FollowFacts, PathView } from '../../src/protocol/path';
import { beginsHolding, forbiddenText, HOLDING, numberedName } from '../../src/protocol/words';
import { indexOf } from '../model/graph-index';
import { callName, isExit } from '../../src/protocol/insns';
import { trackOf } from './path';
import { edgeKey, type EdgeLook, type LensTag, type LensView, type ListRow, PLAIN } from './types';

/** All resources of a graph in order of taking. */
export function resourcesOf(graph: ContextGraph): HeldResource[] {
  const found = new Map<string, HeldResource>();
  for (const n of graph.nodes) for (const i of n.instructions) for (const x of i.held) if (!found.has(x.key)) found.set(x.key, x);
  return [...found.values()].sort((a, b) => a.takenAt - b.takenAt);
}

const holds = (insn: GraphInsn, key: string): boolean => insn.held.some((x) => x.key === key);
const does = (insn: GraphInsn, key: string, take: boolean): boolean => insn.effects.some((e) => e.key === key && beginsHolding(e) === take);

interface Life {
  readonly nodes: ReadonlySet<string>;
  readonly takes: readonly GraphInsn[];
  readonly gives: readonly GraphInsn[];
  /** Ends of the function at which it is still held. */
  readonly ends: readonly GraphInsn[];
  readonly threads: readonly string[];
}

/** Where a resource is taken, carried, given back, or still held at an end. */
export function lifeOf(graph: ContextGraph, key: string): Life {
  const index = indexOf(graph);
  const nodes = new Set<string>();
  const takes: GraphInsn[] = [];
  const gives: GraphInsn[] = [];
  const ends: GraphInsn[] = [];
  const threads: string[] = [];
  for (const node of graph.nodes) {
    for (const insn of node.instructions) {
      const taken = does(insn, key, true);
      const given = does(insn, key, false);
      if (taken) takes.push(insn);
      if (given) gives.push(insn);
      if (taken || given || holds(insn, key)) nodes.add(node.id);
      if (isExit(insn) && holds(insn, key) && insn.rejected) ends.push(insn);
    }
    const last = node.instructions[node.instructions.length - 1];
    const leaves = last !== undefined && (does(last, key, true) || (holds(last, key) && !does(last, key, false)));
    if (!leaves) continue;
    for (const e of index.out.get(node.id) ?? []) {
      const first = index.nodes.get(e.to)?.instructions[0];
      if (e.kind !== 'call' && e.travelled && first !== undefined && holds(first, key)) threads.push(edgeKey(e));
    }
  }
  return { nodes, takes, gives, ends, threads };
}

/** The part of the path to a leak after which no way gives the resource back. */
function leakOf(graph: ContextGraph, path: PathView, gives: ReadonlySet<string>): string[] {
  const index = indexOf(graph);
  const { edges } = trackOf(graph, path.insns);
  const out: string[] = [];
  for (const e of [...edges].reverse()) {
    const { to } = e;
    const seen = new Set([to]);
    const work = [to];
    let saved = false;
    for (let id = work.pop(); id !== undefined && !saved; id = work.pop()) {
      if (gives.has(id)) saved = true;
      for (const next of index.out.get(id) ?? []) {
        if (next.kind === 'call' || seen.has(next.to)) continue;
        seen.add(next.to);
        work.push(next.to);
      }
    }
    if (saved) break;
    out.push(edgeKey(e));
  }
  return out;
}

const place = (i: GraphInsn): string => (i.source === null ? '' : `:${i.source.line}`);

/** Conditions under which verification came into a block. */
function branchInto(graph: ContextGraph, node: GraphNode | undefined): string {
  const edges = (node === undefined ? [] : (indexOf(graph).into.get(node.id) ?? [])).filter(
    (e) => e.kind !== 'call' && e.label !== '' && e.travelled,
  );
  return edges.map((e) => e.label).join(' or ');
}

/** What a resource's life says beside instructions, and line by line. */
function storyOf(
  graph: ContextGraph,
  life: Life,
  resource: HeldResource,
  facts: FollowFacts | null,
): { readonly tags: ReadonlyMap<number, readonly LensTag[]>; readonly rows: readonly ListRow[] } {
  const { key } = resource;
  const index = indexOf(graph);
  const name = resource.id === 0 ? resource.title : `#${resource.id}`;
  const tags = new Map<number, LensTag[]>();
  const tag = (insn: number, text: string, kind: LensTag['kind'] = 'plain'): void => {
    const known = tags.get(insn);
    if (known === undefined) tags.set(insn, [{ text, kind }]);
    else known.push({ text, kind });
  };
  const verbs = HOLDING[resource.holding];
  const rows: (ListRow & { readonly order: number })[] = [];
  const order = new Map(graph.nodes.flatMap((n) => n.instructions).map((i, k) => [i.index, k]));
  const add = (insn: number, row: Omit<ListRow, 'insn' | 'right'>): void => {
    const at = index.at(insn)?.insn;
    if (at !== undefined) rows.push({ insn, right: place(at), ...row, order: order.get(insn)! });
  };
  for (const i of life.takes) {
    tag(i.index, `${verbs.begins} ${name}`);
    add(i.index, { head: verbs.began, text: callName(i), mark: 'start' });
  }
  for (const i of life.gives) {
    tag(i.index, `${verbs.ends} ${name}`);
    add(i.index, { head: verbs.ended, text: callName(i), mark: 'end' });
  }
  for (const i of life.ends) {
    tag(i.index, `leaks ${name}`, 'guilty');
    add(i.index, { head: 'leaks', text: `exit with ${name} held`, mark: 'leak', guilty: true });
  }
  const told = new Set([...life.takes, ...life.gives].map((i) => i.index));
  for (const use of facts?.uses ?? []) {
    const at = index.at(use.insn)?.insn;
    if (at === undefined || told.has(use.insn)) continue;
    if (use.kind === 'carries') tag(use.insn, `${use.where} carries ${name}`);
    else if (use.kind === 'read' || use.kind === 'written')
      add(use.insn, { head: use.kind, text: `${at.note === null ? '' : `${at.note} `}through ${use.where}`, mark: 'dot' });
    else if (use.kind === 'passed') add(use.insn, { head: 'passed on', text: `${callName(at)} (${use.where})`, mark: 'dot' });
  }
  for (const id of life.nodes) {
    const node = index.nodes.get(id)!;
    const last = node.instructions[node.instructions.length - 1]!;
    const ways = (index.out.get(id) ?? []).filter((e) => e.kind !== 'call');
    if (ways.length > 1 && (holds(last, key) || does(last, key, true)))
      add(last.index, {
        head: 'splits',
        text: ways
          .map((e) => e.label)
          .filter((l) => l !== '')
          .join(', or '),
        mark: 'split',
      });
  }
  rows.sort((a, b) => a.order - b.order);
  return { tags, rows: rows.map(({ order: _, ...row }) => row) };
}

/** Threads of its life along the edges, and the way to a leak after which nothing gives it back. */
function edgeLooks(graph: ContextGraph, life: Life, rejection: PathView | null): ReadonlyMap<string, EdgeLook> {
  const index = indexOf(graph);
  const looks = new Map<string, EdgeLook>(life.threads.map((e) => [e, 'thread']));
  const leaks =
    life.ends.length > 0 && rejection !== null ? leakOf(graph, rejection, new Set(life.gives.map((i) => index.at(i.index)!.node.id))) : [];
  for (const e of leaks) looks.set(e, 'leak');
  return looks;
}

/** Where its life ends: leaks first. */
function waysOut(graph: ContextGraph, life: Life, ended: string): ListRow[] {
  const index = indexOf(graph);
  return [
    ...life.ends.map((i): ListRow => ({
      insn: i.index,
      head: branchInto(graph, index.at(i.index)?.node),
      text: `leaks at ${i.index}`,
      glyph: 'rejected',
      guilty: true,
    })),
    ...life.gives.map((i): ListRow => ({
      insn: i.index,
      head: branchInto(graph, index.at(i.index)?.node),
      text: `${ended} at ${i.index}`,
      right: place(i),
    })),
  ];
}

export function followLens(
  graph: ContextGraph,
  result: ProgramResult,
  resource: HeldResource,
  facts: FollowFacts | null,
  rejection: PathView | null,
): LensView {
  const life = lifeOf(graph, resource.key);
  const verbs = HOLDING[resource.holding];
  const { tags, rows } = storyOf(graph, life, resource, facts);
  const ways = waysOut(graph, life, verbs.ended);
  return {
    ...PLAIN,
    id: 'follow',
    focus: life.nodes,
    marked: new Set(tags.keys()),
    tags,
    edges: edgeLooks(graph, life, rejection),
    page: {
      title: `Life of ${numberedName(resource)}`,
      chip: resource,
      text: `While it is held it forbids ${forbiddenText(resource.forbids)}; it must be ${verbs.ended} before exit.`,
      sections: [
        { name: 'life', title: 'Life', right: String(rows.length), rows },
        {
          name: 'ways-out',
          title: 'Ways out',
          right: String(ways.length),
          rows: ways,
          ...(ways.length === 0
            ? {
                note:
                  result.verdict === 'accept'
                    ? `No instruction ${verbs.ends} it: it ends with the function.`
                    : `Verification ended before it was ${verbs.ended}.`,
              }
            : {}),
        },
        ...(facts === null || facts.carriers.length === 0
          ? []
          : [
              {
                name: 'carried-by',
                title: 'Carried by',
                right: '',
                rows: facts.carriers.map((c): ListRow => ({
                  insn: c.from,
                  head: c.where,
                  text: c.from === c.to ? `at ${c.from}` : `${c.from} to ${c.to}`,
                })),
              },
            ]),
      ],
    },
  };
}
