// SPDX-License-Identifier: GPL-2.0-only
/** Instructions as the kernel's log writes them. Facts: `kernel/bpf/disasm.c`. */
import type { Insn } from './insn';
import {
  Alu,
  aluOp,
  Atomic,
  Class,
  classOf,
  Jmp,
  jmpOp,
  LD_IMM64,
  Mode,
  modeOf,
  PseudoCall,
  PseudoLd,
  Size,
  sizeOf,
  Source,
  usesReg,
} from './opcode';

/** Names that the instruction alone does not tell. */
export interface InsnNames {
  /** `bpf_map_lookup_elem` for helper number 1; undefined for an unknown number. */
  helper(id: number): string | undefined;
  /** Name of the kfunc that a call names; undefined if it cannot be found. */
  kfunc(insn: Insn): string | undefined;
  /** What a 64-bit immediate load with a pseudo source loads, e.g. `map[counts]`; undefined to print the number. */
  immediate(insn: Insn): string | undefined;
  /** Given for people: where a jump leads, what a distance of a call means; then calls of helpers and kfuncs have no number. */
  readonly places?: { jump(distance: number): string; call(distance: number): string };
}

/** Operator of each ALU operation (`bpf_alu_string`). */
export const ALU_TEXT: Readonly<Record<number, string>> = {
  [Alu.ADD]: '+=',
  [Alu.SUB]: '-=',
  [Alu.MUL]: '*=',
  [Alu.DIV]: '/=',
  [Alu.OR]: '|=',
  [Alu.AND]: '&=',
  [Alu.LSH]: '<<=',
  [Alu.RSH]: '>>=',
  [Alu.NEG]: 'neg',
  [Alu.MOD]: '%=',
  [Alu.XOR]: '^=',
  [Alu.MOV]: '=',
  [Alu.ARSH]: 's>>=',
  [Alu.END]: 'endian',
};

const JMP_TEXT: Readonly<Record<number, string>> = {
  [Jmp.JA]: 'jmp',
  [Jmp.JEQ]: '==',
  [Jmp.JGT]: '>',
  [Jmp.JLT]: '<',
  [Jmp.JGE]: '>=',
  [Jmp.JLE]: '<=',
  [Jmp.JSET]: '&',
  [Jmp.JNE]: '!=',
  [Jmp.JSGT]: 's>',
  [Jmp.JSLT]: 's<',
  [Jmp.JSGE]: 's>=',
  [Jmp.JSLE]: 's<=',
  [Jmp.CALL]: 'call',
  [Jmp.EXIT]: 'exit',
};

const FETCH_TEXT: Readonly<Record<number, string>> = {
  [Atomic.ADD]: 'add',
  [Atomic.AND]: 'and',
  [Atomic.OR]: 'or',
  [Atomic.XOR]: 'xor',
};

const UNKNOWN_OP = '(null)';

/** `off` of the register move that converts between address spaces (`BPF_ADDR_SPACE_CAST`). */
const ADDR_SPACE_CAST = 1;

const hex2 = (code: number): string => code.toString(16).padStart(2, '0');
const plus = (n: number): string => (n < 0 ? String(n) : `+${n}`);

/** Where a jump goes: `pc+3` in the log. */
const goesTo = (distance: number, names: InsnNames): string => names.places?.jump(distance) ?? `pc${plus(distance)}`;

function sizeText(code: number): string {
  switch (sizeOf(code)) {
    case Size.W:
      return 'u32';
    case Size.H:
      return 'u16';
    case Size.B:
      return 'u8';
    default:
      return 'u64';
  }
}

/** Whether a division or modulo is the signed one. */
function isSignedDivMod(insn: Insn): boolean {
  const op = aluOp(insn.code);
  return (op === Alu.DIV || op === Alu.MOD) && insn.off === 1;
}

function aluText(insn: Insn): string {
  const { code, dst, src, imm, off } = insn;
  const is64 = classOf(code) === Class.ALU64;
  const op = aluOp(code);
  if (op === Alu.END) {
    const kind = is64 ? 'bswap' : usesReg(code) ? 'be' : 'le';
    return `r${dst} = ${kind}${imm} r${dst}`;
  }
  const r = is64 ? 'r' : 'w';
  if (op === Alu.NEG) return `${r}${dst} = -${r}${dst}`;
  const text = (isSignedDivMod(insn) ? 's' : '') + (ALU_TEXT[op] ?? UNKNOWN_OP);
  if (!usesReg(code)) return `${r}${dst} ${text} ${imm}`;
  if (is64 && op === Alu.MOV) {
    if (off === ADDR_SPACE_CAST) return `r${dst} = addr_space_cast(r${src}, ${imm >>> 16}, ${imm & 0xffff})`;
    if (off === -1) return `r${dst} = &(void __percpu *)(r${src})`;
  }
  const movsx = op === Alu.MOV && (off === 8 || off === 16 || off === 32) ? `(s${off})` : '';
  return `${r}${dst} ${text} ${movsx}${r}${src}`;
}

function atomicText(insn: Insn): string | null {
  const { code, dst, src, imm, off } = insn;
  const place = `(${sizeText(code)} *)(r${dst} ${plus(off)})`;
  const wide = sizeOf(code) === Size.DW ? '64' : '';
  switch (imm) {
    case Atomic.ADD:
    case Atomic.AND:
    case Atomic.OR:
    case Atomic.XOR:
      return `lock *${place} ${ALU_TEXT[imm]!} r${src}`;
    case Atomic.ADD | Atomic.FETCH:
    case Atomic.AND | Atomic.FETCH:
    case Atomic.OR | Atomic.FETCH:
    case Atomic.XOR | Atomic.FETCH:
      return `r${src} = atomic${wide}_fetch_${FETCH_TEXT[imm & 0xf0]!}(${place}, r${src})`;
    case Atomic.CMPXCHG:
      return `r0 = atomic${wide}_cmpxchg(${place}, r0, r${src})`;
    case Atomic.XCHG:
      return `r${src} = atomic${wide}_xchg(${place}, r${src})`;
    case Atomic.LOAD_ACQ:
      return `r${dst} = load_acquire((${sizeText(code)} *)(r${src} ${plus(off)}))`;
    case Atomic.STORE_REL:
      return `store_release(${place}, r${src})`;
    default:
      return null;
  }
}

/** `0x` and the digits of a 64-bit number given as two halves. */
function hex64(hi: number, lo: number): string {
  return `0x${((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString(16)}`;
}

function ldText(insn: Insn, next: Insn | undefined, names: InsnNames): string | null {
  const { code, dst, src, imm } = insn;
  switch (modeOf(code)) {
    case Mode.ABS:
      return `r0 = *(${sizeText(code)} *)skb[${imm}]`;
    case Mode.IND:
      return `r0 = *(${sizeText(code)} *)skb[r${src} + ${imm}]`;
    default:
      break;
  }
  if (code !== LD_IMM64) return null;
  const named = src === 0 || src === PseudoLd.FUNC ? undefined : names.immediate(insn);
  return `r${dst} = ${named ?? hex64(next?.imm ?? 0, imm)}`;
}

function callText(insn: Insn, names: InsnNames): string {
  const { places } = names;
  if (insn.src === PseudoCall.CALL) return `call ${places?.call(insn.imm) ?? `pc${plus(insn.imm)}`}`;
  const callee =
    insn.src === PseudoCall.KFUNC
      ? (names.kfunc(insn) ?? '<error>')
      : ((insn.src === PseudoCall.HELPER ? names.helper(insn.imm) : undefined) ?? 'unknown');
  return places === undefined ? `call ${callee}#${insn.imm}` : `call ${callee}`;
}

function jmpText(insn: Insn, names: InsnNames): string {
  const { code, dst, src, imm, off } = insn;
  const op = jmpOp(code);
  if (op === Jmp.CALL) return callText(insn, names);
  switch (code) {
    case Class.JMP | Jmp.JA:
      return `goto ${goesTo(off, names)}`;
    case Class.JMP | Jmp.JA | Source.X:
      return `gotox r${dst}`;
    case Class.JMP32 | Jmp.JA:
      return `gotol ${goesTo(imm, names)}`;
    case Class.JMP | Jmp.EXIT:
      return 'exit';
    default:
      break;
  }
  if (code === (Class.JMP | Jmp.JCOND) && src === 0) return `may_goto ${goesTo(off, names)}`;
  const r = classOf(code) === Class.JMP32 ? 'w' : 'r';
  const other = usesReg(code) ? `${r}${src}` : `0x${(imm >>> 0).toString(16)}`;
  return `if ${r}${dst} ${JMP_TEXT[op] ?? UNKNOWN_OP} ${other} goto ${goesTo(off, names)}`;
}

/**
 * One instruction without its code: `call bpf_map_lookup_elem#1`; null for a code that is no instruction.
 * @param next the following slot: upper half of a 64-bit immediate
 */
export function operationText(insn: Insn, next: Insn | undefined, names: InsnNames): string | null {
  const { code, dst, src, imm, off } = insn;
  const mode = modeOf(code);
  switch (classOf(code)) {
    case Class.ALU:
    case Class.ALU64:
      return aluText(insn);
    case Class.STX:
      if (mode === Mode.MEM) return `*(${sizeText(code)} *)(r${dst} ${plus(off)}) = r${src}`;
      return mode === Mode.ATOMIC ? atomicText(insn) : null;
    case Class.ST:
      if (mode === Mode.MEM) return `*(${sizeText(code)} *)(r${dst} ${plus(off)}) = ${imm}`;
      return mode === Mode.ATOMIC ? 'nospec' : null;
    case Class.LDX: {
      const signed = mode === Mode.MEMSX;
      if ((mode !== Mode.MEM && !signed) || (signed && sizeOf(code) === Size.DW)) return null;
      const size = signed ? sizeText(code).replace('u', 's') : sizeText(code);
      return `r${dst} = *(${size} *)(r${src} ${plus(off)})`;
    }
    case Class.LD:
      return ldText(insn, next, names);
    default:
      return jmpText(insn, names);
  }
}

/** What the log writes for codes of these classes that are no instructions. */
const BUG: Readonly<Record<number, string>> = { [Class.LD]: 'BUG_ld_', [Class.LDX]: 'BUG_ldx_', [Class.ST]: 'BUG_st_' };

/** The log's word for a code that is no instruction: `BUG_ldx_99`. */
export function bugText(insn: Insn): string {
  const cls = classOf(insn.code);
  return `${BUG[cls] ?? 'BUG_'}${hex2(insn.code)}`;
}

/**
 * One instruction in the log's spelling, e.g. `(85) call bpf_map_lookup_elem#1`.
 * @param next the following slot: upper half of a 64-bit immediate
 */
export function disassemble(insn: Insn, next: Insn | undefined, names: InsnNames): string {
  const text = operationText(insn, next, names);
  return text === null ? bugText(insn) : `(${hex2(insn.code)}) ${text}`;
}
