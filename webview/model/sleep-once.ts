// SPDX-License-Identifier: GPL-2.0-only
/** In a program that can never sleep the glyph that says so stands once: on every row it would say nothing. Pure. */
import { type Glyph, glyphOf } from '../../src/marks/glyphs';
import type { ContextGraph, GraphInsn } from '../../src/protocol/graph';

const known = new WeakMap<ContextGraph, boolean>();

/** Whether the program itself must not sleep, wherever it was followed to. */
export function neverSleeps(graph: ContextGraph): boolean {
  let answer = known.get(graph);
  if (answer === undefined) {
    const visited = graph.nodes.flatMap((n) => n.instructions).filter((i) => i.visit === 'visited');
    answer = visited.length > 0 && visited.every((i) => i.maySleep === 'no' && i.because.some((b) => b.kind === 'program'));
    known.set(graph, answer);
  }
  return answer;
}

/** Whether a glyph says something where it stands; `insn` is the instruction that it stands at, if it stands at one. */
export function tellsSleep(graph: ContextGraph, glyph: Glyph, insn?: GraphInsn): boolean {
  return glyph !== 'not' || !neverSleeps(graph) || insn?.index === graph.functions[0]?.start;
}

/** The glyph of an instruction, null where it says nothing. */
export function toldGlyph(graph: ContextGraph, insn: GraphInsn): Glyph | null {
  const glyph = glyphOf(insn);
  return tellsSleep(graph, glyph, insn) ? glyph : null;
}
