// SPDX-License-Identifier: GPL-2.0-only
/** One load or store, by the type of its pointer. Facts: `kernel/bpf/verifier.c: check_mem_access`. */
import { baseType, Flag, RegType } from '../../kernel/types';
import { coerceToSize, coerceToSizeSx, isConst, umax } from '../domain';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import { isPointerValue, markUnknown } from '../regs';
import { FieldType } from '../state/map';
import type { RegState } from '../state/reg';
import type { AccessType } from './access-type';
import { checkAlignment } from './align';
import { checkPtrToBtfAccess, checkPtrToMapAccess } from './btf/pointer';
import { accessCtx } from './ctx/access';
import { checkFlowKeysAccess } from './ctx/flow-keys';
import { checkSockAccess } from './ctx/sock';
import { checkMapAccess, checkMapAccessType, loadMapValue } from './map/access';
import { recordFindField } from './map/fields';
import { checkKptrAccess } from './map/kptr';
import { checkPacketAccess, mayAccessPacket } from './packet';
import { isPacketPointer, isRdonlyMem, isSocketPointer, mayBeNull } from '../state/reg-kinds';
import { checkBufferAccess, checkRegion, checkTpBufferAccess } from './region';
import { unlinked } from './scalar-id';
import { checkStackBounds } from './stack/bounds';
import { checkStackRead } from './stack/read';
import { checkStackWrite } from './stack/write';
import { argName } from '../arg-no';

/** One access as its handlers see it. */
interface Access {
  readonly env: VerifierEnv;
  readonly insnIdx: number;
  readonly reg: RegState;
  readonly arg: ArgNo;
  /** Offset of the instruction. */
  readonly off: number;
  /** Bytes. */
  readonly size: number;
  readonly access: AccessType;
  /** Register stored or loaded, −1 for none. */
  readonly value: number;
  readonly isLdsx: boolean;
}

/** Refuses storing a pointer where users can see it. */
function refuseLeak(a: Access, where: string): void {
  if (a.access === 'write' && a.value >= 0 && isPointerValue(a.env, a.env.regs[a.value]!)) {
    a.env.reject(Errno.EACCES, `R${a.value} leaks addr into ${where}\n`, undefined, { kind: 'pointer-leak', arg: a.value, where });
  }
}

function refuseWrite(a: Access): void {
  if (a.access === 'write')
    a.env.reject(Errno.EACCES, `${argName(a.arg)} cannot write into ${regTypeStr(a.reg.type)}\n`, undefined, {
      kind: 'read-only',
      arg: a.arg,
    });
}

/** The loaded value is unknown. */
function loadUnknown(a: Access): void {
  if (a.access === 'read' && a.value >= 0) markUnknown(a.env, a.value);
}

function refuse(a: Access): never {
  return a.env.reject(
    Errno.EACCES,
    `${argName(a.arg)} invalid mem access '${regTypeStr(a.reg.type)}'\n`,
    () => why.invalidDeref(a.env, a.insnIdx, a.arg, a.reg),
    { kind: 'deref', arg: a.arg },
  );
}

function refuseUntrusted(a: Access): never {
  return a.env.reject(
    Errno.EPERM,
    `${regTypeStr(a.reg.type)} access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN\n`,
    () =>
      why.notPermitted(
        a.insnIdx,
        'read from untrusted read-only memory',
        'the access requires CAP_PERFMON',
        'Load the program with CAP_PERFMON, or avoid dereferencing untrusted pointers.',
      ),
    { kind: 'capability', name: 'CAP_PERFMON', callee: '' },
  );
}

function accessMapKey(a: Access): void {
  if (a.access === 'write')
    a.env.reject(Errno.EACCES, `write to change key ${argName(a.arg)} not allowed\n`, undefined, {
      kind: 'read-only',
      arg: a.arg,
    });
  checkRegion(a.env, a.reg, a.arg, a.off, a.size, a.reg.map.keySize, false);
  loadUnknown(a);
}

function accessMapValue(a: Access): void {
  refuseLeak(a, 'map');
  checkMapAccessType(a.env, a.reg, a.off, a.size, a.access);
  checkMapAccess(a.env, a.reg, a.arg, a.off, a.size, false, 'direct');
  const at = (a.off + a.reg.val.vLo) | 0;
  const kptr = isConst(a.reg.val) ? recordFindField(a.reg.map.record, at, FieldType.KPTR | FieldType.UPTR) : null;
  if (kptr !== null) checkKptrAccess(a.env, a.value, a.insnIdx, kptr);
  else if (a.access === 'read' && a.value >= 0) loadMapValue(a.env, a.reg, a.off, a.size, a.value, a.isLdsx);
}

function accessMem(a: Access): void {
  const { env, reg } = a;
  if (mayBeNull(reg.type)) refuse(a);
  const rdonly = isRdonlyMem(reg.type);
  if (rdonly) refuseWrite(a);
  refuseLeak(a, 'mem');
  // untrusted memory is read with fault protection, at any address
  const probed = rdonly && (reg.type & Flag.PTR_UNTRUSTED) !== 0;
  if (probed && !env.allowPtrLeaks) refuseUntrusted(a);
  if (!probed) checkRegion(env, reg, a.arg, a.off, a.size, reg.memSize, false);
  loadUnknown(a);
}

function accessPacket(a: Access): void {
  if (a.access === 'write' && !mayAccessPacket(a.env, null, 'write'))
    a.env.reject(Errno.EACCES, 'cannot write into packet\n', undefined, {
      kind: 'packet-write',
    });
  refuseLeak(a, 'packet');
  checkPacketAccess(a.env, a.reg, a.arg, a.off, a.size, false);
  loadUnknown(a);
}

function accessFlowKeys(a: Access): void {
  refuseLeak(a, 'flow keys');
  checkFlowKeysAccess(a.env, a.reg, a.arg, a.off, a.size);
  loadUnknown(a);
}

function accessSocket(a: Access): void {
  refuseWrite(a);
  checkSockAccess(a.env, a.reg, a.arg, a.off, a.size);
  loadUnknown(a);
}

function accessBuffer(a: Access): void {
  if (isRdonlyMem(a.reg.type)) refuseWrite(a);
  checkBufferAccess(a.env, a.reg, a.arg, a.off, a.size);
  loadUnknown(a);
}

/** Which handler the pointer's type asks for, but for the stack. Types with PTR_MAYBE_NULL mostly have none. */
function dispatch(a: Access): void {
  const { env, reg } = a;
  switch (reg.type) {
    case RegType.PTR_TO_MAP_KEY:
      return accessMapKey(a);
    case RegType.PTR_TO_MAP_VALUE:
      return accessMapValue(a);
    case RegType.PTR_TO_CTX:
      refuseLeak(a, 'ctx');
      return accessCtx(env, a.insnIdx, reg, a.arg, a.off, a.size, a.access, a.value, a.isLdsx);
    case RegType.PTR_TO_FLOW_KEYS:
      return accessFlowKeys(a);
    case RegType.PTR_TO_TP_BUFFER:
      checkTpBufferAccess(env, reg, a.arg, a.off, a.size);
      return loadUnknown(a);
    case RegType.CONST_PTR_TO_MAP:
      return checkPtrToMapAccess(env, reg, a.arg, a.off, a.size, a.access, a.value);
    case RegType.PTR_TO_ARENA:
      return loadUnknown(a);
  }
  const base = baseType(reg.type);
  if (base === RegType.PTR_TO_MEM) return accessMem(a);
  if (isPacketPointer(reg.type)) return accessPacket(a);
  if (isSocketPointer(reg.type)) return accessSocket(a);
  if (base === RegType.PTR_TO_BTF_ID && !mayBeNull(reg.type)) {
    return checkPtrToBtfAccess(env, reg, a.arg, a.off, a.size, a.access, a.value);
  }
  if (base === RegType.PTR_TO_BUF && !mayBeNull(reg.type)) return accessBuffer(a);
  return refuse(a);
}

/** The scalar that a load narrower than a register leaves. */
function narrow(env: VerifierEnv, dst: number, size: number, isLdsx: boolean): void {
  const reg = env.regs[dst]!;
  if (!isLdsx) {
    env.regs[dst] = reg.withVal(coerceToSize(reg.val, size));
    return;
  }
  // a value that changes by sign extension is no longer equal to what it is linked with
  const keeps = umax(reg.val) < 2 ** (size * 8 - 1);
  const extended = reg.withVal(coerceToSizeSx(reg.val, size));
  env.regs[dst] = keeps ? extended : unlinked(extended);
}

/**
 * Checks a load from or store to `reg + off` and makes the destination of a load what was read.
 * @param off offset of the instruction; the register's comes on top
 * @param size bytes: 1, 2, 4, 8
 * @param valueRegno register stored or loaded, −1 for none
 * @param strictAlignmentOnce atomics
 * @param isLdsx sign-extending load
 */
export function checkMemAccess(
  env: VerifierEnv,
  insnIdx: number,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  access: AccessType,
  valueRegno: number,
  strictAlignmentOnce = false,
  isLdsx = false,
): void {
  checkAlignment(env, reg, off, size, strictAlignmentOnce);
  if (reg.type === RegType.PTR_TO_STACK) {
    checkStackBounds(env, reg, arg, off, size, access);
    if (access === 'read') checkStackRead(env, reg, arg, off, size, valueRegno);
    else checkStackWrite(env, reg, off, size, valueRegno, insnIdx);
  } else {
    dispatch({ env, insnIdx, reg, arg, off, size, access, value: valueRegno, isLdsx });
  }
  if (access === 'read' && size < 8 && valueRegno >= 0 && env.regs[valueRegno]!.type === RegType.SCALAR_VALUE) {
    narrow(env, valueRegno, size, isLdsx);
  }
}
