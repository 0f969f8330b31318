// SPDX-License-Identifier: GPL-2.0-only
/** Arguments of helper calls. Facts: `kernel/bpf/verifier.c: check_func_arg`. */
import { words } from '../../kernel/words';
import { Kind } from '../../btf/types';
import { ArgType, baseType, Flag } from '../../kernel/types';
import type { HelperArg } from '../../kernel/profile';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { checkHelperMemAccess, checkMemReg, checkMemSizeReg } from '../memory';
import type { AccessType } from '../memory/access-type';
import { checkAlignment } from '../memory/align';
import { mayAccessPacket } from '../memory/packet';
import { isNullReg, isPacketPointer, mayBeNull } from '../state/reg-kinds';
import { processDynptr } from '../objects/dynptr';
import { processKptr } from '../objects/kptr';
import { processSpinLock } from '../objects/lock';
import { processTimer } from '../objects/timer';
import { checkRegRead, isPointerValue } from '../regs';
import type { BpfMap } from '../state/map';
import type { RegState } from '../state/reg';
import { checkKeptLock } from './callbacks';
import { markArgPrecision, processConstAllocMemSize } from './const-arg';
import { checkArgConstStr } from './conststr';
import { canElideNullness, constantMapKey } from './map-key';
import { updateRefObj, type CallMeta } from '../call-meta';
import { checkFuncArgRegOff, checkRegType, type ArgBtfId } from './regtype';
import { regIsReferenced } from '../objects/lookup';
import { argName } from '../arg-no';

/** Notes the map of a map pointer argument; a timer or work of another map is refused (`process_map_ptr_arg`). */
export function processMapPtrArg(env: VerifierEnv, reg: RegState, arg: ArgNo, meta: CallMeta): void {
  const known = meta.map.ptr;
  if (known !== null && (known !== reg.map || meta.map.uid !== reg.mapUid)) {
    const object = (known.record?.timerOff ?? -1) >= 0 ? 'timer' : (known.record?.taskWorkOff ?? -1) >= 0 ? 'bpf_task_work' : 'workqueue';
    env.reject(
      Errno.EINVAL,
      `${object} pointer in ${argName(Math.abs(arg) - 1)} map_uid=${meta.map.uid} doesn't match map pointer in ${argName(arg)} map_uid=${reg.mapUid}\n`,
      undefined,
      {
        kind: 'other-map',
        arg,
        map: reg.map,
        other: known,
        name: object,
      },
    );
  }
  meta.map.ptr = reg.map;
  meta.map.uid = reg.mapUid;
}

/** The map that an earlier argument passed. */
function mapOf(env: VerifierEnv, meta: CallMeta, what: string): BpfMap {
  return meta.map.ptr ?? env.reject(Errno.EFAULT, `verifier bug: invalid map_ptr to access map->${what}\n`);
}

/** What a map value argument means for this map (`resolve_map_arg_type`). */
function resolveMapArgType(env: VerifierEnv, meta: CallMeta, argType: number): number {
  const { type } = mapOf(env, meta, 'type');
  const { mapTypes } = env;
  if (type === mapTypes.sockmap || type === mapTypes.sockhash) {
    if (argType === ArgType.PTR_TO_MAP_VALUE) return ArgType.PTR_TO_BTF_ID_SOCK_COMMON;
    env.reject(Errno.EINVAL, 'invalid arg_type for sockmap/sockhash\n', undefined, {
      kind: 'map-type',
      callee: meta.funcName,
      map: mapOf(env, meta, 'type'),
    });
  }
  // a bloom filter reads the value that is asked for
  return type === mapTypes.bloomFilter && meta.behaviour === 'map_peek_elem' ? ArgType.PTR_TO_MAP_VALUE : argType;
}

/** The kernel type that an argument names. */
function argBtfId(env: VerifierEnv, argType: number, { btfNames }: HelperArg): ArgBtfId {
  const base = baseType(argType);
  if ((base !== ArgType.PTR_TO_BTF_ID && base !== ArgType.PTR_TO_SPIN_LOCK) || btfNames === null) return null;
  const name = btfNames[0];
  if (name === undefined) return null;
  // a type that this kernel was built without has id 0
  return name === '*' ? 'poison' : Math.max(0, env.kernel.btf.findByNameKind(name, Kind.STRUCT));
}

function direction(argType: number): AccessType {
  return (argType & Flag.MEM_WRITE) !== 0 ? 'write' : 'read';
}

function checkMapKey(env: VerifierEnv, regno: number, meta: CallMeta): void {
  const map = mapOf(env, meta, 'key');
  checkHelperMemAccess(env, env.regs[regno]!, regno, map.keySize, 'read', false, null);
  if (canElideNullness(env, map)) meta.constMapKey = constantMapKey(env, env.regs[regno]!, map.keySize);
}

function checkMapValue(env: VerifierEnv, regno: number, argType: number, meta: CallMeta): void {
  const reg = env.regs[regno]!;
  if (mayBeNull(argType) && isNullReg(reg)) return;
  const map = mapOf(env, meta, 'value');
  if (meta.behaviour === 'map_peek_elem' && map.type === env.mapTypes.bloomFilter) meta.argRawMem.regno = 0;
  checkHelperMemAccess(env, reg, regno, map.valueSize, direction(argType), false, meta);
}

function checkSpinLock(env: VerifierEnv, regno: number, meta: CallMeta): void {
  const effect = env.rules.helper(meta.funcName).effect;
  if (effect === null) env.reject(Errno.EFAULT, 'verifier bug: spin lock arg on unexpected helper\n');
  checkKeptLock(env, effect.cls);
  processSpinLock(env, env.regs[regno]!, regno, effect.cls, effect.enter);
}

function checkFixedMem(env: VerifierEnv, regno: number, arg: HelperArg, meta: CallMeta): void {
  // memory without a fixed size is checked with its size, the next argument
  if ((arg.type & Flag.MEM_FIXED_SIZE) === 0) return;
  checkMemReg(env, env.regs[regno]!, regno, arg.size, direction(arg.type), meta);
  if ((arg.type & Flag.MEM_ALIGNED) !== 0) checkAlignment(env, env.regs[regno]!, 0, arg.size, true);
}

/** The check that belongs to the base type. */
function checkByType(env: VerifierEnv, index: number, argType: number, meta: CallMeta, insnIdx: number): void {
  const regno = index + 1;
  const reg = env.regs[regno]!;
  const args = meta.fn!.args;
  switch (baseType(argType)) {
    case ArgType.CONST_MAP_PTR:
      processMapPtrArg(env, reg, regno, meta);
      return;
    case ArgType.PTR_TO_MAP_KEY:
      checkMapKey(env, regno, meta);
      return;
    case ArgType.PTR_TO_MAP_VALUE:
      checkMapValue(env, regno, argType, meta);
      return;
    case ArgType.PTR_TO_PERCPU_BTF_ID:
      if (reg.btfId === 0)
        env.reject(Errno.EACCES, `Helper has invalid btf_id in R${regno}\n`, undefined, {
          kind: 'argument',
          arg: regno,
          callee: meta.funcName,
          needs: 'a per-CPU variable of the kernel',
        });
      meta.retBtf = reg.btf;
      meta.retBtfId = reg.btfId;
      return;
    case ArgType.PTR_TO_SPIN_LOCK:
      checkSpinLock(env, regno, meta);
      return;
    case ArgType.PTR_TO_TIMER:
      processTimer(env, reg, regno, meta);
      return;
    case ArgType.PTR_TO_FUNC:
      meta.subprogno = reg.subprogno;
      return;
    case ArgType.PTR_TO_MEM:
      checkFixedMem(env, regno, args[index]!, meta);
      return;
    case ArgType.MEM_SIZE:
    case ArgType.MEM_SIZE_OR_ZERO: {
      const zeroAllowed = baseType(argType) === ArgType.MEM_SIZE_OR_ZERO;
      checkMemSizeReg(env, env.regs[regno - 1]!, reg, regno - 1, regno, direction(args[index - 1]!.type), zeroAllowed, meta);
      return;
    }
    case ArgType.PTR_TO_DYNPTR:
      processDynptr(env, reg, regno, { insn: insnIdx, callee: meta.funcName }, argType, meta.refObj, meta.dynptr);
      return;
    case ArgType.CONST_ALLOC_SIZE_OR_ZERO:
      processConstAllocMemSize(env, reg, regno, meta);
      return;
    case ArgType.PTR_TO_CONST_STR:
      checkArgConstStr(env, reg, regno);
      return;
    case ArgType.KPTR_XCHG_DEST:
      processKptr(env, regno, meta);
  }
}

function refuseNotOwned(env: VerifierEnv, site: why.CallSite, arg: ArgNo): never {
  const { callee } = site;
  return env.reject(
    Errno.EINVAL,
    `${words(env.kernel.features, 'words.releasedArg')(callee, argName(arg))}\n`,
    () => why.notOwnedForHelper(env, site, arg),
    { kind: 'not-owned', arg, callee },
  );
}

/** Checks argument `index` (0 to 4) of a helper call (`check_func_arg`). */
export function checkFuncArg(env: VerifierEnv, index: number, meta: CallMeta, insnIdx: number): void {
  const fn = meta.fn!;
  const arg = fn.args[index]!;
  let argType = arg.type;
  if (argType === ArgType.DONTCARE) return;
  const regno = index + 1;
  let reg = checkRegRead(env, regno);
  if (argType === ArgType.ANYTHING) {
    if (isPointerValue(env, reg))
      env.reject(Errno.EACCES, `R${regno} leaks addr into helper function\n`, undefined, {
        kind: 'pointer-leak',
        arg: regno,
        where: 'helper',
      });
    return;
  }
  if (isPacketPointer(reg.type) && !mayAccessPacket(env, fn, 'read')) {
    env.reject(Errno.EACCES, 'helper access to the packet is not allowed\n', undefined, {
      kind: 'packet-argument',
      arg: regno,
      callee: meta.funcName,
    });
  }
  if (baseType(argType) === ArgType.PTR_TO_MAP_VALUE) argType = resolveMapArgType(env, meta, argType);
  if (isNullReg(reg) && mayBeNull(argType)) {
    markArgPrecision(env, regno);
  } else {
    checkRegType(env, reg, regno, argType, argBtfId(env, argType, arg), meta, meta.funcName);
    checkFuncArgRegOff(env, env.regs[regno]!, regno, argType);
  }
  reg = env.regs[regno]!;
  const referenced = regIsReferenced(env, reg);
  if ((argType & Flag.OBJ_RELEASE) !== 0 && baseType(argType) !== ArgType.PTR_TO_DYNPTR && !referenced && !isNullReg(reg)) {
    refuseNotOwned(env, { insn: insnIdx, callee: meta.funcName }, regno);
  }
  if (referenced && meta.refObj.cnt > 0 && !env.kernel.features['call.manyRefs'] && baseType(argType) !== ArgType.KPTR_XCHG_DEST) {
    const ids = `${reg.id} ${meta.refObj.id}`;
    env.reject(Errno.EFAULT, `verifier internal error: more than one arg with ref_obj_id ${argName(regno)} ${ids}\n`);
  }
  if (referenced) updateRefObj(meta.refObj, reg);
  checkByType(env, index, argType, meta, insnIdx);
}
