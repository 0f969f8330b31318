// SPDX-License-Identifier: GPL-2.0-only
import type { ContextGraph, GraphInsn } from '../../src/protocol/graph';
import { isCall, isExit } from '../../src/protocol/insns';

/** Registers that an instruction names; calls and exits name none. */
function namedRegisters(insn: GraphInsn): readonly number[] {
  return isCall(insn) || isExit(insn) ? [] : [...insn.operation.reads, ...insn.operation.writes];
}

/**
 * Whether an instruction itself matches a search: `:27` a C line, a number an instruction, `r7` a register, `#1` or `F3` a held id,
 * anything else text of the instruction or its note.
 */
export function matches(insn: GraphInsn, query: string): boolean {
  const q = query.trim().toLowerCase();
  if (q === '') return false;
  if (/^:\d+$/.test(q)) return insn.source?.line === Number(q.slice(1));
  if (/^\d+$/.test(q)) return insn.index === Number(q);
  const register = /^[rw](\d+)$/.exec(q);
  if (register !== null) return namedRegisters(insn).includes(Number(register[1]));
  const id = /^([a-z#])\s?(\d+)$/.exec(q);
  if (
    id !== null &&
    insn.held.some((x) => x.letter.toLowerCase() === id[1] && (x.id === Number(id[2]) || (x.id === 0 && x.depth === Number(id[2]))))
  )
    return true;
  // eslint-disable-next-line house/read-back -- what somebody typed is looked for in what is shown
  return insn.text.toLowerCase().includes(q) || (insn.note?.toLowerCase().includes(q) ?? false);
}

/** Hits of a search in order of instructions. A C line with the text counts once: by the instructions that match themselves, or by its first. */
export function search(graph: ContextGraph, query: string): number[] {
  const insns = graph.nodes.flatMap((n) => n.instructions).sort((a, b) => a.index - b.index);
  const hits = insns.filter((i) => matches(i, query));
  const q = query.trim().toLowerCase();
  const place = ({ source }: GraphInsn): string => (source === null ? '' : `${source.file}:${source.line}`);
  const lines = new Set(hits.map(place));
  // what means an instruction, a line or a register means no text
  const byText = q === '' || /^:?\d+$|^[rw]\d+$/.test(q) ? [] : insns.filter((i) => i.source?.text.toLowerCase().includes(q) === true);
  for (const insn of byText) {
    if (!lines.has(place(insn))) hits.push(insn);
    lines.add(place(insn));
  }
  return hits.map((i) => i.index).sort((a, b) => a - b);
}
