// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { forbiddenNames } from '../../../src/policy/ops';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import { Op } from '../../../src/policy/types';

describe('what one held resource forbids', () => {
  it.each([
    ['a reference: only to be forgotten', Op.LEAVE, []],
    ['a region', Op.LEAVE | Op.SLEEP | Op.FAULT, ['fault', 'sleep']],
    ['faults alone', Op.LEAVE | Op.FAULT, ['fault']],
    ['one way out', Op.TAIL_CALL, ['tail-call']],
    ['two ways out and sleeping', Op.SLEEP | Op.TAIL_CALL | Op.THROW, ['fault', 'sleep', 'tail-call', 'throw']],
    ['global functions alone', Op.LEAVE | Op.GLOBAL_CALL, ['global-call']],
  ])('%s', (_, bits, names) => expect(forbiddenNames(bits)).toEqual(names));

  it('of mainline', () => {
    expect(Object.fromEntries(LINUX_7_3.classes.map((c) => [c.name, forbiddenNames(c.forbids).join(' ')]))).toEqual({
      ref: '',
      rcu: 'fault sleep',
      preempt: 'fault sleep',
      irq: 'fault sleep',
      lock: 'fault sleep call',
      res_lock: 'fault sleep call',
      res_lock_irq: 'fault sleep call',
    });
  });
});
