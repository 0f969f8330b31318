// SPDX-License-Identifier: GPL-2.0-only
/** What never runs because of the value of a constant: read off the blocks whose branch compares it, or not said. */
import type { Insn } from '../isa/insn';
import { Alu, aluOp, CALL, Class, classOf, Jmp, jmpOp, LD_IMM64, Mode, modeOf, usesReg } from '../isa/opcode';
import type { Program } from '../object/program';
import type { ContextGraph, GraphNode, SourcePlace } from '../protocol/graph';

/** Which constant lies at an offset of a map; null for none. */
export type ConstantAt = (map: string, offset: number) => string | null;

/** What a register holds: the address of a place in a map, or a value that a constant alone decides. */
type Holds =
  { readonly kind: 'address'; readonly map: string; readonly offset: number } | { readonly kind: 'value'; readonly constant: string };

/**
 * Lines of instructions that no state reached, by the constant whose comparison leads there. The comparison is read off the program as it was
 * handed over: the verifier makes a branch that only constants decide into a jump before it looks at states (`kernel/bpf/const_fold.c`).
 */
export function neverBecause(prog: Program, graph: ContextGraph, constantAt: ConstantAt): Map<string, SourcePlace[]> {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const starts = new Map(graph.nodes.map((node) => [node.instructions[0]?.index ?? -1, node.id]));
  const found = new Map<string, SourcePlace[]>();
  for (const node of graph.nodes) {
    const last = node.instructions.at(-1)?.index ?? -1;
    const jump = prog.insns[last];
    if (jump === undefined || !node.instructions.some((insn) => insn.reachable)) continue;
    const constant = comparedIn(prog, node, constantAt);
    if (constant === null) continue;
    for (const target of [last + 1, last + 1 + jump.off]) {
      const lines = deadFrom(graph, nodes, starts.get(target) ?? '');
      if (lines.length > 0) found.set(constant, [...(found.get(constant) ?? []), ...lines]);
    }
  }
  return found;
}

/** The constant that alone decides the conditional jump at the end of a block. */
function comparedIn(prog: Program, node: GraphNode, constantAt: ConstantAt): string | null {
  const regs = new Map<number, Holds>();
  for (const { index } of node.instructions) {
    const insn = prog.insns[index];
    if (insn === undefined) return null;
    const cls = classOf(insn.code);
    if (cls === Number(Class.JMP) || cls === Number(Class.JMP32)) {
      if (insn.code === CALL) {
        for (let reg = 0; reg <= 5; reg += 1) regs.delete(reg);
        continue;
      }
      const op = jmpOp(insn.code);
      if (op === Number(Jmp.JA) || op === Number(Jmp.EXIT)) return null;
      const [dst, src] = [regs.get(insn.dst), regs.get(insn.src)];
      if (dst?.kind !== 'value') return null;
      const alone = !usesReg(insn.code) || (src?.kind === 'value' && src.constant === dst.constant);
      return alone ? dst.constant : null;
    }
    const now = after(prog, index, insn, regs, constantAt);
    if (now !== undefined) {
      if (now === null) regs.delete(insn.dst);
      else regs.set(insn.dst, now);
    }
  }
  return null;
}

/** What the destination holds after an instruction; null for anything else, undefined if no register changes. */
function after(
  prog: Program,
  index: number,
  insn: Insn,
  regs: ReadonlyMap<number, Holds>,
  constantAt: ConstantAt,
): Holds | null | undefined {
  const cls = classOf(insn.code);
  if (insn.code === LD_IMM64) {
    const note = prog.notes.get(index);
    return note?.kind === 'map' && note.offset !== null ? { kind: 'address', map: note.map, offset: note.offset } : null;
  }
  if (cls === Number(Class.LDX)) {
    const from = regs.get(insn.src);
    const mode = modeOf(insn.code);
    if (from?.kind !== 'address' || (mode !== Number(Mode.MEM) && mode !== Number(Mode.MEMSX))) return null;
    const constant = constantAt(from.map, from.offset + insn.off);
    return constant === null ? null : { kind: 'value', constant };
  }
  if (cls === Number(Class.ALU) || cls === Number(Class.ALU64)) {
    const fromReg = usesReg(insn.code);
    if (aluOp(insn.code) === Alu.MOV) return fromReg ? (regs.get(insn.src) ?? null) : null;
    const held = regs.get(insn.dst);
    return held?.kind === 'value' && !fromReg ? held : null;
  }
  // atomics that give back the old value write a register; none of these is a constant's
  return cls === Number(Class.ST) ? undefined : cls === Number(Class.STX) ? (modeOf(insn.code) === Mode.MEM ? undefined : null) : null;
}

/** Lines behind an edge, up to where states come from elsewhere. */
function deadFrom(graph: ContextGraph, nodes: ReadonlyMap<string, GraphNode>, start: string): SourcePlace[] {
  const lines: SourcePlace[] = [];
  const seen = new Set([start]);
  const queue = [start];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const node = nodes.get(id);
    if (node === undefined || !node.instructions.every((insn) => insn.visit === 'unreachable')) continue;
    lines.push(...node.instructions.flatMap((insn) => (insn.source === null ? [] : [insn.source])));
    for (const edge of graph.edges) {
      if (edge.from !== id || seen.has(edge.to)) continue;
      seen.add(edge.to);
      queue.push(edge.to);
    }
  }
  return lines;
}
