// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { packModules, unpackModules } from '../../../src/kernel/bundle';
import { kfFlagNames, parseKfFlags } from '../../../src/kernel/flags';
import { Kf } from '../../../src/kernel/profile';

describe('module bundle', () => {
  const modules = new Map([
    ['b', new Uint8Array([1, 2, 3])],
    ['a', new Uint8Array([])],
    ['c', new Uint8Array([10, 13])],
  ]);
  it('keeps names, order and bytes', () => {
    expect([...unpackModules(packModules(modules))]).toEqual([...modules]);
  });
  it('refuses a cut file', () => {
    expect(() => unpackModules(packModules(modules).slice(0, -1))).toThrow(SyntaxError);
  });
});

describe('kfunc flags', () => {
  it('are read and written by name', () => {
    expect(parseKfFlags('')).toBe(0);
    expect(parseKfFlags('KF_ACQUIRE|KF_PERFMON')).toBe(Kf.ACQUIRE | Kf.PERFMON);
    expect(kfFlagNames(Kf.PERFMON | Kf.ACQUIRE)).toEqual(['KF_ACQUIRE', 'KF_PERFMON']);
    expect(() => parseKfFlags('KF_FORBID_FAULT')).toThrow('unknown kfunc flag KF_FORBID_FAULT');
  });
});
