// SPDX-License-Identifier: GPL-2.0-only
/** A function's instructions in program order, and what tells one from another when constants, maps and distances do not count. Pure. */
import type {
  Answer,
  ContextGraph,
  Effect,
  GraphFunction,
  GraphInsn,
  GraphNode,
  HeldResource,
  Operation,
  Visit,
} from '../../src/protocol/graph';
import { indexOf } from '../model/graph-index';

/** Instructions of one function, by their numbers. What looks at a large program speaks of places in `insns`, not of instruction numbers. */
export interface Code {
  readonly fn: GraphFunction;
  readonly insns: readonly GraphInsn[];
  /** Block of each instruction. */
  readonly nodes: readonly GraphNode[];
  /** 1 where a block begins. */
  readonly starts: Uint8Array;
}

export function codeOf(graph: ContextGraph, fn: GraphFunction): Code {
  const blocks = [...indexOf(graph).blocksOf(fn.name)].sort((a, b) => a.instructions[0]!.index - b.instructions[0]!.index);
  const insns = blocks.flatMap((b) => b.instructions);
  const nodes = blocks.flatMap((b) => b.instructions.map(() => b));
  const starts = new Uint8Array(insns.length);
  let at = 0;
  for (const b of blocks) {
    starts[at] = 1;
    at += b.instructions.length;
  }
  return { fn, insns, nodes, starts };
}

/** Place of an instruction number in its code: of the last instruction that does not come after it. 0 for what comes before all. */
export function placeIn(code: Code, insn: number): number {
  let lo = 0;
  let hi = code.insns.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (code.insns[mid]!.index <= insn) lo = mid + 1;
    else hi = mid;
  }
  return Math.max(0, lo - 1);
}

/** Numbers for values, the same for those that are equal. */
class Numbers {
  private readonly byText = new Map<string, number>();

  of(text: string): number {
    let n = this.byText.get(text);
    if (n === undefined) this.byText.set(text, (n = this.byText.size + 1));
    return n;
  }
}

/** The same for objects that are shared: the text of each is made once. */
class SharedNumbers<T extends object> {
  private readonly known = new Map<T, number>();

  constructor(
    private readonly numbers: Numbers,
    private readonly text: (value: T) => string,
  ) {}

  of(value: T): number {
    let n = this.known.get(value);
    if (n === undefined) this.known.set(value, (n = this.numbers.of(this.text(value))));
    return n;
  }
}

/** What an instruction does, without its constants, the map that it names and how far it jumps. */
function maskOf({ class: cls, name, reads, writes, targets, callee }: Operation): string {
  const called = callee === null ? '' : `${callee.kind} ${callee.name || String(callee.start)}`;
  return `${cls} ${name} ${reads.join()} ${writes.join()} ${targets.length} ${called}`;
}

const effectsText = (effects: readonly Effect[]): string => effects.map((e) => `${e.verb} ${e.kind}`).join();

const heldText = (held: readonly HeldResource[]): string =>
  held.map((h) => `${h.kind} ${h.title} ${h.depth} ${h.forbids.join('+')}`).join();

/** Numbers of each instruction: what it does, and what verification says of it. */
export interface Tokens {
  readonly does: Int32Array;
  /** Verdict, answer about sleep and faults, what is held and what changes: whatever a fold must not hide. */
  readonly context: Int32Array;
  /** How many instructions the kernel counts for it: two for a 64-bit constant. */
  readonly sizes: Uint8Array;
}

const VISITS: readonly Visit[] = ['visited', 'unreachable', 'not-visited'];
const ANSWERS: readonly Answer[] = ['yes', 'no', 'mixed', null];
/** More than there are contexts in which nothing is held and nothing changes. */
const PLAIN = 1000;

/** Several functions of one program give equal numbers to equal instructions. */
export class Tokenizer {
  private readonly numbers = new Numbers();
  private readonly contexts = new Numbers();
  private readonly operations = new SharedNumbers<Operation>(this.numbers, maskOf);
  private readonly helds = new SharedNumbers<readonly HeldResource[]>(this.contexts, heldText);
  private readonly effects = new SharedNumbers<readonly Effect[]>(this.contexts, effectsText);

  private contextOf(insn: GraphInsn): number {
    let partial = 0;
    for (const h of insn.held) partial = partial * 2 + (h.inStates < insn.states ? 1 : 0);
    const answers = (VISITS.indexOf(insn.visit) * 4 + ANSWERS.indexOf(insn.maySleep)) * 4 + ANSWERS.indexOf(insn.mayFault);
    const plain = answers * 2 + (insn.rejected ? 1 : 0);
    if (insn.held.length === 0 && insn.effects.length === 0) return plain;
    return PLAIN + this.contexts.of(`${plain} ${partial} ${this.helds.of(insn.held)} ${this.effects.of(insn.effects)}`);
  }

  of({ insns, fn }: Code): Tokens {
    const does = new Int32Array(insns.length);
    const context = new Int32Array(insns.length);
    const sizes = new Uint8Array(insns.length);
    insns.forEach((insn, i) => {
      does[i] = this.operations.of(insn.operation);
      sizes[i] = (insns[i + 1]?.index ?? fn.end) - insn.index;
      context[i] = this.contextOf(insn);
    });
    return { does, context, sizes };
  }
}
