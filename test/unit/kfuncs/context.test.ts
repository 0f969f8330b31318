// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Flag, RegType } from '../../../src/kernel/types';
import { inSleepableContext, nonSleepableDescription } from '../../../src/verifier/contexts';
import type { VerifierEnv } from '../../../src/verifier/env';
import { enterContext, leaveContext } from '../../../src/verifier/objects/context';
import { processIrqFlag } from '../../../src/verifier/objects/irq';
import { pointerReg } from '../../../src/verifier/state/reg';
import { SlotType } from '../../../src/verifier/state/stack';
import { fp, refusal, testEnv } from './fixture';

const RCU_PTR = RegType.PTR_TO_BTF_ID | Flag.MEM_RCU;

describe('regions without token', () => {
  it('nest by count and forbid sleeping until the last is left', () => {
    const env = testEnv({ sleepable: true });
    const rcu = env.cls('rcu');
    enterContext(env, rcu, 1);
    enterContext(env, rcu, 2);
    leaveContext(env, rcu, 'f');
    expect(inSleepableContext(env.cur)).toBe(false);
    expect(nonSleepableDescription(env.cur)).toBe('rcu_read_lock region');
    leaveContext(env, rcu, 'f');
    expect(inSleepableContext(env.cur)).toBe(true);
  });

  it('demote RCU pointers only when nothing else protects them', () => {
    const env = testEnv({ sleepable: true });
    enterContext(env, env.cls('rcu'), 1);
    enterContext(env, env.cls('preempt'), 2);
    env.regs[1] = pointerReg(RCU_PTR);
    leaveContext(env, env.cls('rcu'), 'f');
    expect(env.regs[1]!.type).toBe(RCU_PTR);
    leaveContext(env, env.cls('preempt'), 'f');
    expect(env.regs[1]!.type).toBe(RegType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED);
  });

  it('complain in the words of their class when they were not entered', () => {
    const env = testEnv();
    expect(refusal(env, () => leaveContext(env, env.cls('rcu'), 'bpf_rcu_read_unlock'))).toBe(
      'unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)\n',
    );
    expect(refusal(env, () => leaveContext(env, env.cls('preempt'), 'bpf_preempt_enable'))).toBe(
      'unmatched attempt to enable preemption (kernel function bpf_preempt_enable)\n',
    );
  });

  it('are named by the policy', () => {
    const env = testEnv();
    expect(env.rules.kfunc('bpf_rcu_read_lock')?.effect).toEqual({ enter: true, cls: env.cls('rcu') });
    expect(env.rules.kfunc('bpf_local_irq_restore')?.effect).toEqual({ enter: false, cls: env.cls('irq') });
    expect(env.rules.kfunc('bpf_obj_new').effect).toBeNull();
  });
});

describe('flags in stack slots', () => {
  const flag = (env: VerifierEnv, tag: string, off: number): void => {
    const [verb, cls] = tag.split(':');
    processIrqFlag(env, fp(env, off), -1, { enter: verb === 'enter', cls: env.cls(cls!) });
  };

  it('are restored in reverse order', () => {
    const env = testEnv();
    env.insnIdx = 7;
    flag(env, 'enter:irq', -8);
    flag(env, 'enter:irq', -16);
    expect(env.frame.stack[0]!.top).toBe(SlotType.IRQ_FLAG);
    expect(refusal(env, () => flag(env, 'leave:irq', -8))).toBe(
      'cannot restore irq state out of order, expected id=2 acquired at insn_idx=7\n',
    );
    flag(env, 'leave:irq', -16);
    flag(env, 'leave:irq', -8);
    expect(env.cur.held.entries).toEqual([]);
    expect(env.frame.stack[0]!.top).toBe(SlotType.INVALID);
  });

  it('belong to the family that saved them', () => {
    const env = testEnv();
    flag(env, 'enter:res_lock_irq', -8);
    expect(env.cur.held.entries.map((e) => e.cls.name)).toEqual(['irq']);
    expect(refusal(env, () => flag(env, 'leave:irq', -8))).toBe('irq flag acquired by lock kfuncs cannot be restored with native kfuncs\n');
  });

  it('must be fresh to be saved and saved to be restored', () => {
    const env = testEnv();
    flag(env, 'enter:irq', -8);
    expect(refusal(env, () => flag(env, 'enter:irq', -8))).toBe('expected uninitialized irq flag as R1\n');
    expect(refusal(env, () => flag(env, 'leave:irq', -16))).toBe('expected an initialized irq flag as R1\n');
    expect(refusal(env, () => flag(env, 'enter:irq', -12))).toBe(
      'cannot pass in irq_flag at an offset=-12\nexpected uninitialized irq flag as R1\n',
    );
  });
});
