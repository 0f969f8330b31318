// SPDX-License-Identifier: GPL-2.0-only
/** Registers and stack slots as Linux 6.1 writes them (`kernel/bpf/verifier.c: print_verifier_state` there). */
import { Flag, RegType } from '../../kernel/types';
import { isConst, s32max, s32min, tnumString, u32max, u32min } from '../domain';
import type { Scalar } from '../domain/scalar';
import type { RegState } from '../state/reg';
import { SlotType, type StackSlot } from '../state/stack';
import { regTypeStr } from './regtype';

/** What stands before a type's name: the last that applies. */
const PREFIXES: readonly (readonly [Flag, string])[] = [
  [Flag.MEM_RDONLY, 'rdonly_'],
  [Flag.MEM_RINGBUF, 'alloc_'],
  [Flag.MEM_USER, 'user_'],
  [Flag.MEM_PERCPU, 'percpu_'],
  [Flag.PTR_UNTRUSTED, 'untrusted_'],
];
const SAID = PREFIXES.reduce((flags, [flag]) => flags | flag, Flag.MEM_RCU | Flag.PTR_TRUSTED);

/** Types that may belong to a reference (`reg_type_may_be_refcounted_or_null`). */
const REFERENCED: readonly RegType[] = [RegType.PTR_TO_SOCKET, RegType.PTR_TO_TCP_SOCK, RegType.PTR_TO_MEM, RegType.PTR_TO_BTF_ID];
const MAPS: readonly RegType[] = [RegType.CONST_PTR_TO_MAP, RegType.PTR_TO_MAP_KEY, RegType.PTR_TO_MAP_VALUE];

function typeText(type: number): string {
  const prefix = PREFIXES.findLast(([flag]) => (type & flag) !== 0);
  return (prefix?.[1] ?? '') + regTypeStr(type & ~SAID);
}

/** The 64 bits of a constant. */
function bits(s: Scalar): bigint {
  return (BigInt(s.vHi >>> 0) << 32n) | BigInt(s.vLo >>> 0);
}

/** The bounds that say something: of 32 bits only those that differ from those of 64. */
function bounds(s: Scalar): string[] {
  const { pairs } = s;
  if (pairs === null) return [];
  const parts: string[] = [];
  const { smin, smax, umin, umax } = pairs;
  const add = (name: string, value: bigint | number, said: boolean): void => {
    if (said) parts.push(`${name}=${value}`);
  };
  add('smin', smin, BigInt.asUintN(64, smin) !== umin && smin !== -(2n ** 63n));
  add('smax', smax, BigInt.asUintN(64, smax) !== umax && smax !== 2n ** 63n - 1n);
  add('umin', umin, umin !== 0n);
  add('umax', umax, umax !== 2n ** 64n - 1n);
  if ((s.mHi & s.mLo) !== -1) parts.push(`var_off=${tnumString(s)}`);
  const low = [s32min(s), s32max(s), u32min(s), u32max(s)] as const;
  add('s32_min', low[0], BigInt(low[0]) !== smin && low[0] !== -(2 ** 31));
  add('s32_max', low[1], BigInt(low[1]) !== smax && low[1] !== 2 ** 31 - 1);
  add('u32_min', low[2] | 0, BigInt(low[2]) !== umin && low[2] !== 0);
  add('u32_max', low[3] | 0, BigInt(low[3]) !== umax && low[3] !== 2 ** 32 - 1);
  return parts;
}

/** What a register is told with, beside its type and value. */
export interface BriefParts {
  /** 0 where none is told. */
  readonly id: number;
  readonly reference: number;
  readonly fixed: number;
  readonly moving: Scalar;
}

/** One register, e.g. `map_value(off=8,ks=4,vs=64,imm=0)`. */
export function briefRegText(reg: RegState, { id, reference, fixed, moving }: BriefParts): string {
  const { type, base } = reg;
  const precise = type === RegType.SCALAR_VALUE && reg.precise ? 'P' : '';
  if (type === RegType.SCALAR_VALUE && isConst(moving)) return `${precise}${BigInt.asIntN(64, bits(moving))}`;
  if (type === RegType.PTR_TO_STACK && isConst(moving)) return `${typeText(type)}${BigInt.asIntN(64, bits(moving)) + BigInt(fixed)}`;
  const name = base === RegType.PTR_TO_BTF_ID ? (reg.btf.type(reg.btfId)?.name ?? '') : '';
  const parts: string[] = [];
  if (id !== 0) parts.push(`id=${id}`);
  if (reference !== 0 && REFERENCED.includes(base)) parts.push(`ref_obj_id=${reference}`);
  if (type !== RegType.SCALAR_VALUE) parts.push(`off=${fixed}`);
  if (base === RegType.PTR_TO_PACKET || base === RegType.PTR_TO_PACKET_META) parts.push(`r=${reg.range}`);
  else if (MAPS.includes(base)) parts.push(`ks=${reg.map.keySize},vs=${reg.map.valueSize}`);
  if (isConst(moving)) parts.push(`imm=${bits(moving).toString(16)}`);
  else parts.push(...bounds(moving));
  return `${precise}${typeText(type)}${name}(${parts.join(',')})`;
}

/** What a slot holds: of a spilled register its type, or its value if that is constant; else the kinds of its bytes. */
export function briefSlotText(slot: StackSlot, chars: string): string {
  if (slot.top !== SlotType.SPILL) return chars;
  const { reg } = slot;
  if (reg.type !== RegType.SCALAR_VALUE) return typeText(reg.type);
  return (reg.precise ? 'P' : '') + (isConst(reg.val) ? String(BigInt.asIntN(64, bits(reg.val))) : '');
}
