// SPDX-License-Identifier: GPL-2.0-only
/** Putting the value of a CO-RE relocation into its instruction. Rules: `tools/lib/bpf/relo_core.c: bpf_core_patch_insn`. */
import { isLdImm64, type Insn } from '../../isa/insn';
import { accessBytes, CALL, Class, classOf, Size, usesReg, withSize } from '../../isa/opcode';
import { LoadFailure } from '../failure';
import type { CoreValue } from './value';

/** `imm` of the call that takes the place of an instruction whose relocation has no target. */
export const POISON_CORE = 195896080;
const POISON: Insn = { code: CALL, dst: 0, src: 0, off: 0, imm: POISON_CORE };
const SHRT_MAX = 32767n;

const SIZE_CODES: ReadonlyMap<number, number> = new Map([
  [8, Size.DW],
  [4, Size.W],
  [2, Size.H],
  [1, Size.B],
]);

function unsigned(value: number): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

/** Patches `insns[index]` in place (two slots for a 64-bit load). Throws {@link LoadFailure} for what libbpf refuses. */
export function patchInsn(insns: Insn[], index: number, value: CoreValue): void {
  const insn = insns[index]!;
  const fail = (message: string): never => {
    throw new LoadFailure(`insn #${index}: ${message}`);
  };
  const check = (actual: bigint): void => {
    if (value.validate && actual !== value.original) {
      fail(`unexpected value: got ${actual}, exp ${value.original} -> ${value.value}`);
    }
  };
  switch (classOf(insn.code)) {
    case Class.ALU:
    case Class.ALU64:
      if (usesReg(insn.code)) {
        fail(`trying to relocate unrecognized insn, code:0x${insn.code.toString(16)}`);
      }
      if (value.poison) {
        insns[index] = POISON;
        return;
      }
      check(unsigned(insn.imm));
      insns[index] = { ...insn, imm: Number(BigInt.asIntN(32, value.value)) };
      return;
    case Class.LDX:
    case Class.ST:
    case Class.STX:
      patchAccess(insns, index, value, check, fail);
      return;
    case Class.LD: {
      const second = insns[index + 1];
      if (
        !isLdImm64(insn) ||
        insn.src !== 0 ||
        insn.off !== 0 ||
        second === undefined ||
        (second.code | second.dst | second.src | second.off) !== 0
      ) {
        return fail('LDIMM64 has unexpected form');
      }
      if (value.poison) {
        insns[index] = POISON;
        insns[index + 1] = POISON;
        return;
      }
      check(BigInt.asUintN(32, BigInt(insn.imm)) | (BigInt.asUintN(32, BigInt(second.imm)) << 32n));
      insns[index] = { ...insn, imm: Number(BigInt.asIntN(32, value.value)) };
      insns[index + 1] = { ...second, imm: Number(BigInt.asIntN(32, value.value >> 32n)) };
      return;
    }
    default:
      fail(`trying to relocate unrecognized insn, code:0x${insn.code.toString(16)}`);
  }
}

function patchAccess(
  insns: Insn[],
  index: number,
  value: CoreValue,
  check: (actual: bigint) => void,
  fail: (message: string) => never,
): void {
  const insn = insns[index]!;
  if (value.poison) {
    insns[index] = POISON;
    return;
  }
  check(unsigned(insn.off));
  if (value.value > SHRT_MAX) {
    fail(`(LDX/ST/STX) value too big: ${value.value}`);
  }
  if (value.badResize) {
    insns[index] = POISON;
    return;
  }
  let { code } = insn;
  if (value.size !== value.originalSize) {
    if (accessBytes(code) !== value.originalSize) {
      fail(`(LDX/ST/STX) unexpected mem size: got ${accessBytes(code)}, exp ${value.originalSize}`);
    }
    const size = SIZE_CODES.get(value.size);
    if (size === undefined) {
      return fail(`(LDX/ST/STX) invalid new mem size: ${value.size}`);
    }
    code = withSize(code, size);
  }
  insns[index] = { ...insn, code, off: Number(value.value) };
}
