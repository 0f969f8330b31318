// SPDX-License-Identifier: GPL-2.0-only
/** Small pictures of a context graph in text, for docs/policies.md. */
import type { ContextGraph, GraphInsn, GraphNode } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';

function callee(insn: GraphInsn): string | null {
  return /^call (\w+)/.exec(insn.text)?.[1] ?? null;
}

/** Calls and branches: the rows that matter. */
function rows(node: GraphNode): GraphInsn[] {
  return node.instructions.filter((i) => callee(i) !== null || /^if /.test(i.text) || i.text === 'exit' || i.rejected);
}

const SLEEP = { yes: 'may sleep', no: 'must not sleep', mixed: 'depends' } as const;

function answer(insn: GraphInsn): string {
  if (insn.rejected) return '✗ rejected';
  if (insn.visit !== 'visited' || insn.maySleep === null) return insn.visit === 'unreachable' ? 'never runs' : 'not visited';
  if (insn.maySleep === 'yes' && insn.mayFault === 'no') return 'must not fault';
  if (insn.maySleep === 'yes' && insn.mayFault === 'mixed') return 'may fault?';
  return SLEEP[insn.maySleep];
}

function held(insn: GraphInsn): string {
  return insn.held.map((h) => `${h.letter}${h.id === 0 ? h.depth : h.id}${h.inStates < insn.states ? '?' : ''} ${h.title}`).join(', ');
}

/** One row an instruction, blocks by their ways out. */
export function picture(graph: ContextGraph, result: ProgramResult): string {
  const lines: string[] = [];
  const table: [string, string, string, string][] = [];
  for (const node of graph.nodes) {
    const out = graph.edges
      .filter((e) => e.from === node.id && e.kind !== 'call')
      .map((e) => `${e.label === '' ? '' : `${e.label} `}→ ${e.to.replace(/^f0/, '')}`);
    const list = rows(node);
    list.forEach((insn, i) => {
      const name = callee(insn);
      const does = insn.demands.includes('fault') ? ' (faults)' : insn.demands.includes('sleep') ? ' (sleeps)' : '';
      const text = name === null ? insn.text.replace(/ goto .*/, '') : `${name}${does}`;
      const ways = i === list.length - 1 && out.length > 0 && insn === node.instructions.at(-1) ? `   ${out.join(', ')}` : '';
      table.push([i === 0 ? node.id.replace(/^f0/, '') : '', `${String(insn.index).padStart(2)} ${text}${ways}`, answer(insn), held(insn)]);
    });
  }
  const widths = [0, 1, 2].map((c) => Math.max(...table.map((r) => r[c]!.length)));
  for (const r of table)
    lines.push(`${r[0].padEnd(widths[0]!)}  ${r[1].padEnd(widths[1]!)}  ${r[2].padEnd(widths[2]!)}  ${r[3]}`.trimEnd());
  const verdict = result.verdict === 'accept' ? 'accepted' : `rejected: ${result.message.at(-1) ?? ''}`;
  return `${lines.join('\n')}\n${verdict}`;
}
