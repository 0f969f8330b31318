// SPDX-License-Identifier: GPL-2.0-only
/**
 * Bytes of stack that a helper or kfunc touches through one argument, before anything is executed.
 * Facts: `kernel/bpf/verifier.c: bpf_helper_stack_access_bytes`, `bpf_kfunc_stack_access_bytes`.
 */
import { Kind, type Btf, type BtfParam } from '../../btf/types';
import { resolveSize, skipModifiers, skipModsAndTypedefs } from '../../btf/util';
import type { Insn } from '../../isa/insn';
import { MAX_STACK } from '../../isa/opcode';
import { Kf, type CallerContext, type HelperProto } from '../../kernel/profile';
import { ArgType, baseType, Flag } from '../../kernel/types';
import type { VerifierEnv } from '../env';
import { kfuncFacts } from './kfunc-facts';

/** Some bytes from the argument up to the frame pointer are read. */
export const UNKNOWN_BYTES = Number.NEGATIVE_INFINITY;
/** Bytes of a dynptr on the stack (`BPF_DYNPTR_SIZE`). */
const DYNPTR_BYTES = 16;

/** Positive: that many bytes are read; negative: that many are initialised; 0: none; or {@link UNKNOWN_BYTES}. `arg` from 0. */
export function helperStackBytes(env: VerifierEnv, insn: Insn, arg: number, insnIdx: number, caller: CallerContext): number {
  const proto = env.kernel.helperProto(insn.imm, caller);
  const type = proto?.args[arg]?.type;
  if (proto === null || type === undefined) return UNKNOWN_BYTES;
  const size = argBytes(env, proto, arg, type, insnIdx);
  return size !== UNKNOWN_BYTES && (type & Flag.MEM_UNINIT) !== 0 ? -size : size;
}

function argBytes(env: VerifierEnv, proto: HelperProto, arg: number, type: number, insnIdx: number): number {
  switch (baseType(type)) {
    case ArgType.PTR_TO_MAP_KEY:
    case ArgType.PTR_TO_MAP_VALUE:
      return mapBytes(env, proto, arg, baseType(type) === ArgType.PTR_TO_MAP_KEY, insnIdx);
    case ArgType.PTR_TO_MEM: {
      if ((type & Flag.MEM_FIXED_SIZE) !== 0) return proto.args[arg]!.size;
      const next = proto.args[arg + 1]?.type;
      if (next !== ArgType.MEM_SIZE && next !== ArgType.MEM_SIZE_OR_ZERO) return UNKNOWN_BYTES;
      const known = constArg(env, insnIdx, arg + 1);
      if (known !== null) return known;
      return (type & Flag.MEM_UNINIT) !== 0 ? 0 : MAX_STACK;
    }
    case ArgType.PTR_TO_DYNPTR:
      return DYNPTR_BYTES;
    case ArgType.PTR_TO_STACK:
      return 0; // what the callback does there is its own matter
    default:
      return UNKNOWN_BYTES;
  }
}

/** Constant in the register of argument `arg` (from 0), null if it is not one. */
function constArg(env: VerifierEnv, insnIdx: number, arg: number): number | null {
  const { constants } = env;
  return (constants.scalars(insnIdx) & (1 << (arg + 1))) !== 0 ? constants.value(insnIdx, arg + 1) >>> 0 : null;
}

function mapBytes(env: VerifierEnv, proto: HelperProto, arg: number, isKey: boolean, insnIdx: number): number {
  const mapArg = proto.args.findIndex((a) => baseType(a.type) === ArgType.CONST_MAP_PTR);
  if (mapArg >= 0 && mapArg < arg && (env.constants.maps(insnIdx) & (1 << (mapArg + 1))) !== 0) {
    const map = env.usedMaps[env.constants.value(insnIdx, mapArg + 1)];
    if (map !== undefined) return isKey ? map.keySize : map.valueSize;
  }
  let largest = 0;
  for (const map of env.usedMaps) {
    for (const m of map.inner === null ? [map] : [map, map.inner]) largest = Math.max(largest, isKey ? m.keySize : m.valueSize);
  }
  return largest === 0 ? UNKNOWN_BYTES : largest;
}

/** The same for a kfunc. */
export function kfuncStackBytes(env: VerifierEnv, insn: Insn, arg: number, insnIdx: number): number {
  const kfunc = kfuncFacts(env, insn);
  if (kfunc === null) return UNKNOWN_BYTES;
  const { btf } = kfunc;
  const { params } = kfunc.proto;
  const param = params[arg];
  if (param === undefined) return 0;
  const type = skipModsAndTypedefs(btf, param.type);
  if (type?.kind !== Kind.PTR) return 0;

  let size: number;
  const next = params[arg + 1];
  if (pointsToDynptr(btf, type.type)) {
    size = DYNPTR_BYTES;
  } else if (next !== undefined && isSizeParam(next)) {
    const known = constArg(env, insnIdx, arg + 1);
    if (known === null) return MAX_STACK;
    size = known;
  } else {
    const resolved = resolveSize(btf, skipModifiers(btf, type.type));
    if (resolved === null) return UNKNOWN_BYTES;
    size = resolved;
  }
  const initialises = (arg === 0 && (kfunc.flags & Kf.ITER_NEW) !== 0) || hasSuffix(param, '__uninit');
  return initialises ? -size : size;
}

function isSizeParam(param: BtfParam): boolean {
  return hasSuffix(param, '__sz') || hasSuffix(param, '__szk');
}

function hasSuffix(param: BtfParam, suffix: string): boolean {
  return param.name.length > suffix.length && param.name.endsWith(suffix);
}

function pointsToDynptr(btf: Btf, id: number): boolean {
  const target = skipModsAndTypedefs(btf, id);
  return target?.kind === Kind.STRUCT && target.name === 'bpf_dynptr';
}
