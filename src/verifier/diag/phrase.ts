// SPDX-License-Identifier: GPL-2.0-only
/** Values and types in the words of structured reports. Texts: `kernel/bpf/diagnostics.c`. */
import type { Btf } from '../../btf/types';
import { showName } from '../../btf/util';
import { baseType, Flag, RegType } from '../../kernel/types';
import { constBig, isConst, smaxBig, sminBig, tnumIsUnknown, tnumMaskBig, tnumValueBig, type Scalar, umaxBig, uminBig } from '../domain';
import { regTypeStr } from '../log/regtype';
import { isAllocObj, isNonOwningRef, mayBeNull } from '../state/reg-kinds';
import type { RegState } from '../state/reg';
import type { Place, Value } from './event';

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;
const U64_MAX = (1n << 64n) - 1n;
/** Most characters of a type name that the kernel formats into a buffer of 256. */
const MAX_NAME = 255;

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth', 'eleventh', 'twelfth'];

/** `first` for 1; undefined beyond the twelfth. */
export function ordinal(argument: number): string | undefined {
  return ORDINALS[argument - 1];
}

/** A register type with an article, e.g. `a nullable map value pointer` (`bpf_diag_reg_type_plain`). */
export function plainType(type: number): string {
  const nullable = mayBeNull(type) ? 'nullable ' : '';
  switch (baseType(type)) {
    case RegType.NOT_INIT:
      return 'an uninitialized value';
    case RegType.SCALAR_VALUE:
      return 'an integer scalar';
    case RegType.PTR_TO_CTX:
      return 'a context pointer';
    case RegType.PTR_TO_STACK:
      return 'a stack pointer';
    case RegType.PTR_TO_MAP_VALUE:
      return `a ${nullable}map value pointer`;
    case RegType.PTR_TO_MEM:
      return `a ${nullable}memory pointer`;
    case RegType.PTR_TO_BTF_ID:
      if (nullable !== '') return 'a nullable kernel object pointer';
      if (isNonOwningRef(type)) return 'a borrowed allocated object pointer';
      if (isAllocObj(type)) return 'an owned allocated object pointer';
      return (type & Flag.PTR_UNTRUSTED) !== 0 ? 'an untrusted kernel object pointer' : 'a kernel object pointer';
    default:
      return regTypeStr(type);
  }
}

/** A BTF type, e.g. `(struct task_struct *)` (`bpf_diag_fmt_btf_type`). */
export function btfTypePhrase(btf: Btf, id: number): string {
  const name = showName(btf, id).slice(0, MAX_NAME);
  if (name === '') return `BTF type ID ${id}`;
  return name.endsWith('{') ? name.slice(0, -1) : name;
}

function signed(n: bigint): string {
  if (n === S64_MIN) return 'S64_MIN';
  return n === S64_MAX ? 'S64_MAX' : String(n);
}

function unsigned(n: bigint): string {
  return n === U64_MAX ? 'U64_MAX' : String(n);
}

/** Both 64-bit ranges (`diag_scalar_range`). */
export function rangePhrase(s: Scalar): string {
  return `signed range [${signed(sminBig(s))}, ${signed(smaxBig(s))}], unsigned range [${unsigned(uminBig(s))}, ${unsigned(umaxBig(s))}]`;
}

/** A sum that may not fit into 64 bits (`bpf_diag_fmt_s64_sum`). */
export function sumPhrase(value: bigint, addend: number): string {
  const sum = value + BigInt(addend);
  if (sum < S64_MIN || sum > S64_MAX) return `${value} plus ${addend} (${addend < 0 ? 'below S64_MIN' : 'above S64_MAX'})`;
  return String(sum);
}

function isUnknown(s: Scalar): boolean {
  return tnumIsUnknown(s) && sminBig(s) === S64_MIN && smaxBig(s) === S64_MAX && uminBig(s) === 0n && umaxBig(s) === U64_MAX;
}

function knownBits(s: Scalar): string {
  return `known bits 0x${tnumValueBig(s).toString(16)}, unknown mask 0x${tnumMaskBig(s).toString(16)}`;
}

/** Where an access of `off` from a register goes (`diag_access_offset`). */
export function accessOffsetPhrase(off: number, s: Scalar): string {
  if (isConst(s)) return `constant ${sumPhrase(constBig(s), off)}`;
  if (isUnknown(s)) return 'unbounded';
  return `variable: ${knownBits(s)}${off === 0 ? '' : `, plus fixed offset ${off}`}; ${rangePhrase(s)}`;
}

function offsetPhrase(s: Scalar): string {
  if (isConst(s)) return `at offset ${constBig(s)}`;
  return isUnknown(s) ? 'with unknown offset' : `with variable offset: ${knownBits(s)}, ${rangePhrase(s)}`;
}

function scalarPhrase(s: Scalar): string {
  if (isConst(s)) return `integer scalar value ${constBig(s)}`;
  if (isUnknown(s)) return 'integer scalar with unknown value';
  return (s.sHi | s.sLo) === 0 ? `integer scalar value ${sminBig(s)}` : `integer scalar with ${rangePhrase(s)}`;
}

/** What is behind a BTF pointer; '' if nothing is known. */
function pointee(reg: RegState): string {
  const known = reg.base === RegType.PTR_TO_BTF_ID && reg.obj !== null && reg.btfId !== 0;
  return known ? btfTypePhrase(reg.btf, reg.btfId) : '';
}

/** A value, e.g. `map value from counts at offset 0` (`diag_reg_snapshot`). */
export function valuePhrase(value: Value): string {
  if (value === null || value.type === RegType.NOT_INIT) return 'uninitialized value';
  const { type, val } = value;
  if (type === RegType.SCALAR_VALUE) return scalarPhrase(val);
  const offset = offsetPhrase(val);
  switch (value.base) {
    case RegType.PTR_TO_CTX:
      return `context pointer ${offset}`;
    case RegType.PTR_TO_STACK:
      return `stack pointer ${offset}`;
    case RegType.PTR_TO_MAP_VALUE: {
      const kind = `${mayBeNull(type) ? 'nullable ' : ''}map value`;
      return value.map.name === '' ? `${kind} ${offset}` : `${kind} from ${value.map.name} ${offset}`;
    }
    case RegType.CONST_PTR_TO_MAP:
      return value.map.name === '' ? 'map pointer' : `map pointer for map ${value.map.name}`;
  }
  const target = pointee(value);
  if (isAllocObj(type)) {
    const kind = isNonOwningRef(type) ? 'borrowed' : 'owned';
    return `${kind} allocated object pointer${target === '' ? '' : ` type=${target}`}`;
  }
  return target === '' ? `${regTypeStr(type)} ${offset}` : `${regTypeStr(type)} type=${target} ${offset}`;
}

/** A place, e.g. `R1`, `*(R11-8)`, `stack slot fp-8` (`diag_mod_target_desc`). */
export function placePhrase(place: Place): string {
  switch (place.kind) {
    case 'reg':
      return `R${place.index}`;
    case 'arg':
      return `*(R11-${(place.index + 1) * 8})`;
    case 'slot':
      return `stack slot fp${-(place.index + 1) * 8}`;
    case 'bytes':
      return 'value';
  }
}
