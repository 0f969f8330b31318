// SPDX-License-Identifier: GPL-2.0-only
/** Which opcodes exist and which fields they leave zero. Facts: `kernel/bpf/verifier.c: check_insn_fields`, `core.c: BPF_INSN_MAP`. */
import { type Insn, isStackArgLoad, isStackArgStoreImm, isStackArgStoreReg } from '../../isa/insn';
import { Alu, aluOp, Class, classOf, Jmp, jmpOp, Mode, modeOf, Size, sizeOf, Source, STACK_ARG_REG, usesReg } from '../../isa/opcode';
import type { Features } from '../../kernel/features';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';

/** `off` of a MOV that converts between address spaces (`BPF_ADDR_SPACE_CAST`). */
export const ADDR_SPACE_CAST = 1;

/** 1 for each opcode that exists. */
const KNOWN_OPCODES = new Uint8Array(256);
for (const code of knownOpcodes()) KNOWN_OPCODES[code] = 1;

function knownOpcodes(): Set<number> {
  const known = new Set<number>();
  const alu = [Alu.ADD, Alu.SUB, Alu.AND, Alu.OR, Alu.LSH, Alu.RSH, Alu.XOR, Alu.MUL, Alu.MOV, Alu.ARSH, Alu.DIV, Alu.MOD];
  for (const cls of [Class.ALU, Class.ALU64]) {
    for (const op of alu) {
      known.add(cls | op | Source.X);
      known.add(cls | op | Source.K);
    }
    known.add(cls | Alu.NEG);
    known.add(cls | Alu.END);
  }
  known.add(Class.ALU | Alu.END | Source.X);
  const jmp = [Jmp.JEQ, Jmp.JNE, Jmp.JGT, Jmp.JLT, Jmp.JGE, Jmp.JLE, Jmp.JSGT, Jmp.JSLT, Jmp.JSGE, Jmp.JSLE, Jmp.JSET];
  for (const cls of [Class.JMP, Class.JMP32]) {
    for (const op of jmp) {
      known.add(cls | op | Source.X);
      known.add(cls | op | Source.K);
    }
    known.add(cls | Jmp.JA);
  }
  for (const op of [Jmp.CALL, Jmp.EXIT, Jmp.JA | Source.X, Jmp.JCOND]) known.add(Class.JMP | op);
  for (const size of [Size.B, Size.H, Size.W, Size.DW]) {
    known.add(Class.STX | Mode.ATOMIC | size);
    known.add(Class.STX | Mode.MEM | size);
    known.add(Class.ST | Mode.MEM | size);
    known.add(Class.LDX | Mode.MEM | size);
    if (size === Size.DW) continue;
    known.add(Class.LDX | Mode.MEMSX | size);
    known.add(Class.LD | Mode.ABS | size);
    known.add(Class.LD | Mode.IND | size);
  }
  known.add(Class.LD | Mode.IMM | Size.DW);
  return known;
}

/** Refuses register numbers beyond R10, but for R11 in stack-argument loads and stores. */
export function checkRegNumbers(env: VerifierEnv, insn: Insn, at: number): void {
  const onStack = env.kernel.features['isa.stackArgs'];
  if (insn.dst >= STACK_ARG_REG && !(onStack && (isStackArgStoreImm(insn) || isStackArgStoreReg(insn)))) {
    env.reject(Errno.EINVAL, `R${insn.dst} is invalid\n`, undefined, {
      kind: 'bad-instruction',
      name: `register ${insn.dst} does not exist`,
      at,
    });
  }
  if (insn.src >= STACK_ARG_REG && !(onStack && isStackArgLoad(insn)))
    env.reject(Errno.EINVAL, `R${insn.src} is invalid\n`, undefined, {
      kind: 'bad-instruction',
      name: `register ${insn.src} does not exist`,
      at,
    });
}

/** Refuses unknown opcodes, and loads with reserved fields that are not zero. Not for 64-bit immediate loads. */
export function checkOpcode(env: VerifierEnv, insn: Insn, at: number): void {
  const { features } = env.kernel;
  // sign-extending loads are known by name there, and refused for a field
  const isKnown = KNOWN_OPCODES[insn.code] === 1 && (isShipped(features, insn.code) || classOf(insn.code) === Class.LDX);
  if (!isKnown)
    env.reject(Errno.EINVAL, `unknown opcode ${insn.code.toString(16).padStart(2, '0')}\n`, undefined, {
      kind: 'bad-instruction',
      name: 'its opcode does not exist',
      at,
    });
  if (classOf(insn.code) === Class.LDX) checkReserved(env, insn, at);
}

/** Refuses a 64-bit immediate load whose offset is not zero. */
export function checkLdImm64Offset(env: VerifierEnv, insn: Insn): void {
  if (insn.off !== 0)
    env.reject(Errno.EINVAL, 'BPF_LD_IMM64 uses reserved fields\n', undefined, {
      kind: 'bad-instruction',
      name: 'fields are set that this instruction does not use',
    });
}

/** Refuses reserved fields that are not zero, which older kernels do when they come to the instruction. Not for 64-bit immediate loads. */
export function checkReserved(env: VerifierEnv, insn: Insn, at: number): void {
  const { features } = env.kernel;
  const early = features['jump.mayGotoZero'] ? '' : mayGotoComplaint(insn);
  const complaint = early || fieldComplaint(insn) || (features['isa.v4'] ? '' : v4Complaint(insn));
  if (complaint !== '')
    env.reject(Errno.EINVAL, `${complaint}\n`, undefined, {
      kind: 'bad-instruction',
      name: 'fields are set that this instruction does not use',
      at,
    });
}

/** Whether a kernel has an opcode that 7.3 has. */
function isShipped(features: Features, code: number): boolean {
  switch (code) {
    case Class.JMP | Jmp.JCOND:
      return features['isa.mayGoto'];
    case Class.JMP | Jmp.JA | Source.X:
      return features['isa.gotox'];
    case Class.ALU64 | Alu.END:
      return features['isa.v4'];
    case Class.STX | Mode.ATOMIC | Size.B:
    case Class.STX | Mode.ATOMIC | Size.H:
      return features['atomic.loadAcquire'];
    default:
      return true;
  }
}

/** What kernels whose may_goto must lead somewhere say of one, '' if it is as it should be. */
function mayGotoComplaint({ code, dst, src, off, imm }: Insn): string {
  const isOne = classOf(code) === Class.JMP && jmpOp(code) === Jmp.JCOND;
  return isOne && (usesReg(code) || src !== 0 || dst !== 0 || imm !== 0 || off === 0) ? `invalid may_goto off ${off} imm ${imm}` : '';
}

/** What kernels before cpu=v4 say of its instructions, '' for others. */
function v4Complaint({ code, off }: Insn): string {
  switch (classOf(code)) {
    case Class.LDX:
      return modeOf(code) !== Mode.MEM ? 'BPF_LDX uses reserved fields' : '';
    case Class.JMP32:
      return jmpOp(code) === Jmp.JA ? 'BPF_JA uses reserved fields' : '';
    case Class.ALU:
    case Class.ALU64: {
      const op = aluOp(code);
      return off === 0 || op === Alu.END || op === Alu.NEG
        ? ''
        : op === Alu.MOV
          ? 'BPF_MOV uses reserved fields'
          : 'BPF_ALU uses reserved fields';
    }
    default:
      return '';
  }
}

function fieldComplaint(insn: Insn): string {
  const mode = modeOf(insn.code);
  switch (classOf(insn.code)) {
    case Class.ALU:
    case Class.ALU64:
      return aluComplaint(insn);
    case Class.LDX:
      return (mode !== Mode.MEM && mode !== Mode.MEMSX) || insn.imm !== 0 ? 'BPF_LDX uses reserved fields' : '';
    case Class.STX:
      if (mode === Mode.ATOMIC) return '';
      return mode !== Mode.MEM || insn.imm !== 0 ? 'BPF_STX uses reserved fields' : '';
    case Class.ST:
      return mode !== Mode.MEM || insn.src !== 0 ? 'BPF_ST uses reserved fields' : '';
    case Class.JMP:
    case Class.JMP32:
      return jmpComplaint(insn);
    default:
      return ldComplaint(insn, mode);
  }
}

function ldComplaint(insn: Insn, mode: number): string {
  if (mode === Mode.ABS || mode === Mode.IND) {
    const reserved = insn.dst !== 0 || insn.off !== 0 || sizeOf(insn.code) === Size.DW || (mode === Mode.ABS && insn.src !== 0);
    return reserved ? 'BPF_LD_[ABS|IND] uses reserved fields' : '';
  }
  return mode === Mode.IMM ? '' : 'invalid BPF_LD mode';
}

function aluComplaint(insn: Insn): string {
  const { code, src, off, imm } = insn;
  const op = aluOp(code);
  const fromReg = usesReg(code);
  switch (op) {
    case Alu.NEG:
      return fromReg || src !== 0 || off !== 0 || imm !== 0 ? 'BPF_NEG uses reserved fields' : '';
    case Alu.END: {
      const width = imm === 16 || imm === 32 || imm === 64;
      return src !== 0 || off !== 0 || !width || (classOf(code) === Class.ALU64 && fromReg) ? 'BPF_END uses reserved fields' : '';
    }
    case Alu.MOV:
      return movComplaint(insn, fromReg);
    default: {
      const signedDivision = off === 1 && (op === Alu.MOD || op === Alu.DIV);
      const reserved = (fromReg ? imm !== 0 : src !== 0) || (off !== 0 && !signedDivision);
      return reserved ? 'BPF_ALU uses reserved fields' : '';
    }
  }
}

function movComplaint(insn: Insn, fromReg: boolean): string {
  const { code, src, off, imm } = insn;
  const reserved = 'BPF_MOV uses reserved fields';
  if (!fromReg) return src !== 0 || off !== 0 ? reserved : '';
  if (classOf(code) === Class.ALU) return (off !== 0 && off !== 8 && off !== 16) || imm !== 0 ? reserved : '';
  if (off === ADDR_SPACE_CAST) {
    return imm !== 1 && imm !== 1 << 16 ? 'addr_space_cast insn can only convert between address space 1 and 0' : '';
  }
  return (off !== 0 && off !== 8 && off !== 16 && off !== 32) || imm !== 0 ? reserved : '';
}

function jmpComplaint(insn: Insn): string {
  const { code, dst, src, off, imm } = insn;
  const fromReg = usesReg(code);
  const wide = classOf(code) === Class.JMP;
  switch (jmpOp(code)) {
    case Jmp.CALL:
      return fromReg || (src !== 2 && off !== 0) || src > 2 || dst !== 0 || !wide ? 'BPF_CALL uses reserved fields' : '';
    case Jmp.JA:
      if (fromReg) return src !== 0 || imm !== 0 || off !== 0 ? 'BPF_JA|BPF_X uses reserved fields' : '';
      return src !== 0 || dst !== 0 || (wide ? imm !== 0 : off !== 0) ? 'BPF_JA uses reserved fields' : '';
    case Jmp.EXIT:
      return fromReg || imm !== 0 || src !== 0 || dst !== 0 || !wide ? 'BPF_EXIT uses reserved fields' : '';
    case Jmp.JCOND:
      return code !== (Class.JMP | Jmp.JCOND) || src !== 0 || dst !== 0 || imm !== 0 ? `invalid may_goto imm ${imm}` : '';
    default:
      return (fromReg ? imm !== 0 : src !== 0) ? 'BPF_JMP/JMP32 uses reserved fields' : '';
  }
}
