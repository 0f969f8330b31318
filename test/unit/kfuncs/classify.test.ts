// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kf } from '../../../src/kernel/profile';
import { addKfunc, fetchKfunc, KfArg, type KfuncArg } from '../../../src/verifier/kfuncs';
import { callOf, refusal, TestKernel, testEnv } from './fixture';

function args(
  params: readonly string[],
  flags = 0,
  name = 'bpf_f',
  prepare: (kernel: TestKernel) => void = () => undefined,
): readonly KfuncArg[] {
  const kernel = new TestKernel();
  prepare(kernel);
  const insn = callOf(kernel.kfunc(name, 'void', params, flags));
  const env = testEnv({ kernel });
  addKfunc(env, insn);
  return fetchKfunc(env, insn)!.args;
}
const kinds = (params: readonly string[], flags = 0, name = 'bpf_f'): KfArg[] => args(params, flags, name).map((a) => a.kind);

describe('kinds of parameters', () => {
  it.each([
    ['int x', KfArg.ANYTHING],
    ['int x__k', KfArg.CONST],
    ['u64 n__sz', KfArg.MEM_SIZE],
    ['u64 n__szk', KfArg.CONST_MEM_SIZE],
    ['int rdonly_buf_size', KfArg.CONST_ALLOC_SIZE],
    ['int rdwr_buf_size', KfArg.CONST_ALLOC_SIZE],
    ['int rdwr_buf_sizes', KfArg.ANYTHING],
    ['void *p__alloc', KfArg.ALLOC_BTF_ID],
    ['void *p__refcounted_kptr', KfArg.REFCOUNTED_KPTR],
    ['struct bpf_dynptr *p', KfArg.DYNPTR],
    ['struct bpf_iter_num *it__iter', KfArg.ITER],
    ['struct bpf_list_head *p', KfArg.LIST_HEAD],
    ['struct bpf_list_node *p', KfArg.LIST_NODE],
    ['struct bpf_rb_root *p', KfArg.RB_ROOT],
    ['struct bpf_rb_node *p', KfArg.RB_NODE],
    ['int *s__str', KfArg.CONST_STR],
    ['struct bpf_map *p__const_map', KfArg.CONST_MAP_PTR],
    ['void *p__map', KfArg.BTF_ID],
    ['struct bpf_wq *p', KfArg.WORKQUEUE],
    ['struct bpf_timer *p', KfArg.TIMER],
    ['struct bpf_task_work *p', KfArg.TASK_WORK],
    ['u64 *p__irq_flag', KfArg.IRQ_FLAG],
    ['struct bpf_res_spin_lock *p', KfArg.RES_SPIN_LOCK],
    ['x (*) cb', KfArg.CALLBACK],
    ['struct task_struct *p', KfArg.BTF_ID],
    ['u64 *p', KfArg.MEM],
    ['void *p__ign', KfArg.SKIPPED],
    ['struct bpf_prog_aux *aux', KfArg.PROG_AUX],
  ])('%s', (param, kind) => {
    expect(kinds([param])).toEqual([kind]);
  });

  it('sees a size in the next parameter before the type pointed to', () => {
    expect(kinds(['struct x *p', 'u64 p__sz'])).toEqual([KfArg.MEM, KfArg.MEM_SIZE]);
    expect(args(['u64 *p'])[0]!.fixedSize).toBe(true);
    expect(args(['u64 *p', 'u64 p__sz'])[0]!.fixedSize).toBe(false);
  });

  it('takes the first parameter of an iterator kfunc for the iterator', () => {
    expect(kinds(['struct bpf_iter_x *p', 'struct bpf_iter_x *q'], Kf.ITER_NEW)).toEqual([KfArg.ITER, KfArg.BTF_ID]);
  });

  it('reads qualities off the name', () => {
    expect(args(['struct x *p__nullable'])[0]!.nullable).toBe(true);
    expect(args(['struct bpf_dynptr *p__uninit'])[0]!.uninit).toBe(true);
    expect(args(['struct bpf_list_node *p__nonown_allowed'])[0]!.nonownAllowed).toBe(true);
  });

  it('skips implicit parameters of the twin', () => {
    const parsed = args(
      ['int a'],
      Kf.IMPLICIT_ARGS,
      'bpf_f',
      (kernel) => void kernel.kfunc('bpf_f_impl', 'void', ['int a', 'int b', 'struct bpf_prog_aux *aux']),
    );
    expect(parsed.map((a) => a.kind)).toEqual([KfArg.ANYTHING, KfArg.SKIPPED, KfArg.PROG_AUX]);
  });

  it('refuses what cannot be passed', () => {
    const kernel = new TestKernel();
    const env = testEnv({ kernel });
    expect(refusal(env, () => addKfunc(env, callOf(kernel.kfunc('bpf_f', 'void', ['void *p']))))).toBe(
      'R1 pointer type UNKNOWN  must point to scalar, or struct with scalar\n',
    );
    expect(
      refusal(env, () =>
        addKfunc(
          env,
          callOf(
            kernel.kfunc(
              'bpf_g',
              'void',
              Array.from({ length: 13 }, (_, i) => `int a${i}`),
            ),
          ),
        ),
      ),
    ).toBe('The function bpf_g has 13 arguments. Too many.\n');
    expect(refusal(env, () => addKfunc(env, callOf(kernel.int('int', 4))))).toContain(' is not a function\n');
  });
});
