// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { typeNumber } from '../../../src/kernel/type-names';
import { ArgType, Flag, RegType, RetType } from '../../../src/kernel/types';

describe('spelled types', () => {
  it('are base and flags', () => {
    expect(typeNumber('ARG_PTR_TO_MEM|MEM_RDONLY|PTR_MAYBE_NULL')).toBe(ArgType.PTR_TO_MEM | Flag.MEM_RDONLY | Flag.PTR_MAYBE_NULL);
    expect(typeNumber('PTR_TO_BTF_ID|PTR_TRUSTED')).toBe(RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED);
    expect(typeNumber('RET_INTEGER')).toBe(RetType.INTEGER);
  });
  it('know the names of older kernels', () => {
    expect(typeNumber('ARG_CONST_SIZE_OR_ZERO')).toBe(typeNumber('ARG_MEM_SIZE_OR_ZERO'));
    expect(typeNumber('ARG_PTR_TO_KPTR')).toBe(typeNumber('ARG_KPTR_XCHG_DEST'));
  });
  it('refuse a name that no kernel has', () => {
    expect(() => typeNumber('ARG_PTR_TO_NOWHERE')).toThrow(RangeError);
  });
});
