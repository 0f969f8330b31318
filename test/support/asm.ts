// SPDX-License-Identifier: GPL-2.0-only
/**
 * How tests and scripts write programs: instructions as the kernel's log spells them (`src/isa/disasm.ts`), with labels, and what the log has no
 * spelling for:
 *
 * ```
 * asm`
 *   r6 = 0x1122334455667788 ll             a 64-bit constant; map 100 ll, map_value 100+8 ll, func again ll: what stands for it
 *   call #7                                a helper by its number; kfunc #71532
 *   again: r0 += 1
 *   if r0 < ${rounds} goto again           or goto pc-2, as the log says it
 *   .insn 0x8e, 0, 0, 0, 0                 code, dst, src, off, imm: what is malformed
 *   exit`
 * ```
 *
 * Statements stand on lines of their own or between semicolons. A value may be a number, a part of a statement, or instructions.
 */
import type { Insn } from '../../src/isa/insn';
import { Alu, Atomic, CALL, Class, EXIT, Jmp, LD_IMM64, Mode, PseudoCall, PseudoLd, Size, Source } from '../../src/isa/opcode';

type Value = number | bigint | string | Insn | readonly Insn[];

/** An instruction by its fields, for what tests the fields themselves. */
export const raw = (code: number, dst = 0, src = 0, off = 0, imm = 0): Insn => ({ code, dst, src, off, imm });

const ALU: Readonly<Record<string, Alu>> = {
  '+=': Alu.ADD,
  '-=': Alu.SUB,
  '*=': Alu.MUL,
  '/=': Alu.DIV,
  '|=': Alu.OR,
  '&=': Alu.AND,
  '<<=': Alu.LSH,
  '>>=': Alu.RSH,
  '%=': Alu.MOD,
  '^=': Alu.XOR,
  '=': Alu.MOV,
  's>>=': Alu.ARSH,
};
const SIGNED: Readonly<Record<string, Alu>> = { 's/=': Alu.DIV, 's%=': Alu.MOD };
const JUMPS: Readonly<Record<string, Jmp>> = {
  '==': Jmp.JEQ,
  '!=': Jmp.JNE,
  '>': Jmp.JGT,
  '>=': Jmp.JGE,
  '<': Jmp.JLT,
  '<=': Jmp.JLE,
  's>': Jmp.JSGT,
  's>=': Jmp.JSGE,
  's<': Jmp.JSLT,
  's<=': Jmp.JSLE,
  '&': Jmp.JSET,
};
const SIZES: Readonly<Record<string, Size>> = { '8': Size.B, '16': Size.H, '32': Size.W, '64': Size.DW };
const ATOMICS: Readonly<Record<string, Atomic>> = { add: Atomic.ADD, and: Atomic.AND, or: Atomic.OR, xor: Atomic.XOR };
const LOADED: Readonly<Record<string, PseudoLd>> = {
  map: PseudoLd.MAP_FD,
  map_value: PseudoLd.MAP_VALUE,
  btf_id: PseudoLd.BTF_ID,
  map_idx: PseudoLd.MAP_IDX,
  map_idx_value: PseudoLd.MAP_IDX_VALUE,
};

/** What a word of a statement stands for. */
function meant<T>(table: Readonly<Record<string, T>>, word: string): T {
  const found = table[word];
  if (found === undefined) throw new Error(`not known: ${word}`);
  return found;
}

/** Distance to where a jump or call goes: `pc+3`, or a label. */
type Distance = (to: string) => number;
type Form = readonly [spelling: RegExp, make: (part: (index: number) => string, distance: Distance) => readonly Insn[]];

const R = '([rw])(\\d+)';
const PLACE = '\\(u(8|16|32|64) \\*\\)\\(r(\\d+) ([^)]+)\\)';
const form = (spelling: string): RegExp => new RegExp(`^${spelling}$`);
const arithmetic = (letter: string): Class => (letter === 'w' ? Class.ALU : Class.ALU64);

/** A number: decimal or hexadecimal, with any signs before it (`+-8`). */
function number(text: string): number {
  const m = /^([+\-\s]*)((?:0x[\da-f]+|\d+))$/i.exec(text.trim());
  if (m === null) throw new Error(`no number: ${text}`);
  return [...m[1]!].filter((sign) => sign === '-').length % 2 === 1 ? -Number(m[2]) : Number(m[2]);
}

/** The immediate of 32 bits that a number is. */
const imm32 = (text: string): number => number(text) | 0;

function wide(dst: number, src: number, low: number, high: number): Insn[] {
  return [raw(LD_IMM64, dst, src, 0, low), raw(0, 0, 0, 0, high)];
}

function constant(dst: string, text: string): Insn[] {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  const bits = BigInt.asUintN(64, value);
  return wide(Number(dst), 0, Number(BigInt.asIntN(32, bits)), Number(BigInt.asIntN(32, bits >> 32n)));
}

/** Arithmetic with a register or a number. */
function alu(letter: string, dst: string, op: string, operand: string): Insn {
  const signed = SIGNED[op];
  const code = arithmetic(letter) | (signed ?? meant(ALU, op));
  const off = signed === undefined ? 0 : 1;
  const reg = /^[rw](\d+)$/.exec(operand);
  return reg === null ? raw(code | Source.K, Number(dst), 0, off, imm32(operand)) : raw(code | Source.X, Number(dst), Number(reg[1]), off);
}

function atomic(size: string, base: string, off: string, src: string, what: number): Insn[] {
  return [raw(Class.STX | Mode.ATOMIC | meant(SIZES, size), Number(base), Number(src), number(off), what)];
}

const FORMS: readonly Form[] = [
  [form('exit'), () => [raw(EXIT)]],
  [form('goto (\\S+)'), (p, to) => [raw(Class.JMP | Jmp.JA, 0, 0, to(p(1)))]],
  [form('gotol (\\S+)'), (p, to) => [raw(Class.JMP32 | Jmp.JA, 0, 0, 0, to(p(1)))]],
  [form('gotox r(\\d+)'), (p) => [raw(Class.JMP | Jmp.JA | Source.X, Number(p(1)))]],
  [form('may_goto (\\S+)'), (p, to) => [raw(Class.JMP | Jmp.JCOND, 0, 0, to(p(1)))]],
  [form('call \\w*#(\\S+)'), (p) => [raw(CALL, 0, PseudoCall.HELPER, 0, number(p(1)))]],
  [form('kfunc \\w*#(\\S+)'), (p) => [raw(CALL, 0, PseudoCall.KFUNC, 0, number(p(1)))]],
  [form('call (\\S+)'), (p, to) => [raw(CALL, 0, PseudoCall.CALL, 0, to(p(1)))]],
  [
    form('if ([rw])(\\d+) (\\S+) (\\S+) goto (\\S+)'),
    (p, to) => {
      const code = (p(1) === 'w' ? Class.JMP32 : Class.JMP) | meant(JUMPS, p(3));
      const reg = /^[rw](\d+)$/.exec(p(4));
      const off = to(p(5));
      return [reg === null ? raw(code, Number(p(2)), 0, off, imm32(p(4))) : raw(code | Source.X, Number(p(2)), Number(reg[1]), off)];
    },
  ],
  [form('r(\\d+) = func (\\S+) ll'), (p, to) => wide(Number(p(1)), PseudoLd.FUNC, to(p(2)), 0)],
  [form('r(\\d+) = ([a-z]\\w*) (\\d+)(\\+\\S+)? ll'), (p) => wide(Number(p(1)), meant(LOADED, p(2)), Number(p(3)), number(p(4) || '0'))],
  [form('r(\\d+) = (\\S+) ll'), (p) => constant(p(1), p(2))],
  [form(`r(\\d+) = \\*${PLACE}`), (p) => [raw(Class.LDX | Mode.MEM | meant(SIZES, p(2)), Number(p(1)), Number(p(3)), number(p(4)))]],
  [
    form(`r(\\d+) = \\*${PLACE.replace('u', 's')}`),
    (p) => [raw(Class.LDX | Mode.MEMSX | meant(SIZES, p(2)), Number(p(1)), Number(p(3)), number(p(4)))],
  ],
  [form(`\\*${PLACE} = r(\\d+)`), (p) => [raw(Class.STX | Mode.MEM | meant(SIZES, p(1)), Number(p(2)), Number(p(4)), number(p(3)))]],
  [form(`\\*${PLACE} = (\\S+)`), (p) => [raw(Class.ST | Mode.MEM | meant(SIZES, p(1)), Number(p(2)), 0, number(p(3)), imm32(p(4)))]],
  [form(`lock \\*${PLACE} ([+&|^]=) r(\\d+)`), (p) => atomic(p(1), p(2), p(3), p(5), meant(ALU, p(4)))],
  [
    form(`r\\d+ = atomic(?:64)?_fetch_(add|and|or|xor)\\(${PLACE}, r(\\d+)\\)`),
    (p) => atomic(p(2), p(3), p(4), p(5), meant(ATOMICS, p(1)) | Atomic.FETCH),
  ],
  [form(`r\\d+ = atomic(?:64)?_xchg\\(${PLACE}, r(\\d+)\\)`), (p) => atomic(p(1), p(2), p(3), p(4), Atomic.XCHG)],
  [form(`r0 = atomic(?:64)?_cmpxchg\\(${PLACE}, r0, r(\\d+)\\)`), (p) => atomic(p(1), p(2), p(3), p(4), Atomic.CMPXCHG)],
  [form(`r(\\d+) = load_acquire\\(${PLACE}\\)`), (p) => atomic(p(2), p(1), p(4), p(3), Atomic.LOAD_ACQ)],
  [form(`store_release\\(${PLACE}, r(\\d+)\\)`), (p) => atomic(p(1), p(2), p(3), p(4), Atomic.STORE_REL)],
  [
    form('r0 = \\*\\(u(8|16|32) \\*\\)skb\\[r(\\d+) \\+ (\\S+)\\]'),
    (p) => [raw(Class.LD | Mode.IND | meant(SIZES, p(1)), 0, Number(p(2)), 0, imm32(p(3)))],
  ],
  [form('r0 = \\*\\(u(8|16|32) \\*\\)skb\\[(\\S+)\\]'), (p) => [raw(Class.LD | Mode.ABS | meant(SIZES, p(1)), 0, 0, 0, imm32(p(2)))]],
  [
    form(`${R} = \\(s(8|16|32)\\)[rw](\\d+)`),
    (p) => [raw(arithmetic(p(1)) | Alu.MOV | Source.X, Number(p(2)), Number(p(4)), Number(p(3)))],
  ],
  [form(`${R} = -[rw]\\2`), (p) => [raw(arithmetic(p(1)) | Alu.NEG, Number(p(2)))]],
  [
    form('r(\\d+) = (be|le|bswap)(16|32|64) r\\1'),
    (p) => [
      raw((p(2) === 'bswap' ? Class.ALU64 : Class.ALU) | Alu.END | (p(2) === 'be' ? Source.X : Source.K), Number(p(1)), 0, 0, Number(p(3))),
    ],
  ],
  [
    form('r(\\d+) = addr_space_cast\\(r(\\d+), (\\d+), (\\d+)\\)'),
    (p) => [raw(Class.ALU64 | Alu.MOV | Source.X, Number(p(1)), Number(p(2)), 1, (Number(p(3)) << 16) | Number(p(4)))],
  ],
  [form('r(\\d+) = &\\(void __percpu \\*\\)\\(r(\\d+)\\)'), (p) => [raw(Class.ALU64 | Alu.MOV | Source.X, Number(p(1)), Number(p(2)), -1)]],
  [form(`${R} (\\S+) (\\S+)`), (p) => [alu(p(1), p(2), p(3), p(4))]],
  [form('\\.insn (.+)'), (p) => [raw(...(p(1).split(',').map(imm32) as [number]))]],
];

/** The forms by the character that a statement begins with. */
const BY_START = new Map<string, Form[]>();
for (const [spelling, make] of FORMS) {
  const begins = spelling.source.slice(1);
  for (const start of begins.startsWith(R) ? ['r', 'w'] : [begins.startsWith('\\') ? begins[1]! : begins[0]!])
    BY_START.set(start, [...(BY_START.get(start) ?? []), [spelling, make]]);
}

/** One statement; the distance of what it names is asked from its own first slot. */
function statement(text: string, distance: Distance): readonly Insn[] {
  for (const [spelling, make] of BY_START.get(text[0]!) ?? []) {
    const m = spelling.exec(text);
    if (m !== null) return make((index) => m[index] ?? '', distance);
  }
  throw new Error(`no instruction: ${text}`);
}

/** What stands in a text for a value that is instructions. */
const SPLICED = /^\0(\d+)$/;

function pieces(strings: TemplateStringsArray, values: readonly Value[]): { texts: string[]; spliced: (readonly Insn[])[] } {
  const spliced: (readonly Insn[])[] = [];
  const whole = strings.raw.reduce((text, part, i) => {
    if (i === 0) return part;
    const value = values[i - 1]!;
    if (typeof value !== 'object') return `${text}${value}${part}`;
    spliced.push('code' in value ? [value] : value);
    return `${text}\0${spliced.length - 1}${part}`;
  }, '');
  const texts = whole
    .split(/[;\n]/)
    .map((t) => t.trim().replaceAll(/\s+/g, ' '))
    .filter((t) => t !== '');
  return { texts, spliced };
}

/** Instructions, as the kernel's log spells them. Throws for what is no instruction and for labels that are not there. */
export function asm(strings: TemplateStringsArray, ...values: readonly Value[]): Insn[] {
  const { texts, spliced } = pieces(strings, values);
  const labels = new Map<string, number>();
  const placed: { readonly text: string; readonly at: number }[] = [];
  let at = 0;
  for (let text of texts) {
    for (let label = /^([a-z_]\w*): ?/.exec(text); label !== null; label = /^([a-z_]\w*): ?/.exec(text)) {
      labels.set(label[1]!, at);
      text = text.slice(label[0].length);
    }
    if (text === '') continue;
    placed.push({ text, at });
    const splice = SPLICED.exec(text);
    at += splice === null ? (/ ll$/.test(text) ? 2 : 1) : spliced[Number(splice[1])]!.length;
  }
  return placed.flatMap(({ text, at: place }) => {
    const splice = SPLICED.exec(text);
    if (splice !== null) return spliced[Number(splice[1])]!;
    return statement(text, (to) => {
      if (/^pc[+-]/.test(to)) return number(to.slice(2));
      const target = labels.get(to);
      if (target === undefined) throw new Error(`no label ${to}: ${text}`);
      return target - place - 1;
    });
  });
}

/** The one instruction that a statement is. */
export function insn(strings: TemplateStringsArray, ...values: readonly Value[]): Insn {
  const [first, ...rest] = asm(strings, ...values);
  if (first === undefined || rest.length > 0) throw new Error('one instruction of one slot is meant');
  return first;
}
