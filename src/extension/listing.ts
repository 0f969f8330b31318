// SPDX-License-Identifier: GPL-2.0-only
/** The disassembly as text. Knows nothing of the editor. */
import { oneLine } from '../protocol/escape';
import type { ContextGraph, GraphInsn } from '../protocol/graph';
import { chipText, sleepText } from '../protocol/words';
import { spell } from '../protocol/insns';

/** Text of a program's disassembly and which line shows which instruction. */
export interface Listing {
  readonly text: string;
  /** Instruction by line (0-based); undefined for headings. */
  readonly lines: readonly (GraphInsn | undefined)[];
}

/** One sign a line, as what follows explains it at the top of the listing. */
const MARK = { yes: 'z', no: '-', mixed: '~' } as const;
const LEGEND = `; ${(['yes', 'no', 'mixed'] as const).map((answer) => `${MARK[answer]} ${sleepText(answer)}   `).join('')}. no state arrives   x rejected here`;

function sign(insn: GraphInsn): string {
  return insn.rejected ? 'x' : insn.maySleep === null ? '.' : MARK[insn.maySleep];
}

/**
 * Disassembly as the graph spells it, with C lines as headings and one {@link MARK} a line. `title` says at the top what it is of.
 * Jumps name the instruction that they lead to, blocks have the graph's names.
 */
export function listing(graph: ContextGraph, title = ''): Listing {
  const work = listingInTurns(graph, title);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Lines that are written at once. */
const TURN = 2000;

/** The same with a pause now and then, for who must not be held by a large one. */
export function* listingInTurns(graph: ContextGraph, title = ''): Generator<undefined, Listing> {
  const out: string[] = [];
  const lines: (GraphInsn | undefined)[] = [];
  const push = (text: string, insn?: GraphInsn): void => {
    // a line break in a name would shift every line after it
    out.push(oneLine(text));
    lines.push(insn);
  };
  if (title !== '') push(`; ${title}`);
  push(LEGEND);
  push('');
  const width = String(Math.max(0, ...graph.functions.map((f) => f.end))).length;
  for (const fn of graph.functions) {
    push(`${fn.name}:`);
    let shown = '';
    for (const node of graph.nodes.filter((n) => n.function === fn.name)) {
      push(`  ${node.name}:`);
      for (const insn of node.instructions) {
        const c = insn.source === null ? '' : `${insn.source.file}:${insn.source.line}`;
        if (c !== '' && c !== shown) {
          shown = c;
          push(`    ; ${insn.source!.text.trim()} @ ${insn.source!.file.split('/').pop()!}:${insn.source!.line}`);
        }
        const held = insn.held.map((h) => chipText(h, insn.states)).join(', ');
        const body = `  ${sign(insn)} ${String(insn.index).padStart(width)}: ${spell(insn)}`;
        push(held === '' ? body : `${body.padEnd(56)} ; holds ${held}`, insn);
        if (lines.length % TURN === 0) yield;
      }
    }
    push('');
  }
  return { text: out.join('\n'), lines };
}
