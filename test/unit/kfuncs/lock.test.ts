// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { RegType } from '../../../src/kernel/types';
import { constNumber } from '../../../src/verifier/domain';
import type { VerifierEnv } from '../../../src/verifier/env';
import { processSpinLock } from '../../../src/verifier/objects/lock';
import { type BpfMap, type BtfRecord, FieldType } from '../../../src/verifier/state/map';
import { makeReg, type RegState } from '../../../src/verifier/state/reg';
import { refusal, TestKernel, testEnv } from './fixture';

const record: BtfRecord = {
  fields: [{ offset: 8, size: 4, type: FieldType.RES_SPIN_LOCK, kptr: null, graphRoot: null }],
  fieldMask: FieldType.RES_SPIN_LOCK,
  spinLockOff: -22,
  resSpinLockOff: 8,
  timerOff: -22,
  wqOff: -22,
  refcountOff: -22,
  taskWorkOff: -22,
};
const partial: Partial<BpfMap> = { name: 'm', record, def: { btf: new TestKernel().btf } as unknown as BpfMap['def'] };
const map = partial as BpfMap;
const value = (id: number, off = 8): RegState => makeReg(RegType.PTR_TO_MAP_VALUE, constNumber(off), { obj: map, id });
const lock = (env: VerifierEnv, id: number, cls = 'res_lock'): void =>
  processSpinLock(env, value(id), -1, env.cls(cls), true, FieldType.RES_SPIN_LOCK);
const unlock = (env: VerifierEnv, id: number, cls = 'res_lock'): void =>
  processSpinLock(env, value(id), -1, env.cls(cls), false, FieldType.RES_SPIN_LOCK);

describe('locks', () => {
  it('are known by object and identity, last in first out', () => {
    const env = testEnv();
    lock(env, 1);
    lock(env, 2, 'res_lock_irq');
    expect(refusal(env, () => lock(env, 1))).toBe('Acquiring the same lock again, AA deadlock detected\n');
    expect(refusal(env, () => unlock(env, 1))).toBe('bpf_res_spin_unlock cannot be out of order\n');
    expect(refusal(env, () => unlock(env, 2))).toBe('bpf_res_spin_unlock of different lock\n');
    expect(refusal(env, () => unlock(env, 3))).toBe('bpf_res_spin_unlock of different lock\n');
    unlock(env, 2, 'res_lock_irq');
    unlock(env, 1);
    expect(refusal(env, () => unlock(env, 1))).toBe('bpf_res_spin_unlock without taking a lock\n');
  });

  it('of global variables have identity 0 and count all the same', () => {
    const env = testEnv();
    lock(env, 0);
    expect(env.cur.held.refCount).toBe(1);
    unlock(env, 0);
    expect(env.cur.held.refCount).toBe(0);
  });

  it('are where the type says', () => {
    const env = testEnv();
    expect(refusal(env, () => processSpinLock(env, value(1, 12), -1, env.cls('res_lock'), true, FieldType.RES_SPIN_LOCK))).toBe(
      "off 12 doesn't point to 'struct bpf_res_spin_lock' that is at 8\n",
    );
    expect(refusal(env, () => processSpinLock(env, value(1), -1, env.cls('lock'), true))).toBe("map 'm' has no valid bpf_spin_lock\n");
  });
});
