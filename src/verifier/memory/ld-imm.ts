// SPDX-License-Identifier: GPL-2.0-only
/** 64-bit immediate loads. Facts: `kernel/bpf/verifier.c: check_ld_imm`. */
import { Linkage } from '../../btf/types';
import { calledSlot } from '../../isa/flow';
import type { Insn } from '../../isa/insn';
import { PseudoLd, Size, sizeOf } from '../../isa/opcode';
import { baseType, RegType } from '../../kernel/types';
import { constNumber, constScalar } from '../domain';
import { regPlace } from '../diag';
import type { VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkRegWrite, unknownScalar } from '../regs';
import { mapValueReg, objectReg, scalarReg } from '../state/reg';
import { loadPointer } from './load-result';
import { findSubprog } from '../prepass/subprog-table';

function loadFunction(env: VerifierEnv, insn: Insn): void {
  const subprogno = findSubprog(env, calledSlot(insn, env.insnIdx));
  if (env.given.funcInfo.length === 0)
    env.reject(Errno.EINVAL, 'missing btf func_info\n', undefined, {
      kind: 'callback-function',
      how: 'types',
    });
  if (env.subprogs[subprogno]?.linkage !== Linkage.STATIC)
    env.reject(Errno.EINVAL, 'callback function not static\n', undefined, {
      kind: 'callback-function',
      how: 'global',
    });
  if (subprogno === 0)
    env.reject(Errno.EINVAL, 'callback function cannot be the main program\n', undefined, {
      kind: 'callback-function',
      how: 'main',
    });
  loadPointer(env, insn.dst, RegType.PTR_TO_FUNC, { num: subprogno });
}

function loadVariable(env: VerifierEnv, insn: Insn): void {
  const variable = env.aux.rare(env.insnIdx).btfVar;
  if (variable === null) return env.unmodelled('unresolved BTF variable');
  switch (baseType(variable.regType)) {
    case RegType.PTR_TO_MEM:
      loadPointer(env, insn.dst, variable.regType, { num: variable.memSize });
      break;
    case RegType.PTR_TO_BTF_ID:
      loadPointer(env, insn.dst, variable.regType, { obj: variable.btf, num2: variable.btfId });
      break;
    default:
      env.reject(Errno.EFAULT, 'verifier bug: pseudo btf id: unexpected dst reg type\n');
  }
}

/** `dst = imm64`: a constant, or a map, a map value, a kernel variable, a function. */
export function checkLdImm64(env: VerifierEnv, insn: Insn): void {
  if (sizeOf(insn.code) !== Size.DW)
    env.reject(Errno.EINVAL, 'invalid BPF_LD_IMM insn\n', undefined, {
      kind: 'bad-instruction',
      name: 'the 64-bit load is not valid',
    });
  checkRegWrite(env, insn.dst);
  env.diag?.begin(regPlace(env.frame, insn.dst));
  load(env, insn);
  env.diag?.end();
}

function load(env: VerifierEnv, insn: Insn): void {
  if (insn.src === 0) {
    const high = env.insns[env.insnIdx + 1]!.imm;
    env.regs[insn.dst] = scalarReg(constScalar(high, insn.imm)).withPrecise(env.regs[insn.dst]!.precise);
    return;
  }
  if (insn.src === PseudoLd.BTF_ID) return loadVariable(env, insn);
  if (insn.src === PseudoLd.FUNC) return loadFunction(env, insn);

  const { map, mapOff } = env.aux.rare(env.insnIdx);
  if (map === null) return env.unmodelled('unresolved map');
  if (insn.src === PseudoLd.MAP_VALUE || insn.src === PseudoLd.MAP_IDX_VALUE) {
    if (map.type === env.mapTypes.arena) {
      env.regs[insn.dst] = unknownScalar(env).with({ obj: map });
    } else {
      env.regs[insn.dst] = mapValueReg(map, constNumber(mapOff), env.regs[insn.dst]!.precise);
    }
  } else if (insn.src === PseudoLd.MAP_FD || insn.src === PseudoLd.MAP_IDX) {
    env.regs[insn.dst] = objectReg(RegType.CONST_PTR_TO_MAP, map, 0, 0, 0, env.regs[insn.dst]!.precise);
  } else {
    env.reject(Errno.EFAULT, 'verifier bug: unexpected src reg value for ldimm64\n');
  }
}
