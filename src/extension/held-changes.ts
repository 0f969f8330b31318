// SPDX-License-Identifier: GPL-2.0-only
import type { ContextGraph } from '../protocol/graph';
import { type HeldAfter, heldAfter } from '../marks/held-after';
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
  const after = heldAfter(graph);
  for (const insn of graph.nodes.flatMap((n) => n.instructions)) {
    const now = after.get(insn);
    if (now === undefined || insn.source === null) continue;
    const { file, line } = insn.source;
    // of several changes on one line the last one stands behind it
    changes.set(`${file}:${line}`, { file, line, text: heldText(now) });
  }
  return [...changes.values()];
}

function heldText({ held, states }: HeldAfter): string {
  return held.length === 0 ? 'holds nothing' : `holds ${held.map((x) => chipText(x, states)).join(', ')}`;
}
