// SPDX-License-Identifier: GPL-2.0-only
import { oneLine } from '../protocol/escape';
import type { ContextGraph, GraphInsn } from '../protocol/graph';
import { chipText } from '../protocol/words';

const escape = (text: string): string => oneLine(text).replace(/[\\"{}<>|]/g, (c) => `\\${c}`);

function mark(insn: GraphInsn): string {
  if (insn.rejected) return '(x)';
  switch (insn.maySleep) {
    case 'yes':
      return insn.mayFault === 'yes' ? 'zZ ' : 'z  ';
    case 'no':
      return ' - ';
    case 'mixed':
      return ' ~ ';
    default:
      return ' . ';
  }
}

/** Graphviz text of a context graph: one record a block, one row an instruction. Names from the file are escaped. */
export function graphToDot(graph: ContextGraph): string {
  const out = [`digraph "${escape(graph.program)}" {`, '  node [shape=record fontname="monospace" fontsize=10];'];
  graph.functions.forEach((fn, i) => {
    out.push(`  subgraph cluster_${i} { label="${escape(fn.name)}";`);
    for (const node of graph.nodes.filter((n) => n.function === fn.name && n.instructions.length > 0)) {
      const held = node.instructions[0]!.held.map((h) => chipText(h, node.instructions[0]!.states)).join(' ');
      const rows = node.instructions.map((n) => `${mark(n)} ${n.index}: ${escape(n.text)}\\l`).join('');
      out.push(`    ${node.id} [label="{${node.id}${held === '' ? '' : ` holds ${escape(held)}`}|${rows}}"];`);
    }
    out.push('  }');
  });
  const styles: Record<string, string> = { call: 'dotted', back: 'bold', taken: 'solid', fall: 'solid', jump: 'solid' };
  for (const e of graph.edges) out.push(`  ${e.from} -> ${e.to} [style=${styles[e.kind]!} label="${escape(e.label)}"];`);
  out.push('}');
  return `${out.join('\n')}\n`;
}
