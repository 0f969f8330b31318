// SPDX-License-Identifier: GPL-2.0-only
/** What a kernel must have for a program to come as far as its verifier's own rules: older ones lack instructions, functions, maps. */
import { Kind } from '../../../src/btf/types';
import { type Insn, isLdImm64 } from '../../../src/isa/insn';
import {
  Alu,
  aluOp,
  Atomic,
  CALL,
  Class,
  classOf,
  Jmp,
  jmpOp,
  Mode,
  modeOf,
  PseudoCall,
  Source,
  STACK_ARG_REG,
} from '../../../src/isa/opcode';
import type { KernelProfile } from '../../../src/kernel/profile';
import type { Item, Link } from '../program';
import { MAPS } from '../types';

/** Instructions of cpu=v4. */
function isV4({ code, off, imm, src }: Insn): boolean {
  switch (classOf(code)) {
    case Class.LDX:
      return modeOf(code) === Mode.MEMSX;
    case Class.JMP32:
      return jmpOp(code) === Jmp.JA;
    case Class.ALU64:
      if (aluOp(code) === Alu.END) return true;
      break;
    case Class.ALU:
      break;
    default:
      return false;
  }
  const op = aluOp(code);
  return off !== 0 && (op === Alu.DIV || op === Alu.MOD || (op === Alu.MOV && (src !== 0 || imm !== 0)));
}

function knowsInsn({ features }: KernelProfile, insn: Insn): boolean {
  const { code, imm } = insn;
  if (isLdImm64(insn)) return true;
  if (isV4(insn) && !features['isa.v4']) return false;
  if (classOf(code) === Class.JMP) {
    if (jmpOp(code) === Jmp.JCOND) return features['isa.mayGoto'];
    if (code === (Class.JMP | Jmp.JA | Source.X)) return features['isa.gotox'];
  }
  if (classOf(code) === Class.STX && modeOf(code) === Mode.ATOMIC && (imm === Atomic.LOAD_ACQ || imm === Atomic.STORE_REL))
    return features['atomic.loadAcquire'];
  return features['isa.stackArgs'] || (insn.dst !== STACK_ARG_REG && insn.src !== STACK_ARG_REG);
}

function knowsLink(kernel: KernelProfile, { kind, name }: Link): boolean {
  const named = (type: Kind): boolean => [kernel.btf, ...kernel.modules].some((btf) => btf.findByNameKind(name, type) > 0);
  switch (kind) {
    case 'map':
      return kernel.mapType(MAPS[name]!.type) !== undefined;
    case 'kfunc':
      return named(Kind.FUNC);
    case 'ksym':
      return named(Kind.VAR);
    default:
      return true;
  }
}

/** Whether a kernel has everything that these instructions name. */
export function fits(kernel: KernelProfile, items: readonly Pick<Item, 'insn' | 'link'>[]): boolean {
  return items.every(
    ({ insn, link }) =>
      knowsInsn(kernel, insn) &&
      (link === undefined || knowsLink(kernel, link)) &&
      (insn.code !== CALL || insn.src !== PseudoCall.HELPER || insn.imm < kernel.helperCount),
  );
}
