// SPDX-License-Identifier: GPL-2.0-only
/** Blocks and instructions as a screen reader says them. Pure. */
import { GLYPH_WORDS, glyphOf } from '../../src/marks/glyphs';
import type { ContextGraph, Effect, GraphInsn, GraphNode } from '../../src/protocol/graph';
import { spell } from '../../src/protocol/insns';
import { chipWords } from '../../src/protocol/words';
import { indexOf } from '../model/graph-index';

function heldWords(insn: GraphInsn): string {
  return insn.held.length === 0 ? 'Holds nothing.' : `Holds ${insn.held.map((x) => chipWords(x, insn.states)).join('; ')}.`;
}

/** Words for a resource that a block names. */
function titleOf(node: GraphNode, effect: Effect): string {
  for (const i of node.instructions) for (const x of i.held) if (x.key === effect.key) return x.title;
  return effect.kind;
}

/** Description of a block, as a screen reader says it. */
export function blockWords(node: GraphNode, graph: ContextGraph): string {
  const first = node.instructions[0]!;
  const last = node.instructions[node.instructions.length - 1]!;
  const out = (indexOf(graph).out.get(node.id) ?? [])
    .filter((e) => e.kind !== 'call')
    .map((e) => `${indexOf(graph).nameOf(e.to)}${e.label === '' ? '' : ` if ${e.label}`}`);
  const { name } = node;
  const range = first.index === last.index ? `instruction ${first.index}` : `instructions ${first.index} to ${last.index}`;
  const lines = node.instructions.map((i) => i.source?.line).filter((l) => l !== undefined);
  const low = Math.min(...lines);
  const high = Math.max(...lines);
  const where = lines.length === 0 ? '' : low === high ? `, line ${low}` : `, lines ${low} to ${high}`;
  const changes = node.instructions.flatMap((i) => i.effects.map((e) => ` At ${i.index} it ${e.verb} ${titleOf(node, e)}.`)).join('');
  const word = GLYPH_WORDS[node.instructions.some((i) => i.rejected) ? 'rejected' : glyphOf(first)];
  return `Block ${name}, ${range}${where}. ${word.charAt(0).toUpperCase()}${word.slice(1)}. ${heldWords(first)}${changes}${out.length === 0 ? ' Ends the function.' : ` Goes on to ${out.join(', or to ')}.`}`;
}

/** Description of an instruction. */
export function insnWords(insn: GraphInsn): string {
  const line = insn.source === null ? '' : `, line ${insn.source.line}`;
  const changes = insn.effects.map((e) => ` ${e.verb} ${e.kind}`).join(',');
  return `${insn.index}${line}, ${spell(insn)}. ${GLYPH_WORDS[glyphOf(insn)]}.${changes === '' ? '' : ` It${changes}.`}`;
}
