// SPDX-License-Identifier: GPL-2.0-only
/** Constant strings in read-only maps. */
import { RegType } from '../../kernel/types';
import { constNum, isConst } from '../domain';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { mayBeAnything } from '../../object/ranges';
import { checkMapAccess, mapIsRdonly } from '../memory';
import { directValueErrno } from '../prepass/resolve';
import type { BpfMap } from '../state/map';
import type { RegState } from '../state/reg';
import { argName } from '../arg-no';

/** Bytes of the value of a read-only map from an offset up to a zero byte, null if there is none. */
export function stringAt(env: VerifierEnv, map: BpfMap, offset: number): Uint8Array | null {
  const { data } = map.def;
  if (data === null) return env.unmodelled(`contents of map '${map.name}'`);
  const end = data.indexOf(0, offset);
  if (end >= 0) return data.subarray(offset, end);
  // the value is zero beyond the initial data
  return data.length < map.valueSize ? data.subarray(offset) : null;
}

/** Checks that an argument points to a constant, zero-terminated string in a frozen map (`check_arg_const_str`). */
export function checkArgConstStr(env: VerifierEnv, reg: RegState, arg: ArgNo): void {
  if (reg.type !== RegType.PTR_TO_MAP_VALUE)
    env.reject(Errno.EINVAL, '', undefined, {
      kind: 'argument',
      arg,
      callee: '',
      needs: 'a constant string',
    });
  const { map } = reg;
  const refuse = (message: string): never => env.reject(Errno.EACCES, message, undefined, { kind: 'const-string', arg, how: 'writable' });
  if (map.type === env.kernel.constant('BPF_MAP_TYPE_INSN_ARRAY')) {
    refuse(`${argName(arg)} points to insn_array map which cannot be used as const string\n`);
  }
  if (map.type === env.kernel.constant('BPF_MAP_TYPE_PERCPU_ARRAY')) {
    refuse(`${argName(arg)} points to percpu_array map which cannot be used as const string\n`);
  }
  if (!mapIsRdonly(map)) refuse(`${argName(arg)} does not point to a readonly map'\n`);
  if (!isConst(reg.val)) refuse(`${argName(arg)} is not a constant address'\n`);
  if (env.kernel.mapType(map.type)?.hasDirectValueAddr !== true) refuse('no direct value access support for this map type\n');
  const offset = constNum(reg.val);
  checkMapAccess(env, reg, arg, 0, map.valueSize - offset, false, 'helper');
  if (mayBeAnything(map.def.any, offset, map.valueSize - offset)) env.unmodelled('a constant string that may have any value');
  const errno = directValueErrno(env, map, offset);
  if (errno !== null && errno !== 0)
    env.reject(errno, 'direct value access on string failed\n', undefined, {
      kind: 'const-string',
      arg,
      how: 'map',
    });
  if (stringAt(env, map, offset) === null)
    env.reject(Errno.EINVAL, 'string is not zero-terminated\n', undefined, {
      kind: 'const-string',
      arg,
      how: 'unterminated',
    });
}
