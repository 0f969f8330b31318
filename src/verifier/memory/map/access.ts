// SPDX-License-Identifier: GPL-2.0-only
/** Access to map values. Facts: `kernel/bpf/verifier.c: check_map_access_type, check_map_access, check_map_mem_read`. */
import { RegType } from '../../../kernel/types';
import { addDelta, constBig, constEquals, constScalar, isConst, smin, sminBig, umax } from '../../domain';
import type { ArgNo, VerifierEnv } from '../../env';
import { Errno } from '../../errors';
import { markUnknown } from '../../regs';
import { FieldType, type BpfMap } from '../../state/map';
import { scalarReg, type RegState } from '../../state/reg';
import type { AccessSource, AccessType } from '../access-type';
import { checkRegion } from '../region';
import { mayBeAnything } from '../../../object/ranges';
import { hasDirectValueAddr, mapDirectRead, mapIsRdonly } from './contents';
import { RDONLY_PROG, WRONLY_PROG } from './create';
import { fieldTypeName } from './fields';

/** Refuses directions that the map's flags forbid programs. */
export function checkMapAccessType(env: VerifierEnv, reg: RegState, off: number, size: number, access: AccessType): void {
  const { flags, valueSize } = reg.map;
  const writable = (flags & RDONLY_PROG) === 0;
  const readable = !writable || (flags & WRONLY_PROG) === 0;
  if (access === 'write' ? writable : readable) return;
  const verb = access === 'write' ? 'write into' : 'read from';
  env.reject(
    Errno.EACCES,
    `${verb} map forbidden, value_size=${valueSize} off=${sminBig(reg.val) + BigInt(off)} size=${size}\n`,
    undefined,
    {
      kind: 'map-direction',
      map: reg.map,
      write: access === 'write',
    },
  );
}

/** Bytes that a pointer to a value of the map reaches: the whole table for instruction arrays (`map_mem_size`). */
function reachableBytes(env: VerifierEnv, map: BpfMap): number {
  return map.type === env.mapTypes.insnArray ? map.maxEntries * 8 : map.valueSize;
}

/** Requires an access inside the value that touches no special field, or exactly one kptr. */
export function checkMapAccess(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  zeroSizeAllowed: boolean,
  source: AccessSource,
): void {
  const { map } = reg;
  checkRegion(env, reg, arg, off, size, reachableBytes(env, map), zeroSizeAllowed);
  if (map.record === null) return;
  const first = smin(reg.val) + off;
  const end = umax(reg.val) + off + size;
  for (const field of map.record.fields) {
    if (first >= field.offset + field.size || field.offset >= end) continue;
    const name = fieldTypeName(field.type);
    if ((field.type & (FieldType.KPTR | FieldType.UPTR)) === 0) {
      env.reject(Errno.EACCES, `${name} cannot be accessed directly by load/store\n`, undefined, { kind: 'field-direct', name });
    }
    if (source !== 'direct')
      env.reject(Errno.EACCES, `${name} cannot be accessed indirectly by helper\n`, undefined, {
        kind: 'field-direct',
        name,
      });
    if (!isConst(reg.val))
      env.reject(Errno.EACCES, `${name} access cannot have variable offset\n`, undefined, {
        kind: 'field-direct',
        name,
      });
    if (!constEquals(reg.val, field.offset - off)) {
      const at = BigInt.asUintN(64, constBig(reg.val) + BigInt(off));
      env.reject(Errno.EACCES, `${name} access misaligned expected=${field.offset} off=${at}\n`, undefined, { kind: 'field-direct', name });
    }
    if (size !== 8) env.reject(Errno.EACCES, `${name} access size must be BPF_DW\n`, undefined, { kind: 'field-direct', name });
  }
}

/** The register that a load from a map value without special fields gives. */
export function loadMapValue(env: VerifierEnv, reg: RegState, off: number, size: number, dst: number, isLdsx: boolean): void {
  const { map } = reg;
  if (map.type === env.mapTypes.insnArray) {
    if (size !== 8)
      env.reject(Errno.EACCES, `Invalid read of ${size} bytes from insn_array\n`, undefined, {
        kind: 'field-direct',
        name: 'insn_array',
      });
    const moved = off === 0 ? reg.val : addDelta(reg.val, off, false);
    env.regs[dst] = reg.with({ type: RegType.PTR_TO_INSN, val: moved });
    return;
  }
  const known =
    isConst(reg.val) && mapIsRdonly(map) && hasDirectValueAddr(env, map) && !mayBeAnything(map.def.any, (off + reg.val.vLo) | 0, size);
  if (!known || map.type === env.mapTypes.percpuArray) {
    markUnknown(env, dst);
    return;
  }
  const value = mapDirectRead(env, map, (off + reg.val.vLo) | 0, size, isLdsx);
  if (typeof value === 'number') env.reject(value);
  // as in the kernel, the precision mark stays what it was; without CAP_BPF every register has it from the start
  env.regs[dst] = scalarReg(constScalar(value.hi, value.lo)).withPrecise(!env.bpfCapable || env.regs[dst]!.precise);
}
