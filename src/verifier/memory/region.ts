// SPDX-License-Identifier: GPL-2.0-only
/** Accesses to a region of known size, at fixed or variable offsets. */
import { RegType } from '../../kernel/types';
import { constBig, constNum, isConst, smin, sminBig, tnumString, umax } from '../domain';
import { why } from '../diag';
import type { ArgNo, VerifierEnv } from '../env';
import { Errno } from '../errors';
import { regTypeStr } from '../log/regtype';
import type { RegState } from '../state/reg';
import { isRdonlyMem } from '../state/reg-kinds';
import { MAX_VAR_OFF } from './stack/bounds';
import { argName } from '../arg-no';

/** The line that says what was missed; empty when the access is inside (`__check_mem_access`). */
export function outsideText(reg: RegState, arg: ArgNo, off: number, size: number, memSize: number, zeroSizeAllowed: boolean): string {
  if (off >= 0 && (size > 0 || (size === 0 && zeroSizeAllowed)) && off + size <= memSize) return '';
  switch (reg.type) {
    case RegType.PTR_TO_MAP_KEY:
      return `invalid access to map key, key_size=${memSize} off=${off} size=${size}\n`;
    case RegType.PTR_TO_MAP_VALUE:
      return `invalid access to map value, value_size=${memSize} off=${off} size=${size}\n`;
    case RegType.PTR_TO_PACKET:
    case RegType.PTR_TO_PACKET_META:
    case RegType.PTR_TO_PACKET_END:
      return `invalid access to packet, off=${off} size=${size}, ${argName(arg)}(id=${reg.id},off=${off},r=${memSize})\n`;
    case RegType.PTR_TO_CTX:
      return `invalid access to context, ctx_size=${memSize} off=${off} size=${size}\n`;
    default:
      return `invalid access to memory, mem_size=${memSize} off=${off} size=${size}\n`;
  }
}

function outsideWords(arg: ArgNo, end: 'min' | 'max'): string {
  return `${argName(arg)} ${end} value is outside of the allowed memory range`;
}

/** What missed its region, and how. */
interface Missed {
  readonly how: why.Miss;
  readonly off: number;
  readonly size: number;
  readonly limit: number;
}

function refuseOutside(env: VerifierEnv, text: string, reg: RegState, arg: ArgNo, missed: Missed): never {
  const { how, off, size, limit } = missed;
  return env.reject(Errno.EACCES, `${text}\n`, () => why.outside(env, how, reg, arg, off, size, limit), {
    kind: 'outside',
    arg,
    ...missed,
  });
}

/**
 * Requires that `size` bytes from `reg + off` lie in a region of `memSize` bytes, for the smallest and the largest offset that the
 * register may have (`kernel/bpf/verifier.c: check_mem_region_access`).
 */
export function checkRegion(
  env: VerifierEnv,
  reg: RegState,
  arg: ArgNo,
  off: number,
  size: number,
  memSize: number,
  zeroSizeAllowed: boolean,
): void {
  const lowest = smin(reg.val);
  // a constant offset stands beside the bounds in kernels that keep it apart
  const bounded = env.kernel.features['packet.oneOffset'] || !isConst(reg.val);
  if (lowest < 0 && bounded && (lowest + off < -0x80000000 || lowest + off < 0)) {
    const text = `${argName(arg)} min value is negative, either use unsigned index or do a if (index >=0) check.`;
    refuseOutside(env, text, reg, arg, { how: 'negative', off, size, limit: memSize });
  }
  const first = Number.isSafeInteger(lowest) ? (lowest + off) | 0 : Number(BigInt.asIntN(32, sminBig(reg.val) + BigInt(off)));
  const low = outsideText(reg, arg, first, size, memSize, zeroSizeAllowed);
  if (low !== '') refuseOutside(env, `${low}${outsideWords(arg, 'min')}`, reg, arg, { how: 'low', off, size, limit: memSize });
  const highest = umax(reg.val);
  if (highest >= MAX_VAR_OFF) {
    const text = `${argName(arg)} unbounded memory access, make sure to bounds check any such access`;
    refuseOutside(env, text, reg, arg, { how: 'unbounded', off, size, limit: memSize });
  }
  const high = outsideText(reg, arg, highest + off, size, memSize, zeroSizeAllowed);
  if (high !== '') refuseOutside(env, `${high}${outsideWords(arg, 'max')}`, reg, arg, { how: 'high', off, size, limit: memSize });
}

/**
 * Requires a pointer at a constant offset that is not negative and, unless `fixedOffOk`, zero
 * (`kernel/bpf/verifier.c: __check_ptr_off_reg`).
 */
export function checkPtrOffReg(env: VerifierEnv, reg: RegState, arg: ArgNo, fixedOffOk = false): void {
  if (!isConst(reg.val)) {
    env.reject(Errno.EACCES, `variable ${regTypeStr(reg.type)} access var_off=${tnumString(reg.val)} disallowed\n`, undefined, {
      kind: 'pointer-offset',
      arg,
      how: 'variable',
    });
  }
  if (smin(reg.val) < 0) {
    env.reject(
      Errno.EACCES,
      `negative offset ${regTypeStr(reg.type)} ptr ${argName(arg)} off=${constBig(reg.val)} disallowed\n`,
      undefined,
      {
        kind: 'pointer-offset',
        arg,
        how: 'negative',
      },
    );
  }
  if (!fixedOffOk && constNum(reg.val) !== 0) refuseModified(env, reg, arg);
}

function refuseModified(env: VerifierEnv, reg: RegState, arg: ArgNo): never {
  return env.reject(
    Errno.EACCES,
    `dereference of modified ${regTypeStr(reg.type)} ptr ${argName(arg)} off=${constBig(reg.val)} disallowed\n`,
    () => why.modifiedPointer(env, arg, reg),
    { kind: 'pointer-offset', arg, how: 'changed' },
  );
}

/** One past the last byte of an access to a buffer at a constant offset (`__check_buffer_access`); `name` stands in messages. */
function bufferEnd(env: VerifierEnv, name: string, reg: RegState, arg: ArgNo, off: number, size: number): number {
  if (!isConst(reg.val)) {
    env.reject(Errno.EACCES, `${argName(arg)} invalid variable buffer offset: off=${off}, var_off=${tnumString(reg.val)}\n`, undefined, {
      kind: 'pointer-offset',
      arg,
      how: 'variable',
    });
  }
  const start = constNum(reg.val) + off;
  if (start < 0) {
    env.reject(
      Errno.EACCES,
      `${argName(arg)} invalid negative ${name} buffer offset: off=${off}, var_off=${constBig(reg.val)}\n`,
      undefined,
      {
        kind: 'pointer-offset',
        arg,
        how: 'negative',
      },
    );
  }
  return start + size;
}

/** Access to the buffer of a writable raw tracepoint; its extent is checked when the program is attached. */
export function checkTpBufferAccess(env: VerifierEnv, reg: RegState, arg: ArgNo, off: number, size: number): void {
  env.maxTpAccess = Math.max(env.maxTpAccess, bufferEnd(env, 'tracepoint', reg, arg, off, size));
}

/** Access to a buffer whose size is only known when the program runs (`check_buffer_access`). */
export function checkBufferAccess(env: VerifierEnv, reg: RegState, arg: ArgNo, off: number, size: number): void {
  bufferEnd(env, isRdonlyMem(reg.type) ? 'rdonly' : 'rdwr', reg, arg, off, size);
}
