// SPDX-License-Identifier: GPL-2.0-only
/** Collects the items of one function, with labels. */
import { Alu, Atomic, CALL, Class, EXIT, Jmp, LD_IMM64, Mode, PseudoCall, PseudoLd, Size, Source } from '../../../src/isa/opcode';
import { type FuzzFunction, type Item, retarget } from '../program';

/** A place that jumps go to; it may be put after them. */
export interface Label {
  at: number | null;
}

type Draft = Omit<Item, 'to' | 'targets'> & { readonly label?: Label; readonly entries?: readonly Label[] };

/** Codes of the sizes by bytes. */
export const SIZE: Readonly<Record<number, number>> = { 1: Size.B, 2: Size.H, 4: Size.W, 8: Size.DW };

export const ALU_OPS = [Alu.ADD, Alu.SUB, Alu.MUL, Alu.DIV, Alu.OR, Alu.AND, Alu.LSH, Alu.RSH, Alu.MOD, Alu.XOR, Alu.ARSH] as const;
export const JMP_OPS = [Jmp.JEQ, Jmp.JGT, Jmp.JGE, Jmp.JSET, Jmp.JNE, Jmp.JSGT, Jmp.JSGE, Jmp.JLT, Jmp.JLE, Jmp.JSLT, Jmp.JSLE] as const;
export const ATOMIC_OPS = [
  Atomic.ADD,
  Atomic.OR,
  Atomic.AND,
  Atomic.XOR,
  Atomic.ADD | Atomic.FETCH,
  Atomic.OR | Atomic.FETCH,
  Atomic.XCHG,
  Atomic.CMPXCHG,
] as const;

const GOTOX = Class.JMP | Jmp.JA | Source.X;

export class Asm {
  readonly #items: Draft[] = [];

  get length(): number {
    return this.#items.length;
  }
  raw(code: number, dst = 0, src = 0, off = 0, imm = 0, extra: Omit<Draft, 'insn'> = {}): void {
    this.#items.push({ insn: { code, dst, src, off, imm }, ...extra });
  }
  alu(op: number, dst: number, imm: number, wide = true): void {
    this.raw((wide ? Class.ALU64 : Class.ALU) | op | Source.K, dst, 0, 0, imm);
  }
  aluReg(op: number, dst: number, src: number, wide = true, off = 0): void {
    this.raw((wide ? Class.ALU64 : Class.ALU) | op | Source.X, dst, src, off);
  }
  mov(dst: number, imm: number): void {
    this.alu(Alu.MOV, dst, imm);
  }
  movReg(dst: number, src: number): void {
    this.aluReg(Alu.MOV, dst, src);
  }
  /** dst = src + offset */
  lea(dst: number, src: number, offset: number): void {
    this.movReg(dst, src);
    if (offset !== 0) this.alu(Alu.ADD, dst, offset);
  }
  imm64(dst: number, low: number, high: number): void {
    this.raw(LD_IMM64, dst, 0, 0, low, { high });
  }
  load(bytes: number, dst: number, src: number, off: number, signed = false): void {
    this.raw(Class.LDX | (signed ? Mode.MEMSX : Mode.MEM) | SIZE[bytes]!, dst, src, off);
  }
  store(bytes: number, dst: number, off: number, src: number): void {
    this.raw(Class.STX | Mode.MEM | SIZE[bytes]!, dst, src, off);
  }
  storeImm(bytes: number, dst: number, off: number, imm: number): void {
    this.raw(Class.ST | Mode.MEM | SIZE[bytes]!, dst, 0, off, imm);
  }
  atomic(bytes: number, op: number, dst: number, off: number, src: number): void {
    this.raw(Class.STX | Mode.ATOMIC | SIZE[bytes]!, dst, src, off, op);
  }
  map(dst: number, name: string): void {
    this.raw(LD_IMM64, dst, PseudoLd.MAP_FD, 0, 0, { link: { kind: 'map', name } });
  }
  data(dst: number, name: string, offset = 0): void {
    this.raw(LD_IMM64, dst, 0, 0, 0, { link: { kind: 'data', name }, ...(offset === 0 ? {} : { high: offset }) });
  }
  ksym(dst: number, name: string): void {
    this.raw(LD_IMM64, dst, 0, 0, 0, { link: { kind: 'ksym', name } });
  }
  /** The id of the struct that the program's layout describes. */
  type(dst: number): void {
    this.raw(Class.ALU64 | Alu.MOV | Source.K, dst, 0, 0, 0, { link: { kind: 'type', name: 'odd' } });
  }
  /** The address of a jump table, `offset` bytes into it. */
  table(dst: number, name: string, entries: readonly Label[], offset = 0): void {
    this.raw(LD_IMM64, dst, 0, 0, 0, { link: { kind: 'table', name }, entries, ...(offset === 0 ? {} : { high: offset }) });
  }
  /** Jumps to where the register says. */
  gotox(reg: number): void {
    this.raw(GOTOX, reg);
  }
  func(dst: number, name: string): void {
    this.raw(LD_IMM64, dst, PseudoLd.FUNC, 0, 0, { link: { kind: 'function', name } });
  }
  helper(id: number): void {
    this.raw(CALL, 0, PseudoCall.HELPER, 0, id);
  }
  kfunc(name: string): void {
    this.raw(CALL, 0, PseudoCall.CALL, 0, 0, { link: { kind: 'kfunc', name } });
  }
  call(name: string): void {
    this.raw(CALL, 0, PseudoCall.CALL, 0, 0, { link: { kind: 'function', name } });
  }
  jump(op: number, dst: number, imm: number, label: Label, wide = true): void {
    this.raw((wide ? Class.JMP : Class.JMP32) | op | Source.K, dst, 0, 0, imm, { label });
  }
  jumpReg(op: number, dst: number, src: number, label: Label, wide = true): void {
    this.raw((wide ? Class.JMP : Class.JMP32) | op | Source.X, dst, src, 0, 0, { label });
  }
  goto(label: Label): void {
    this.raw(Class.JMP | Jmp.JA, 0, 0, 0, 0, { label });
  }
  mayGoto(label: Label): void {
    this.raw(Class.JMP | Jmp.JCOND, 0, 0, 0, 0, { label });
  }
  exit(): void {
    this.raw(EXIT);
  }
  label(): Label {
    return { at: null };
  }
  put(label: Label): void {
    label.at = this.length;
  }
  /** Items from that one on. */
  since(at: number): readonly Pick<Item, 'insn' | 'link'>[] {
    return this.#items.slice(at);
  }
  /** Takes back everything from that item on. */
  rewind(at: number): void {
    this.#items.length = at;
  }
  /** The function; every label must stand by now, before the last item. */
  finish(shape: Omit<FuzzFunction, 'items'>): FuzzFunction {
    const last = this.length - 1;
    const place = (label: Label): number => Math.min(label.at ?? last, last);
    const items = this.#items.map(({ label, entries, ...item }): Item => ({
      ...item,
      ...(label === undefined ? {} : { to: place(label) }),
      ...(entries === undefined ? {} : { targets: entries.map(place) }),
    }));
    const { name, linkage, params, returns, tagged, moreTags } = shape;
    return {
      name,
      linkage,
      params,
      ...(returns === undefined ? {} : { returns }),
      ...(tagged === undefined ? {} : { tagged }),
      ...(moreTags === undefined ? {} : { moreTags }),
      items: reachable(items),
    };
  }
}

/** The items that can be reached: the kernel wants no others. */
function reachable(items: readonly Item[]): Item[] {
  const seen = new Set<number>();
  const todo = [0];
  for (let i = todo.pop(); i !== undefined; i = todo.pop()) {
    if (seen.has(i) || i >= items.length) continue;
    seen.add(i);
    const { insn, to, targets } = items[i]!;
    if (to !== undefined) todo.push(to);
    if (targets !== undefined) todo.push(...targets);
    if (insn.code !== EXIT && insn.code !== GOTOX && insn.code !== (Class.JMP | Jmp.JA)) todo.push(i + 1);
  }
  const index: number[] = [];
  let next = 0;
  for (let i = 0; i < items.length; i++) {
    index.push(next);
    if (seen.has(i)) next++;
  }
  return items.filter((_, i) => seen.has(i)).map((item) => retarget(item, (old) => index[old]!));
}
