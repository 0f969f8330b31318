// SPDX-License-Identifier: GPL-2.0-only
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../src/policy';
import { PLAIN } from '../../../src/policy/classes';
import { rulesOf } from '../../../src/policy/rules';
import { Op, type ContextClass } from '../../../src/policy/types';
import { checkResourceLeak } from '../../../src/verifier/calls/leak';
import type { VerifierEnv } from '../../../src/verifier/env';
import { Errno, Refused } from '../../../src/verifier/errors';
import { FuncState } from '../../../src/verifier/state/frame';
import { HeldTable, type Held } from '../../../src/verifier/state/held';
import { VerifierState } from '../../../src/verifier/state/state';

function cls(name: string, exitRank: number, exitRegion: string): ContextClass {
  return {
    ...PLAIN,
    name,
    letter: '?',
    title: name,
    forbids: Op.LEAVE,
    describeRank: 0,
    exitRegion,
    exitRank,
  };
}

const ref = cls('ref', 2, '');
const vma = cls('vma', 2, '');
const lock = cls('lock', 1, 'bpf_spin_lock-ed region');
const resLock = cls('res_lock', 1, 'bpf_spin_lock-ed region');
const rcu = cls('rcu', 4, 'bpf_rcu_read_lock-ed region');
const classes = [ref, rcu, vma, lock, resLock];
const STRUCT_OPS = 27;

function held(c: ContextClass, id: number, insn = 0): Held {
  return { cls: c, id, insn, parentId: 0, object: null, forbids: c.forbids };
}

function leak(
  entries: Held[],
  options: { frames?: number; exception?: boolean; checkLock?: boolean; progType?: number; r0Id?: number } = {},
): string {
  let log = '';
  const cur = new VerifierState();
  for (let i = 0; i < (options.frames ?? 1); i++) cur.enter(new FuncState(-1, i, 0));
  cur.held = new HeldTable(entries);
  const frame = cur.cur;
  if (options.r0Id !== undefined) frame.regs[0] = frame.regs[0]!.withId(options.r0Id);
  const env = {
    cur,
    regs: frame.regs,
    progType: options.progType ?? 1,
    rules: rulesOf({ ...DEFAULT_POLICY, classes, kfuncs: [], helpers: [], annotations: [] }),
    kernel: { constant: () => STRUCT_OPS, features: KERNEL_TABLES.features },
    verbose: (text: string) => (log += text),
    explain: () => undefined,
    reject: (errno: Errno, text: string) => {
      log += text;
      throw new Refused(errno);
    },
  } as unknown as VerifierEnv;
  try {
    checkResourceLeak(env, options.exception ?? false, options.checkLock ?? true, 'X');
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).errno).toBe(Errno.EINVAL);
  }
  return log;
}

describe('leaving while something is held', () => {
  it('is fine with nothing held', () => expect(leak([])).toBe(''));

  it('names the first region by rank, whatever was entered first', () => {
    expect(leak([held(rcu, 0), held(resLock, 3)])).toBe('X cannot be used inside bpf_spin_lock-ed region\n');
    expect(leak([held(rcu, 0)])).toBe('X cannot be used inside bpf_rcu_read_lock-ed region\n');
  });

  it('lists all references, of every class that has no region', () => {
    expect(leak([held(rcu, 0), held(ref, 1, 10), held(vma, 2, 20)])).toBe(
      'Unreleased reference id=1 alloc_insn=10\nUnreleased reference id=2 alloc_insn=20\nX would lead to reference leak\n',
    );
  });

  it('leaves references to the caller on return from a subprogram, but not on an exception', () => {
    expect(leak([held(ref, 1)], { frames: 2 })).toBe('');
    expect(leak([held(ref, 1)], { frames: 2, exception: true })).toContain('would lead to reference leak');
  });

  it('looks at regions only when asked to', () => expect(leak([held(lock, 1)], { checkLock: false })).toBe(''));

  it('lets struct_ops programs return a reference', () => {
    expect(leak([held(ref, 5)], { progType: STRUCT_OPS, r0Id: 5 })).toBe('');
    expect(leak([held(ref, 5)], { progType: STRUCT_OPS, r0Id: 6 })).toContain('Unreleased reference id=5');
    expect(leak([held(ref, 5)], { progType: STRUCT_OPS, r0Id: 5, exception: true })).toContain('Unreleased reference id=5');
  });
});
