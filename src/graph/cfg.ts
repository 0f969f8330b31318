// SPDX-License-Identifier: GPL-2.0-only
import { jumpTarget, nextSlot, waysOf } from '../isa/flow';
import type { Insn } from '../isa/insn';
import { isLdImm64 } from '../isa/insn';
import { Class, classOf, Jmp, jmpOp, usesReg } from '../isa/opcode';

/** A maximal run of instructions with one entry and one exit. */
export interface Block {
  /** First slot. */
  readonly start: number;
  /** One past the last slot. */
  readonly end: number;
  /** Ways out, in the order fall-through first. */
  readonly out: readonly BlockEdge[];
}

export interface BlockEdge {
  /** Slot of the target block's first instruction. */
  readonly to: number;
  readonly kind: 'fall' | 'taken' | 'jump';
  /** Instruction that decides. */
  readonly by: number;
}

/** Range of slots of one function. */
export interface FunctionRange {
  readonly start: number;
  readonly end: number;
}

/** Where control can go after the instruction at `at`, within its function. Calls fall through. */
export function successors(insns: readonly Insn[], at: number, jumpTable: readonly number[] | null): BlockEdge[] {
  const insn = insns[at]!;
  const fall: BlockEdge = { to: nextSlot(insn, at), kind: 'fall', by: at };
  switch (waysOf(insn)) {
    case 'none':
      return [];
    case 'next':
      return [fall];
    case 'jump':
      return [{ to: jumpTarget(insn, at), kind: 'jump', by: at }];
    case 'table':
      return (jumpTable ?? []).map((to) => ({ to, kind: 'jump', by: at }));
    case 'branch': {
      const target = jumpTarget(insn, at);
      return target === fall.to ? [fall] : [fall, { to: target, kind: 'taken', by: at }];
    }
  }
}

/**
 * Splits one function into blocks, ordered by their first slot. Linear in the number of instructions; edges that leave the function
 * (only possible in programs that verification refuses) are dropped.
 */
export function blocksOf(insns: readonly Insn[], fn: FunctionRange, jumpTable: (at: number) => readonly number[] | null): Block[] {
  const leader = new Set<number>([fn.start]);
  const inside = (at: number): boolean => at >= fn.start && at < fn.end;
  const ways: BlockEdge[][] = [];
  for (let at = fn.start; at < fn.end; at += isLdImm64(insns[at]!) ? 2 : 1) {
    const out = successors(insns, at, jumpTable(at)).filter((e) => inside(e.to));
    ways[at - fn.start] = out;
    const insn = insns[at]!;
    if (waysOf(insn) === 'next' && out.length === 1) continue;
    for (const e of out) leader.add(e.to);
    leader.add(at + 1);
  }
  const starts = [...leader].filter(inside).sort((a, b) => a - b);
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? fn.end;
    let last = start;
    for (let at = start; at < end; at += isLdImm64(insns[at]!) ? 2 : 1) last = at;
    return { start, end, out: ways[last - fn.start] ?? [] };
  });
}

const RELATIONS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [Jmp.JEQ, ['=', '≠']],
  [Jmp.JNE, ['≠', '=']],
  [Jmp.JGT, ['>', '≤']],
  [Jmp.JGE, ['≥', '<']],
  [Jmp.JLT, ['<', '≥']],
  [Jmp.JLE, ['≤', '>']],
  [Jmp.JSGT, ['s>', 's≤']],
  [Jmp.JSGE, ['s≥', 's<']],
  [Jmp.JSLT, ['s<', 's≥']],
  [Jmp.JSLE, ['s≤', 's>']],
]);

/** The condition under which a branch goes that way, in C-like words (`r7 ≠ 0`). '' for unconditional edges. */
export function conditionText(insn: Insn, kind: BlockEdge['kind']): string {
  if (kind === 'jump') return '';
  const op = jmpOp(insn.code);
  const reg = classOf(insn.code) === Class.JMP32 ? 'w' : 'r';
  const right = usesReg(insn.code) ? `${reg}${insn.src}` : String(insn.imm);
  if (op === Jmp.JCOND) return kind === 'taken' ? 'may_goto: out of budget' : '';
  if (op === Jmp.JSET) return kind === 'taken' ? `${reg}${insn.dst} & ${right}` : `!(${reg}${insn.dst} & ${right})`;
  const words = RELATIONS.get(op);
  if (words === undefined) return '';
  return `${reg}${insn.dst} ${kind === 'taken' ? words[0] : words[1]} ${right}`;
}

/** Depth-first walk of a function's blocks from the first one, fall-through last so that it comes first in reverse postorder. No recursion. */
function walk(blocks: readonly Block[], onBack: (from: Block, to: Block) => void): Block[] {
  const index = new Map(blocks.map((b, i) => [b.start, i]));
  const state = new Uint8Array(blocks.length);
  const post: Block[] = [];
  const stack: { block: number; next: number }[] = [];
  const push = (b: number): void => {
    state[b] = 1;
    stack.push({ block: b, next: 0 });
  };
  if (blocks.length > 0) push(0);
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const { out } = blocks[top.block]!;
    const edge = out[out.length - 1 - top.next];
    top.next++;
    if (edge === undefined) {
      state[top.block] = 2;
      post.push(blocks[top.block]!);
      stack.pop();
      continue;
    }
    const to = index.get(edge.to);
    if (to === undefined) continue;
    if (state[to] === 1) onBack(blocks[top.block]!, blocks[to]!);
    else if (state[to] === 0) push(to);
  }
  return post;
}

/** Blocks that a back edge enters, by their first slot, and the back edges as `from>to`. */
export function loopHeads(blocks: readonly Block[]): { heads: ReadonlySet<number>; back: ReadonlySet<string> } {
  const heads = new Set<number>();
  const back = new Set<string>();
  walk(blocks, (from, to) => {
    heads.add(to.start);
    back.add(`${from.start}>${to.start}`);
  });
  return { heads, back };
}

/** Blocks in the order in which one reads them: reverse postorder, fall-through first; what nothing reaches comes last. */
export function readingOrder(blocks: readonly Block[]): Block[] {
  const reached = walk(blocks, () => undefined).reverse();
  const seen = new Set(reached);
  return [...reached, ...blocks.filter((b) => !seen.has(b))];
}
