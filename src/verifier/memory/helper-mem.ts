// SPDX-License-Identifier: GPL-2.0-only
/** Memory that a call reads or fills in. Facts: `kernel/bpf/verifier.c: check_helper_mem_access, check_mem_size_reg, check_mem_reg`. */
import { baseType, RegType } from '../../kernel/types';
import type { CallMeta } from '../call-meta';
import { isConst, smin, umax, umaxBig, umin, uminBig } from '../domain';
import { markArgPrecision } from '../engine';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import type { RegState } from '../state/reg';
import type { AccessType, MemAccess } from './access-type';
import { checkMemAccess } from './access';
import { checkPtrToBtfAccess } from './btf/pointer';
import { checkMapAccess, checkMapAccessType } from './map/access';
import { notNull } from './map/lookup';
import { checkPacketAccess } from './packet';
import { isNullReg, isRdonlyMem, mayBeNull } from '../state/reg-kinds';
import { checkBufferAccess, checkRegion } from './region';
import { MAX_VAR_OFF } from './stack/bounds';
import { checkStackRangeInitialized } from './stack/range';
import { argName } from '../arg-no';

/** Bytes of context that helpers of a syscall program may touch. */
const MAX_SYSCALL_CTX = 0xffff;

const MEMORY: ReadonlySet<number> = new Set([
  RegType.PTR_TO_PACKET,
  RegType.PTR_TO_PACKET_META,
  RegType.PTR_TO_MAP_KEY,
  RegType.PTR_TO_MAP_VALUE,
  RegType.PTR_TO_MEM,
  RegType.PTR_TO_BUF,
  RegType.PTR_TO_STACK,
  RegType.PTR_TO_BTF_ID,
  RegType.PTR_TO_CTX,
]);

function refuseWrite(env: VerifierEnv, reg: RegState, arg: ArgNo): never {
  return env.reject(Errno.EACCES, `${argName(arg)} cannot write into ${regTypeStr(reg.type)}\n`, undefined, { kind: 'read-only', arg });
}

/**
 * Requires that a call may read or write `accessSize` bytes from a register.
 * @param accessSize bytes; negative only for stack memory of global subprograms (see {@link checkStackRangeInitialized})
 * @param meta the call; null when it fills in no memory of its own
 */
export function checkHelperMemAccess(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  accessSize: number,
  access: AccessType,
  zeroSizeAllowed: boolean,
  meta: CallMeta | null,
): void {
  const rdonly = isRdonlyMem(reg.type);
  switch (baseType(reg.type)) {
    case RegType.PTR_TO_PACKET:
    case RegType.PTR_TO_PACKET_META:
      return checkPacketAccess(env, reg, arg, 0, accessSize, zeroSizeAllowed);
    case RegType.PTR_TO_MAP_KEY:
      if (access === 'write') refuseWrite(env, reg, arg);
      return checkRegion(env, reg, arg, 0, accessSize, reg.map.keySize, false);
    case RegType.PTR_TO_MAP_VALUE:
      checkMapAccessType(env, reg, 0, accessSize, access);
      return checkMapAccess(env, reg, arg, 0, accessSize, zeroSizeAllowed, 'helper');
    case RegType.PTR_TO_MEM:
      if (rdonly && access === 'write') refuseWrite(env, reg, arg);
      return checkRegion(env, reg, arg, 0, accessSize, reg.memSize, zeroSizeAllowed);
    case RegType.PTR_TO_BUF:
      if (rdonly && access === 'write') refuseWrite(env, reg, arg);
      return checkBufferAccess(env, reg, arg, 0, accessSize);
    case RegType.PTR_TO_STACK:
      return checkStackRangeInitialized(env, reg, arg, 0, accessSize, zeroSizeAllowed, access, meta);
    case RegType.PTR_TO_BTF_ID:
      return checkPtrToBtfAccess(env, reg, arg, 0, accessSize, env.kernel.features['helper.typedWrite'] ? access : 'read', -1);
    case RegType.PTR_TO_CTX:
      if (!env.kernel.features['ctx.memoryInSyscall']) {
        if (env.kernel.progType(env.progType)?.hasConvertCtxAccess === true) break;
        if (accessSize > 0) return checkMemAccess(env, env.insnIdx, reg, arg, accessSize - 1, 1, access, -1);
        if (zeroSizeAllowed) return;
        return env.reject(Errno.EACCES, '', undefined, { kind: 'argument-type', arg, callee: '', accepted: [RegType.PTR_TO_STACK] });
      }
      if (env.progType === env.kernel.constant('BPF_PROG_TYPE_SYSCALL')) {
        checkRegion(env, reg, arg, 0, accessSize, MAX_SYSCALL_CTX, zeroSizeAllowed);
        env.maxCtxOffset = Math.max(env.maxCtxOffset, umax(reg.val) + accessSize);
        return;
      }
  }
  if (zeroSizeAllowed && accessSize === 0 && isNullReg(reg)) return;
  env.reject(Errno.EACCES, `${argName(arg)} type=${regTypeStr(reg.type)} expected=${regTypeStr(RegType.PTR_TO_STACK)}\n`, undefined, {
    kind: 'argument-type',
    arg,
    callee: '',
    accepted: [RegType.PTR_TO_STACK],
  });
}

/** Whether a register points to memory whose extent is checked, rather than to no memory at all (`known_memory`). */
export function isMemory(reg: RegState): boolean {
  return MEMORY.has(baseType(reg.type));
}

function checkDirections(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  size: number,
  access: MemAccess,
  zeroSizeAllowed: boolean,
  meta: CallMeta | null,
): void {
  if (access !== 'write') checkHelperMemAccess(env, reg, arg, size, 'read', zeroSizeAllowed, meta);
  if (access !== 'read') checkHelperMemAccess(env, reg, arg, size, 'write', zeroSizeAllowed, meta);
}

/** Whether a register can be a size of memory: bounded, and not negative. */
export function sizeFits({ val }: RegState, zeroSizeAllowed: boolean): boolean {
  return smin(val) >= 0 && (umin(val) > 0 || zeroSizeAllowed) && umax(val) < MAX_VAR_OFF;
}

/**
 * A pair of arguments: memory and its size in a register. The size becomes precise; its maximum is kept in `meta.msizeMaxValue`
 * for the bound of the returned length.
 */
export function checkMemSizeReg(
  env: VerifierEnv,
  memReg: RegState,
  sizeReg: RegState,
  memArg: ArgNo,
  sizeArg: ArgNo,
  access: MemAccess,
  zeroSizeAllowed: boolean,
  meta: CallMeta,
): void {
  const { val } = sizeReg;
  meta.msizeMaxValue = umax(val);
  // with an unknown size the call may leave bytes alone: they must be initialised then
  const raw = isConst(val) ? meta : null;
  if (smin(val) < 0) {
    env.reject(Errno.EACCES, `${argName(sizeArg)} min value is negative, either use unsigned or 'var &= const'\n`, undefined, {
      kind: 'size-range',
      arg: sizeArg,
      how: 'negative',
    });
  }
  const { features } = env.kernel;
  if (umin(val) === 0 && !features['helper.zeroSizeTold']) checkDirections(env, memReg, memArg, 0, access, zeroSizeAllowed, raw);
  else if (umin(val) === 0 && !zeroSizeAllowed) {
    const text = `u64=[${BigInt.asIntN(64, uminBig(val))},${BigInt.asIntN(64, umaxBig(val))}]`;
    env.reject(Errno.EACCES, `${argName(sizeArg)} invalid zero-sized read: ${text}\n`, undefined, {
      kind: 'size-range',
      arg: sizeArg,
      how: 'zero',
    });
  }
  if (umax(val) >= MAX_VAR_OFF) {
    env.reject(Errno.EACCES, `${argName(sizeArg)} unbounded memory access, use 'var &= const' or 'if (var < const)'\n`, undefined, {
      kind: 'size-range',
      arg: sizeArg,
      how: 'unbounded',
    });
  }
  checkDirections(env, memReg, memArg, umax(val), access, zeroSizeAllowed, raw);
  markArgPrecision(env, sizeArg);
}

/**
 * An argument that is memory of a fixed size, or NULL (which then becomes precise).
 * @param meta the call, null for a global subprogram
 */
export function checkMemReg(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  memSize: number,
  access: MemAccess = 'read-write',
  meta: CallMeta | null = null,
): void {
  if (isNullReg(reg)) {
    markArgPrecision(env, arg);
    return;
  }
  if (memSize > 0x7fffffff)
    env.reject(Errno.EACCES, `${argName(arg)} memory size ${memSize} is too large\n`, undefined, {
      kind: 'size-range',
      arg,
      how: 'unbounded',
    });
  if (mayBeNull(reg.type) && !env.kernel.features['lookup.refined']) reg = notNull(env, reg);
  const ofGlobal = meta === null && baseType(reg.type) === RegType.PTR_TO_STACK;
  checkDirections(env, reg, arg, ofGlobal ? -memSize : memSize, access, true, meta);
}
