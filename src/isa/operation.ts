// SPDX-License-Identifier: GPL-2.0-only
/** What an instruction is, as data: class, kind, name of the operation. From the opcode alone; names as RFC 9669 has them, in small letters. */
import type { Insn } from './insn';
import { Alu, aluOp, Atomic, Class, classOf, Jmp, jmpOp, LD_IMM64, Mode, modeOf, Size, sizeOf, usesReg } from './opcode';

/** Instruction class, low three bits of the opcode. */
export type OpcodeClass = 'ld' | 'ldx' | 'st' | 'stx' | 'alu' | 'jmp' | 'jmp32' | 'alu64';

/** What kind of thing an instruction does. */
export type OperationKind =
  /** Arithmetic, moves and byte swaps. */
  | 'alu'
  /** A 64-bit constant: number, map, map value, function, kernel symbol. */
  | 'constant'
  | 'load'
  /** The old loads of packet bytes (BPF_ABS, BPF_IND). */
  | 'packet'
  | 'store'
  | 'atomic'
  /** The speculation barrier that the verifier puts in. */
  | 'nospec'
  | 'goto'
  /** A jump that depends on a comparison. */
  | 'branch'
  /** The jump that is taken once the budget of loops is used up. */
  | 'may_goto'
  | 'call'
  | 'exit'
  /** A code that is no instruction. */
  | 'unknown';

const ALU_NAMES = {
  [Alu.ADD]: 'add',
  [Alu.SUB]: 'sub',
  [Alu.MUL]: 'mul',
  [Alu.DIV]: 'div',
  [Alu.OR]: 'or',
  [Alu.AND]: 'and',
  [Alu.LSH]: 'lsh',
  [Alu.RSH]: 'rsh',
  [Alu.NEG]: 'neg',
  [Alu.MOD]: 'mod',
  [Alu.XOR]: 'xor',
  [Alu.MOV]: 'mov',
  [Alu.ARSH]: 'arsh',
  [Alu.END]: 'end',
} as const;

const BRANCH_NAMES = {
  [Jmp.JEQ]: 'jeq',
  [Jmp.JGT]: 'jgt',
  [Jmp.JGE]: 'jge',
  [Jmp.JSET]: 'jset',
  [Jmp.JNE]: 'jne',
  [Jmp.JSGT]: 'jsgt',
  [Jmp.JSGE]: 'jsge',
  [Jmp.JLT]: 'jlt',
  [Jmp.JLE]: 'jle',
  [Jmp.JSLT]: 'jslt',
  [Jmp.JSLE]: 'jsle',
} as const;

const ATOMIC_NAMES = {
  [Atomic.ADD]: 'add',
  [Atomic.OR]: 'or',
  [Atomic.AND]: 'and',
  [Atomic.XOR]: 'xor',
  [Atomic.ADD | Atomic.FETCH]: 'fetch_add',
  [Atomic.OR | Atomic.FETCH]: 'fetch_or',
  [Atomic.AND | Atomic.FETCH]: 'fetch_and',
  [Atomic.XOR | Atomic.FETCH]: 'fetch_xor',
  [Atomic.XCHG]: 'xchg',
  [Atomic.CMPXCHG]: 'cmpxchg',
  [Atomic.LOAD_ACQ]: 'load_acquire',
  [Atomic.STORE_REL]: 'store_release',
} as const;

type NameOf<T> = T[keyof T];

/** Name of an operation. */
export type OperationName =
  | NameOf<typeof ALU_NAMES>
  | NameOf<typeof BRANCH_NAMES>
  | NameOf<typeof ATOMIC_NAMES>
  /** Signed division and modulo; a move that extends the sign; byte orders; the two moves that convert a pointer. */
  | 'sdiv'
  | 'smod'
  | 'movsx'
  | 'le'
  | 'be'
  | 'bswap'
  | 'addr_space_cast'
  | 'mov_percpu'
  /** Loads and stores: of memory, sign-extending, of a constant, of packet bytes. */
  | 'ld_imm64'
  | 'ldx'
  | 'ldxsx'
  | 'ld_abs'
  | 'ld_ind'
  | 'st'
  | 'stx'
  | 'nospec'
  /** Jumps: by 16 and by 32 bits, by register, by budget. */
  | 'ja'
  | 'gotol'
  | 'gotox'
  | 'may_goto'
  | 'call'
  | 'exit'
  | 'unknown';

/** An opcode in words. */
export interface Decoded {
  readonly class: OpcodeClass;
  readonly kind: OperationKind;
  readonly name: OperationName;
}

const CLASSES: readonly OpcodeClass[] = ['ld', 'ldx', 'st', 'stx', 'alu', 'jmp', 'jmp32', 'alu64'];

const UNKNOWN = { kind: 'unknown', name: 'unknown' } as const;

/** `off` of the register moves that convert a pointer: to another address space, to this CPU's copy. */
const ADDR_SPACE_CAST = 1;
const MOV_PERCPU = -1;

type What = Pick<Decoded, 'kind' | 'name'>;

function named<T extends OperationName>(kind: OperationKind, names: Readonly<Record<number, T>>, op: number): What {
  const name = names[op];
  return name === undefined ? UNKNOWN : { kind, name };
}

function alu(insn: Insn): What {
  const op = aluOp(insn.code);
  const fromReg = usesReg(insn.code);
  const is64 = classOf(insn.code) === Class.ALU64;
  if (op === Alu.END) return { kind: 'alu', name: is64 ? 'bswap' : fromReg ? 'be' : 'le' };
  if (op === Alu.MOV && fromReg) {
    if (is64 && insn.off === ADDR_SPACE_CAST) return { kind: 'alu', name: 'addr_space_cast' };
    if (is64 && insn.off === MOV_PERCPU) return { kind: 'alu', name: 'mov_percpu' };
    return { kind: 'alu', name: insn.off === 8 || insn.off === 16 || insn.off === 32 ? 'movsx' : 'mov' };
  }
  if (insn.off === 1 && op === Alu.DIV) return { kind: 'alu', name: 'sdiv' };
  if (insn.off === 1 && op === Alu.MOD) return { kind: 'alu', name: 'smod' };
  return named('alu', ALU_NAMES, op);
}

function jump(insn: Insn): What {
  const op = jmpOp(insn.code);
  const wide = classOf(insn.code) === Class.JMP;
  switch (op) {
    case Jmp.JA:
      return { kind: 'goto', name: !wide ? 'gotol' : usesReg(insn.code) ? 'gotox' : 'ja' };
    case Jmp.CALL:
      return wide ? { kind: 'call', name: 'call' } : UNKNOWN;
    case Jmp.EXIT:
      return wide ? { kind: 'exit', name: 'exit' } : UNKNOWN;
    case Jmp.JCOND:
      return { kind: 'may_goto', name: 'may_goto' };
    default:
      return named('branch', BRANCH_NAMES, op);
  }
}

function memory(insn: Insn): What {
  const mode = modeOf(insn.code);
  switch (classOf(insn.code)) {
    case Class.LD:
      if (insn.code === LD_IMM64) return { kind: 'constant', name: 'ld_imm64' };
      return mode === Mode.ABS ? { kind: 'packet', name: 'ld_abs' } : mode === Mode.IND ? { kind: 'packet', name: 'ld_ind' } : UNKNOWN;
    case Class.LDX:
      if (mode === Mode.MEMSX) return sizeOf(insn.code) === Size.DW ? UNKNOWN : { kind: 'load', name: 'ldxsx' };
      return mode === Mode.MEM ? { kind: 'load', name: 'ldx' } : UNKNOWN;
    case Class.ST:
      return mode === Mode.MEM ? { kind: 'store', name: 'st' } : mode === Mode.ATOMIC ? { kind: 'nospec', name: 'nospec' } : UNKNOWN;
    default:
      return mode === Mode.MEM ? { kind: 'store', name: 'stx' } : mode === Mode.ATOMIC ? named('atomic', ATOMIC_NAMES, insn.imm) : UNKNOWN;
  }
}

/** Class, kind and name of an instruction. Codes that are none are `unknown`. */
export function decode(insn: Insn): Decoded {
  const cls = classOf(insn.code);
  const what = cls === Class.ALU || cls === Class.ALU64 ? alu(insn) : cls === Class.JMP || cls === Class.JMP32 ? jump(insn) : memory(insn);
  return { class: CLASSES[cls]!, ...what };
}
