// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind, Linkage, type Btf, type BtfOf, type BtfType } from '../../../src/btf/types';
import { KERNEL_TABLES } from '../../../src/kernel/data/linux-7.3.4';
import { ArgType, Flag } from '../../../src/kernel/types';
import { SubprogInfo } from '../../../src/verifier/aux';
import { prepareFuncArgs } from '../../../src/verifier/calls/funcargs';
import type { VerifierEnv } from '../../../src/verifier/env';
import { Errno, Refused } from '../../../src/verifier/errors';

type Distribute<T> = T extends BtfType ? Omit<T, 'id' | 'name'> & { name?: string } : never;

/** BTF of the types given, ids from 1. */
function btfOf(isKernel: boolean, types: Distribute<BtfType>[]): Btf {
  const all = [{ kind: Kind.VOID, id: 0, name: '' }, ...types.map((t, i) => ({ name: '', ...t, id: i + 1 }))] as BtfType[];
  const idsByName = (name: string, kind: Kind): number[] => all.filter((t) => t.name === name && t.kind === kind).map((t) => t.id);
  return {
    name: isKernel ? 'vmlinux' : 'prog',
    isKernel,
    base: null,
    startId: 1,
    endId: all.length,
    type: (id) => all[id],
    idsByName,
    ownIdsByName: idsByName,
    findByNameKind: (name, kind) => idsByName(name, kind)[0] ?? -1,
    declTags: (id) => all.filter((t): t is BtfOf<Kind.DECL_TAG> => t.kind === Kind.DECL_TAG && t.type === id),
  };
}

const INT = 1;
const PTR_INT = 2;
const TASK = 3;
const PTR_TASK = 4;
const PTR_FWD = 6;
const PTR_DYNPTR = 8;
const PTR_ARENA_INT = 10;
const STRUCT = TASK;
const FUNC = 12;
const PTR_CTX = 14;

function prepare(params: number[], options: { ret?: number; tags?: [number, string][]; linkage?: Linkage; kernelTasks?: number } = {}) {
  const task = { kind: Kind.STRUCT as const, name: 'task_struct', size: 16, members: [] };
  const btf = btfOf(false, [
    { kind: Kind.INT, name: 'int', size: 4, encoding: 1, bits: 32, bitOffset: 0 },
    { kind: Kind.PTR, type: INT },
    { ...task, name: 'task_struct___local' },
    { kind: Kind.PTR, type: TASK },
    { kind: Kind.FWD, name: 'opaque', union: false },
    { kind: Kind.PTR, type: 5 },
    { kind: Kind.FWD, name: 'bpf_dynptr', union: false },
    { kind: Kind.PTR, type: 7 },
    { kind: Kind.TYPE_TAG, name: 'arena', type: INT },
    { kind: Kind.PTR, type: 9 },
    { kind: Kind.FUNC_PROTO, ret: options.ret ?? INT, params: params.map((type) => ({ name: '', type })) },
    { kind: Kind.FUNC, name: 'f', type: 11, linkage: options.linkage ?? Linkage.GLOBAL },
    { kind: Kind.STRUCT, name: 'xdp_md', size: 4, members: [] },
    { kind: Kind.PTR, type: 13 },
    ...(options.tags ?? []).map(([componentIdx, name]) => ({ kind: Kind.DECL_TAG as const, name, type: FUNC, componentIdx })),
  ]);
  const kernel = btfOf(true, [
    { kind: Kind.STRUCT, name: 'xdp_md', size: 4, members: [] },
    {
      kind: Kind.STRUCT,
      name: 'bpf_ctx_convert',
      size: 4,
      members: [{ name: 'BPF_PROG_TYPE_XDP_prog', type: 1, bitOffset: 0, bitfieldSize: 0 }],
    },
    ...Array.from({ length: options.kernelTasks ?? 1 }, () => task),
  ]);
  const sub = new SubprogInfo(0);
  sub.btfFuncId = FUNC;
  sub.linkage = options.linkage ?? Linkage.GLOBAL;
  let log = '';
  const prog = { btf, funcInfo: [{ insnOff: 0, typeId: FUNC }], expectedAttachType: 0 };
  const env = {
    prog,
    given: prog,
    kernel: {
      btf: kernel,
      modules: [],
      progType: () => undefined,
      progTypeName: () => 'xdp',
      constant: () => -1,
      features: KERNEL_TABLES.features,
    },
    subprogs: [new SubprogInfo(0), sub],
    progType: 6,
    verbose: (text: string) => (log += text),
    reject: (errno: Errno, text: string) => {
      log += text;
      throw new Refused(errno);
    },
  } as unknown as VerifierEnv;
  const errno = prepareFuncArgs(env, 1);
  return { errno, log, types: sub.args.map((a) => a.type), args: sub.args };
}

describe('argument types from BTF', () => {
  it('takes numbers and memory in global functions', () => {
    const { errno, args } = prepare([INT, PTR_INT]);
    expect(errno).toBe(0);
    expect(args.map((a) => [a.type, a.memSize])).toEqual([
      [ArgType.ANYTHING, 0],
      [ArgType.PTR_TO_MEM | Flag.PTR_MAYBE_NULL, 4],
    ]);
    expect(prepare([PTR_INT], { tags: [[0, 'arg:nonnull']] }).types).toEqual([ArgType.PTR_TO_MEM]);
  });

  it('knows the context', () => {
    expect(prepare([PTR_CTX, PTR_CTX], { linkage: Linkage.STATIC }).types).toEqual([ArgType.PTR_TO_CTX, ArgType.PTR_TO_CTX]);
    expect(prepare([PTR_CTX], { tags: [[0, 'arg:nonnull']] }).log).toBe('arg#0 has invalid combination of tags\n');
  });

  it('takes dynptrs and arena pointers', () => {
    expect(prepare([PTR_DYNPTR, PTR_ARENA_INT]).types).toEqual([ArgType.PTR_TO_DYNPTR, ArgType.PTR_TO_ARENA]);
    expect(prepare([INT], { ret: PTR_ARENA_INT }).errno).toBe(0);
  });

  it('finds the kernel type of a trusted pointer whatever its flavour', () => {
    const tagged = (...names: string[]): { tags: [number, string][] } => ({ tags: names.map((n) => [0, `arg:${n}`]) });
    expect(prepare([PTR_TASK], tagged('trusted', 'nullable')).args).toMatchObject([
      { type: ArgType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL, btfId: 3 },
    ]);
    expect(prepare([PTR_TASK], { ...tagged('trusted'), kernelTasks: 0 })).toMatchObject({
      errno: Errno.ENOENT,
      log: "arg#0 reference type('STRUCT task_struct___local') has no matches\n",
    });
    expect(prepare([PTR_TASK], { ...tagged('trusted'), kernelTasks: 2 })).toMatchObject({
      errno: Errno.ESRCH,
      log: "arg#0 reference type('STRUCT task_struct___local') is ambiguous\n",
    });
    expect(prepare([PTR_INT], tagged('untrusted')).types).toEqual([ArgType.PTR_TO_MEM | Flag.MEM_RDONLY | Flag.PTR_UNTRUSTED]);
  });

  it.each([
    [[STRUCT], {}, 'Arg#0 type STRUCT in f() is not supported yet.\n', Errno.EINVAL],
    [[PTR_FWD], {}, "arg#0 reference type('FWD opaque') size cannot be determined: -22\n", Errno.EINVAL],
    [[INT], { ret: PTR_INT }, 'Global function f() return value not void or scalar. Only those are supported.\n', Errno.EOPNOTSUPP],
    [[INT, INT, INT, INT, INT, INT], {}, 'global function f has 6 > 5 args, stack args not supported\n', Errno.EINVAL],
    [[INT], { tags: [[0, 'arg:nonnull']] }, 'arg#0 has pointer tag, but is not a pointer type\n', Errno.EINVAL],
    [[PTR_INT], { tags: [[0, 'arg:new']] }, 'arg#0 has unsupported set of tags\n', Errno.EOPNOTSUPP],
    [[PTR_INT], { tags: [[0, 'arg:nullable']] }, 'arg#0 has invalid combination of tags\n', Errno.EINVAL],
    [
      [PTR_INT],
      { tags: [[0, 'arg:trusted']], linkage: Linkage.STATIC },
      'arg#0 type tag is not supported in static functions\n',
      Errno.EOPNOTSUPP,
    ],
    [[PTR_INT], { linkage: Linkage.STATIC }, '', Errno.EINVAL],
  ] as [number[], Parameters<typeof prepare>[1], string, Errno][])('refuses %j %j', (params, options, log, errno) => {
    expect(prepare(params, options)).toMatchObject({ log, errno });
  });
});
