// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { memberByPath } from '../../../src/btf/util';
import { Flag, RegType } from '../../../src/kernel/types';
import { btfStructIdsMatch, checkLoad, checkStoreReg, isTrustedReg } from '../../../src/verifier/memory';
import { walkStruct } from '../../../src/verifier/memory/btf/walk';
import { pointerReg, type RegState } from '../../../src/verifier/state/reg';
import { shippedKernel } from '../kernel/shipped';
import { insn } from '../../support/asm';
import { at, memoryEnv, refusal, scalar } from './fixture';
import { Types } from './types';

const t = new Types(true);
const u32 = t.int('u32', 4);
const u64 = t.int('u64', 8);
const inner = t.struct('inner', 16, [
  { name: 'a', type: u64 },
  { name: 'b', type: u64, at: 8 },
]);
const toInner = t.ptr(inner, 'rcu');
const both = t.struct(
  'both',
  8,
  [
    { name: 'p', type: t.ptr(inner) },
    { name: 'n', type: u64 },
  ],
  Kind.UNION,
);
const outer = t.struct('outer', 96, [
  { name: 'first', type: inner },
  { name: 'grid', type: t.array(t.array(inner, 2), 1), at: 16 },
  { name: 'p', type: toInner, at: 48 },
  { name: 'opaque', type: t.ptr(u32), at: 56 },
  { name: 'bits', type: u32, at: 64, bits: 12 },
  { name: 'words', type: t.array(u32, 2), at: 72 },
  { name: 'u', type: both, at: 80 },
  { name: 'tail', type: t.array(u64, 0), at: 96 },
]);
const tailed = t.struct('tailed', 8, [
  { name: 'n', type: u64 },
  { name: 'items', type: t.array(inner, 0), at: 8 },
]);

describe('walk', () => {
  const walk = (id: number, off: number, size: number, flex = true): unknown => walkStruct(memoryEnv(), t.btf, id, off, size, 0, flex);
  it.each([
    ['inner struct at its start', outer, 0, 8, { kind: 'inner', btfId: inner, flags: 0 }],
    ['scalar of an inner struct', outer, 8, 8, { kind: 'scalar' }],
    ['second element of a grid', outer, 32, 4, { kind: 'inner', btfId: inner, flags: 0 }],
    ['tagged pointer', outer, 48, 8, { kind: 'pointer', btfId: inner, flags: Flag.MEM_RCU, member: 'p' }],
    ['pointer to a number', outer, 56, 8, { kind: 'opaque' }],
    ['whole bit field', outer, 64, 2, { kind: 'scalar' }],
    ['across an array of numbers', outer, 72, 8, { kind: 'scalar' }],
    ['a union', outer, 80, 8, { kind: 'inner', btfId: both, flags: 0 }],
    ['a pointer in a union', both, 0, 8, { kind: 'pointer', btfId: inner, flags: Flag.PTR_UNTRUSTED, member: 'p' }],
    ['a flexible array of structs', tailed, 8 + 3 * 16 + 8, 8, { kind: 'scalar' }],
    ['a flexible array of numbers', outer, 96 + 40, 8, { kind: 'scalar' }],
  ])('%s', (_name, id, off, size, step) => expect(walk(id, off, size)).toEqual(step));

  it.each([
    ['beyond the struct', tailed, 8, 8, false, 'access beyond struct tailed at off 8 size 8'],
    ['part of a pointer', outer, 48, 4, true, 'cannot access ptr member p with moff 48 in struct outer with off 48 size 4'],
    ['a hole', outer, 68, 4, true, "struct outer doesn't have field at offset 68"],
    ['past an array', outer, 76, 8, true, 'access beyond the end of member words (mend:80) in struct outer with off 76 size 8'],
    ['no struct', u32, 0, 4, true, "Type 'u32' is not a struct"],
  ])('%s', (_name, id, off, size, flex, message) => {
    const env = memoryEnv();
    expect(walkStruct(env, t.btf, id, off, size, 0, flex).kind).toBe('error');
    expect(env.log.toString()).toBe(`${message}\n`);
  });
});

describe('matching structs', () => {
  const match = (id: number, off: number, need: number, strict = false): boolean =>
    btfStructIdsMatch(memoryEnv(), t.btf, id, off, t.btf, need, strict, true);
  it('a struct is what it begins with', () => {
    expect(match(outer, 0, outer, true)).toBe(true);
    expect(match(outer, 0, inner)).toBe(true);
    expect(match(outer, 0, inner, true)).toBe(false);
    expect(match(outer, 32, inner)).toBe(true);
    expect(match(outer, 8, inner)).toBe(false);
  });
});

describe('kernel structs', () => {
  const { btf } = shippedKernel();
  const struct = (name: string): number => btf.findByNameKind(name, Kind.STRUCT);
  const pointerTo = (name: string, flags = 0): RegState => pointerReg(RegType.PTR_TO_BTF_ID | flags, { obj: btf, num2: struct(name) });
  const offsetOf = (name: string, member: string): number => {
    return memberByPath(btf, struct(name), member)!.bitOffset / 8;
  };
  /** Flags of the pointer that a member load gives. */
  function loaded(from: RegState, name: string, member: string, sleepable: boolean): number {
    const env = memoryEnv({ type: 'TRACING', attach: 'BPF_TRACE_FENTRY', sleepable });
    env.regs[1] = from;
    checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +${offsetOf(name, member)})`));
    return env.regs[2]!.type & ~0xff;
  }

  it('trust is inherited by listed members only', () => {
    const task = pointerTo('task_struct', Flag.PTR_TRUSTED);
    expect(isTrustedReg(memoryEnv(), task)).toBe(true);
    expect(loaded(pointerTo('file', Flag.PTR_TRUSTED), 'file', 'f_inode', true)).toBe(Flag.PTR_TRUSTED);
    expect(loaded(task, 'task_struct', 'group_leader', false)).toBe(Flag.MEM_RCU);
    expect(loaded(task, 'task_struct', 'group_leader', true)).toBe(Flag.PTR_UNTRUSTED);
    expect(loaded(task, 'task_struct', 'last_wakee', false)).toBe(0);
    expect(loaded(pointerTo('mm_struct', Flag.PTR_TRUSTED), 'mm_struct', 'exe_file', false)).toBe(Flag.MEM_RCU | Flag.PTR_MAYBE_NULL);
  });
  it('what comes from an untrusted pointer is untrusted, from a plain one plain', () => {
    expect(loaded(pointerTo('file', Flag.PTR_UNTRUSTED), 'file', 'f_inode', false)).toBe(Flag.PTR_UNTRUSTED);
    expect(loaded(pointerTo('file'), 'file', 'f_inode', false)).toBe(0);
  });

  it.each([
    ['a store', {}, 0, 'only read is supported'],
    ['a program of another licence', { license: 'Proprietary' }, 0, "Cannot access kernel 'struct file' from non-GPL compatible program"],
    ['an unprivileged program', { unprivileged: true }, 0, "'struct file' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN"],
  ])('%s is refused', (_name, setup, off, message) => {
    const env = memoryEnv({ type: 'TRACING', attach: 'BPF_TRACE_FENTRY', ...setup });
    env.regs[1] = pointerTo('file', Flag.PTR_TRUSTED);
    env.regs[2] = scalar(0);
    expect(refusal(env, () => checkStoreReg(env, at(env, insn`*(u64 *)(r1 +${off}) = r2`)))).toBe(message);
  });

  it('congestion control may write some members of its socket', () => {
    const env = memoryEnv({ type: 'STRUCT_OPS' });
    env.attach = { ...env.attach, structOps: { typeName: 'tcp_congestion_ops', member: 'init', memberIndex: 0, btf } };
    env.regs[1] = pointerTo('tcp_sock', Flag.PTR_TRUSTED);
    env.regs[2] = scalar(0);
    const cwnd = offsetOf('tcp_sock', 'snd_cwnd');
    checkStoreReg(env, at(env, insn`*(u32 *)(r1 +${cwnd}) = r2`));
    refusal(env, () => checkStoreReg(env, at(env, insn`*(u64 *)(r1 +${cwnd}) = r2`)));
    expect(env.log.toString()).toBe(
      `write access at off ${cwnd} with size 8 beyond the member of tcp_sock ended at ${cwnd + 4}\nR1 cannot write into ptr_tcp_sock at off=${cwnd} size=8\n`,
    );
  });
});
