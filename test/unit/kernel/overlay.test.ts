// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { basicTypeNames, parseCParam } from '../../../src/kernel/ctype';
import { applyOverlay, OverlayError, parseOverlay } from '../../../src/policy/overlay';
import { Kf } from '../../../src/kernel/profile';
import { buildKfuncBtf } from '../../../src/kernel/synthetic';
import { getPolicy } from '../../../src/policy';
import { caller, kfunc, shippedKernel } from './shipped';

const kernel = shippedKernel();
const failure = (run: () => unknown): OverlayError => {
  try {
    run();
  } catch (e) {
    if (e instanceof OverlayError) return e;
    throw e;
  }
  throw new Error('nothing was refused');
};

describe('parseOverlay', () => {
  const { classes } = getPolicy('forbid-fault');

  it('reads flags, classes and prototypes', () => {
    const text = JSON.stringify({
      kfuncs: [
        { name: 'bpf_a', flags: ['KF_ACQUIRE', 'KF_FORBID_FAULT'], clear: ['KF_RCU'] },
        { name: 'bpf_b', flags: ['KF_RELEASE'], leaves: 'rcu', proto: { ret: 'void', params: ['struct file *f'] } },
      ],
    });
    expect(parseOverlay(text, classes)).toEqual([
      { name: 'bpf_a', set: Kf.ACQUIRE, clear: Kf.RCU, acquires: 'nofault' },
      { name: 'bpf_b', set: Kf.RELEASE, clear: 0, leaves: 'rcu', proto: { ret: 'void', params: ['struct file *f'] } },
    ]);
    expect(parseOverlay('{}')).toEqual([]);
  });

  it.each([
    ['{', '$', /not JSON/],
    ['[]', '$', /must be an object/],
    ['{"kfunc": []}', '$.kfunc', /unknown key; known: \$schema, kfuncs/],
    ['{"kfuncs": {}}', '$.kfuncs', /must be an array/],
    ['{"kfuncs": [{}]}', '$.kfuncs[0].name', /non-empty string/],
    ['{"kfuncs": [{"name": "a b"}]}', '$.kfuncs[0].name', /no C identifier/],
    [
      '{"kfuncs": [{"name": "a", "flags": ["KF_NO"]}]}',
      '$.kfuncs[0].flags[0]',
      /unknown flag 'KF_NO'; known: KF_ACQUIRE, .*KF_FORBID_FAULT/,
    ],
    ['{"kfuncs": [{"name": "a", "flags": ["KF_RCU"], "clear": ["KF_RCU"]}]}', '$.kfuncs[0].clear[0]', /also in flags/],
    ['{"kfuncs": [{"name": "a", "flags": ["KF_FORBID_FAULT", "KF_FORBID_SLEEP"]}]}', '$.kfuncs[0].flags[1]', /exclude each other/],
    ['{"kfuncs": [{"name": "a"}, {"name": "a"}]}', '$.kfuncs[1].name', /already at \$\.kfuncs\[0\]/],
    ['{"kfuncs": [{"name": "a", "acquires": "nosuch"}]}', '$.kfuncs[0].acquires', /no class 'nosuch'; known: ref, rcu/],
    ['{"kfuncs": [{"name": "a", "enters": "nosuch"}]}', '$.kfuncs[0].enters', /no class 'nosuch'/],
    ['{"kfuncs": [{"name": "a", "proto": {"ret": "void", "args": []}}]}', '$.kfuncs[0].proto.args', /unknown key; known: ret, params/],
  ])('refuses %s', (text, path, why) => {
    const e = failure(() => parseOverlay(text, classes));
    expect(e.path).toBe(path);
    expect(e.why).toMatch(why);
  });
});

describe('applyOverlay', () => {
  const policy = getPolicy('forbid-fault');
  const series = applyOverlay(kernel, policy.annotations, policy.id);

  it('changes a kfunc in place', () => {
    const next = kfunc(series, 'bpf_iter_task_vma_next');
    expect(next).toMatchObject({ flags: Kf.ACQUIRE | Kf.RET_NULL | Kf.ITER_NEXT, acquires: 'nofault', registered: true });
    expect(kfunc(series, 'bpf_iter_task_vma_next')).toBe(next);
    expect(series.kfuncAllowed(next, caller(series, 'TRACING'))).toBe(true);
    expect(kfunc(kernel, 'bpf_iter_task_vma_next')).toMatchObject({ flags: Kf.RET_NULL | Kf.ITER_NEXT });
    expect(kfunc(series, 'bpf_iter_num_next')).toBe(kfunc(kernel, 'bpf_iter_num_next'));
  });

  it('adds a kfunc in a BTF of its own', () => {
    const btf = series.modules.at(-1)!;
    expect(btf.name).toBe('forbid-fault');
    expect(btf.base).toBe(kernel.btf);
    expect(series.modules).toHaveLength(kernel.modules.length + 1);
    const release = kfunc(series, 'bpf_iter_task_vma_release', 'forbid-fault');
    expect(release).toMatchObject({ flags: Kf.RELEASE, registered: true, behaviour: null });
    expect(release.btf).toBe(btf);
    for (const type of ['TRACING', 'XDP']) expect(series.kfuncAllowed(release, caller(series, type))).toBe(true);
    const func = btf.type(release.id);
    const proto = func?.kind === Kind.FUNC ? btf.type(func.type) : undefined;
    if (proto?.kind !== Kind.FUNC_PROTO) throw new Error('no prototype');
    expect(proto.ret).toBe(0);
    expect(proto.params.map((p) => p.name)).toEqual(['it__iter']);
    const pointer = btf.type(proto.params[0]!.type);
    expect(pointer?.kind === Kind.PTR && btf.type(pointer.type)).toMatchObject({ kind: Kind.STRUCT, name: 'bpf_iter_task_vma' });
    expect(btf.declTags(release.id).map((t) => t.name)).toEqual(['bpf_kfunc']);
    expect(kernel.btf.findByNameKind('bpf_iter_task_vma_release', Kind.FUNC)).toBe(-1);
  });

  it('can be stacked', () => {
    const twice = applyOverlay(series, [{ name: 'bpf_iter_task_vma_release', set: Kf.SLEEPABLE, clear: 0 }], 'more');
    const release = kfunc(twice, 'bpf_iter_task_vma_release', 'forbid-fault');
    expect(release.flags).toBe(Kf.RELEASE | Kf.SLEEPABLE);
    expect(twice.kfuncAllowed(release, caller(twice, 'XDP'))).toBe(true);
  });

  it('refuses what it cannot make', () => {
    expect(failure(() => applyOverlay(kernel, [{ name: 'bpf_new', set: 0, clear: 0 }])).why).toMatch(/a proto is needed/);
    const proto = { ret: 'void', params: ['struct no_such *p'] };
    expect(failure(() => applyOverlay(kernel, [{ name: 'bpf_new', set: 0, clear: 0, proto }])).why).toMatch(
      /parameter 1 of bpf_new: the kernel has no type 'struct no_such'/,
    );
    expect(failure(() => applyOverlay(kernel, [{ name: 'bpf_iter_num_next', set: 0, clear: 0, acquires: 'nofault' }])).message).toMatch(
      /bpf_iter_num_next: acquires 'nofault' but has no KF_ACQUIRE \(flags: KF_RET_NULL, KF_ITER_NEXT, KF_SPINLOCK_SAFE\)/,
    );
  });
});

describe('C declarations', () => {
  it('reads types and names', () => {
    expect(parseCParam('const struct file *f')).toEqual({ type: { kind: 'struct', name: 'file', const: true, pointers: 1 }, name: 'f' });
    expect(parseCParam('u32 buf__sz')).toEqual({ type: { kind: 'named', name: 'u32', const: false, pointers: 0 }, name: 'buf__sz' });
    expect(parseCParam('void **p').type.pointers).toBe(2);
    expect(parseCParam('unsigned long flags')).toMatchObject({ type: { name: 'unsigned long' }, name: 'flags' });
    expect(parseCParam('void')).toEqual({ type: { kind: 'void', name: '', const: false, pointers: 0 }, name: '' });
  });
  it('knows the spellings of basic types', () => {
    expect(basicTypeNames('unsigned long')).toEqual(['long unsigned int', 'unsigned long']);
    expect(basicTypeNames('long unsigned int')).toEqual(['long unsigned int', 'unsigned long']);
    expect(basicTypeNames('unsigned')).toEqual(['unsigned int']);
    expect(basicTypeNames('short')).toEqual(['short int', 'short']);
    expect(basicTypeNames('long long')).toEqual(['long long int', 'long long']);
    expect(basicTypeNames('u32')).toEqual(['u32']);
  });
  it.each([['struct'], ['struct x * p q'], ['int (*f)(void)'], ['']])('refuses %j', (text) => {
    expect(() => parseCParam(text)).toThrow(SyntaxError);
  });
  it('uses the types of the kernel', () => {
    const btf = buildKfuncBtf('t', kernel.btf, [
      { name: 'bpf_t', ret: 'unsigned long', params: ['const void *p', 'const void *q', 'enum bpf_prog_type t'] },
    ]);
    const proto = btf.type(btf.startId + 2);
    if (proto?.kind !== Kind.FUNC_PROTO) throw new Error('no prototype');
    expect(btf.type(proto.ret)).toMatchObject({ kind: Kind.INT, size: 8 });
    expect(proto.params[0]!.type).toBe(proto.params[1]!.type);
    expect(btf.type(proto.params[2]!.type)).toMatchObject({ kind: Kind.ENUM });
    expect(btf.endId).toBe(btf.startId + 5);
  });
});
