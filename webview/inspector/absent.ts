// SPDX-License-Identifier: GPL-2.0-only
/** Why no state is at an instruction: proved never to run, or verification ended before. Pure. */
import type { ContextGraph, GraphInsn, GraphNode } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';
import { type PlaceRef, type Rich, rich, richSentence } from '../../src/protocol/rich';
import { indexOf } from '../model/graph-index';

const place = (graph: ContextGraph, insn: number): PlaceRef => ({ insn, line: indexOf(graph).lineOf(insn) });

/** Answer and reason for an instruction at which no state arrived. */
export function absence(
  graph: ContextGraph,
  result: ProgramResult,
  node: GraphNode,
  insn: GraphInsn,
): { readonly answer: string; readonly reason: Rich } {
  if (insn.visit !== 'unreachable') {
    if (result.verdict === 'unknown')
      return {
        answer: 'Not known.',
        reason: [
          `${result.reason ?? 'Something'}${result.insn === null ? '' : ` (instruction ${result.insn})`} is not modelled; nothing after it is claimed.`,
        ],
      };
    return {
      answer: 'Not visited.',
      reason:
        result.insn === null
          ? ['Verification ended before this was reached.']
          : rich`Verification ended at ${place(graph, result.insn)} before this was reached.`,
    };
  }
  const index = indexOf(graph);
  const into = (index.into.get(node.id) ?? []).filter((e) => e.kind !== 'call');
  const reached = into.filter((e) => index.nodes.get(e.from)!.instructions.at(-1)!.visit === 'visited');
  if (reached.length === 0)
    return {
      answer: 'Never runs.',
      reason:
        into.length === 0
          ? ['Nothing leads here.']
          : [
              `Only ${into.map((e) => index.nameOf(e.from)).join(' and ')} lead${into.length === 1 ? 's' : ''} here, which never run${into.length === 1 ? 's' : ''} either.`,
            ],
    };
  const ways = reached.map((e) => {
    const from = place(graph, index.nodes.get(e.from)!.instructions.at(-1)!.index);
    return e.label === ''
      ? rich`the way from ${from} is never taken`
      : rich`at ${from} it is never so that ${e.label}, so the branch to here is never taken`;
  });
  const all = ways.reduce<Rich>((sum, way, i) => (i === 0 ? way : rich`${sum}; ${way}`), []);
  return { answer: 'Never runs.', reason: rich`${richSentence(all)}.` };
}
