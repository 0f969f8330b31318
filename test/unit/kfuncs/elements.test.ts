// SPDX-License-Identifier: GPL-2.0-only
/** Elements of iterators as references that hang on the iterator: what the posted series calls KF_ACQUIRE/KF_RELEASE for iterators. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Kf } from '../../../src/kernel/profile';
import { RegType } from '../../../src/kernel/types';
import { FORBID_FAULT } from '../../../src/policy/forbid';
import { LINUX_7_3 } from '../../../src/policy/mainline';
import type { Policy } from '../../../src/policy/types';
import { constNumber } from '../../../src/verifier/domain';
import { inSleepableContext, nonSleepableDescription } from '../../../src/verifier/contexts';
import type { VerifierEnv } from '../../../src/verifier/env';
import { addKfunc, checkKfuncCall } from '../../../src/verifier/kfuncs';
import { IterState, scalarReg } from '../../../src/verifier/state/reg';
import { callOf, fp, refusal, TestKernel, testEnv } from './fixture';

const IT = -16;
let kernel: TestKernel;
let ids: Record<'new' | 'next' | 'destroy' | 'release' | 'put', number>;

beforeEach(() => {
  kernel = new TestKernel();
  kernel.struct('vm_area_struct', 64);
  const it = 'struct bpf_iter_vma *it';
  ids = {
    new: kernel.kfunc('bpf_iter_vma_new', 'int', [it, 'u64 addr'], Kf.ITER_NEW),
    next: kernel.kfunc('bpf_iter_vma_next', 'struct vm_area_struct *', [it], Kf.ITER_NEXT | Kf.RET_NULL | Kf.ACQUIRE, null, 'nofault'),
    destroy: kernel.kfunc('bpf_iter_vma_destroy', 'void', [it], Kf.ITER_DESTROY),
    release: kernel.kfunc('bpf_iter_vma_release', 'void', ['struct bpf_iter_vma *it__iter'], Kf.RELEASE),
    put: kernel.kfunc('bpf_vma_put', 'void', ['struct vm_area_struct *vma'], Kf.RELEASE),
  };
});

function start(policy: Policy): VerifierEnv {
  const plain: Policy = { ...policy, classes: [...policy.classes, ...FORBID_FAULT.classes.filter((c) => !policy.classes.includes(c))] };
  const env = testEnv({ kernel, policy: plain, sleepable: true });
  for (const id of Object.values(ids)) addKfunc(env, callOf(id));
  return env;
}

function call(env: VerifierEnv, name: keyof typeof ids): void {
  if (name !== 'put') env.regs[1] = fp(env, IT);
  env.regs[2] = scalarReg(constNumber(0));
  const { insnIdx } = env;
  if (name === 'next') {
    // the checkpoint that the exploration makes before every next
    const parent = env.cur.copy();
    parent.insnIdx = insnIdx;
    env.cur.parent = parent;
  }
  checkKfuncCall(env, callOf(ids[name]), insnIdx);
  env.insnIdx++;
}

/** Goes on with the path where next returned an element. */
function takeElement(env: VerifierEnv): void {
  env.cur = env.exploration.pending.pop()!.state;
}

const held = (env: VerifierEnv): string[] => env.cur.held.entries.map((e) => `${e.cls.name} ${e.id}<${e.parentId}`);

describe('with elements', () => {
  it('an element hangs on its iterator and forbids sleeping', () => {
    const env = start(FORBID_FAULT);
    call(env, 'new');
    call(env, 'next');
    expect(held(env)).toEqual(['ref 1<0']);
    expect(env.regs[0]).toMatchObject({ type: RegType.SCALAR_VALUE });
    expect(env.frame.stack[1]!.reg.iterState).toBe(IterState.DRAINED);
    takeElement(env);
    expect(held(env)).toEqual(['ref 1<0', 'nofault 3<1']);
    expect(env.regs[0]).toMatchObject({ id: 3, base: RegType.PTR_TO_BTF_ID });
    expect(env.frame.stack[1]!.reg).toMatchObject({ iterState: IterState.ACTIVE, iterDepth: 1 });
    expect(inSleepableContext(env.cur)).toBe(false);
    expect(nonSleepableDescription(env.cur)).toBe('nofault region');
  });

  it('is released once, and its pointers with it', () => {
    const env = start(FORBID_FAULT);
    call(env, 'new');
    call(env, 'next');
    takeElement(env);
    env.regs[6] = env.regs[0]!;
    call(env, 'release');
    expect(env.regs[6]!.type).toBe(RegType.SCALAR_VALUE);
    expect(held(env)).toEqual(['ref 1<0']);
    expect(inSleepableContext(env.cur)).toBe(true);
    expect(refusal(env, () => call(env, 'release'))).toBe('no acquired reference to release\n');
  });

  it('must exist to be released', () => {
    const env = start(FORBID_FAULT);
    expect(refusal(env, () => call(env, 'release'))).toBe('expected an initialized iter_vma as R1\n');
    call(env, 'new');
    expect(refusal(env, () => call(env, 'release'))).toBe('no acquired reference to release\n');
  });

  it('is released by the next one and by the end of the iterator', () => {
    const env = start(FORBID_FAULT);
    call(env, 'new');
    call(env, 'next');
    takeElement(env);
    env.regs[6] = env.regs[0]!;
    call(env, 'next');
    takeElement(env);
    expect(held(env)).toEqual(['ref 1<0', 'nofault 5<1']);
    expect(env.regs[6]!.type).toBe(RegType.SCALAR_VALUE);
    call(env, 'destroy');
    expect(held(env)).toEqual([]);
  });

  it('can be given back through its pointer', () => {
    const env = start(FORBID_FAULT);
    call(env, 'new');
    call(env, 'next');
    takeElement(env);
    env.regs[1] = env.regs[0]!;
    call(env, 'put');
    expect(held(env)).toEqual(['ref 1<0']);
    expect(refusal(env, () => call(env, 'release'))).toBe('no acquired reference to release\n');
  });
});

describe('in mainline', () => {
  it('an acquired element is a reference of its own that nothing releases', () => {
    const env = start(LINUX_7_3);
    call(env, 'new');
    call(env, 'next');
    expect(held(env)).toEqual(['ref 1<0', 'nofault 3<0']);
    call(env, 'destroy');
    expect(held(env)).toEqual(['nofault 3<0']);
  });

  it('a release kfunc takes no iterator', () => {
    const env = start(LINUX_7_3);
    call(env, 'new');
    expect(refusal(env, () => call(env, 'release'))).toBe(
      'release kfunc bpf_iter_vma_release expects referenced PTR_TO_BTF_ID passed to R1\n',
    );
  });
});
