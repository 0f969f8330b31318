// SPDX-License-Identifier: GPL-2.0-only
import type { ContextGraph, GraphInsn, GraphNode } from '../protocol/graph';
import { chipText } from '../protocol/words';

/** A source line after which something else is held than before. */
export interface HeldChange {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** `holds F 3, #1`, `holds nothing`. */
  readonly text: string;
}

/** Lines of a program that take something or give it back, with what is held behind them. Pure. */
export function heldChanges(graph: ContextGraph): HeldChange[] {
  const changes = new Map<string, HeldChange>();
  for (const node of graph.nodes) {
    node.instructions.forEach((insn, i) => {
      if (insn.effects.length === 0 || insn.source === null) return;
      const next = node.instructions[i + 1] ?? follower(graph, node);
      if (next === null) return;
      const { file, line } = insn.source;
      // of several changes on one line the last one stands behind it
      changes.set(`${file}:${line}`, { file, line, text: heldText(next) });
    });
  }
  return [...changes.values()];
}

/** Where a block goes on when there is one way only. */
function follower(graph: ContextGraph, node: GraphNode): GraphInsn | null {
  const out = graph.edges.filter((e) => e.from === node.id && e.kind !== 'call');
  const to = out.length === 1 ? graph.nodes.find((n) => n.id === out[0]!.to) : undefined;
  return to?.instructions[0] ?? null;
}

function heldText(insn: GraphInsn): string {
  return insn.held.length === 0 ? 'holds nothing' : `holds ${insn.held.map((x) => chipText(x, insn.states)).join(', ')}`;
}
