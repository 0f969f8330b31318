// SPDX-License-Identifier: GPL-2.0-only
/**
 * Loaders with some capabilities but not others. All expectations are what the guest kernel said to the same instructions, loaded after
 * capset(2) without the capabilities that are not listed; the older helpers and the missing attach type are libbpf's doing.
 */
import { describe, expect, it } from 'vitest';
import type { Insn } from '../../../src/isa/insn';
import { capabilitiesOf, type Capability } from '../../../src/object/capabilities';
import { DEFAULT_POLICY } from '../../../src/policy';
import { verify } from '../../../src/verifier/check';
import { shippedKernel } from '../kernel/shipped';
import { asm, insn } from '../../support/asm';
import { program } from '../prepass/programs';

const kernel = shippedKernel();
const KTIME = 5;
const PROBE_READ_KERNEL = 113;

/** Verdict, error number and last message of a program under a loader that keeps these capabilities. */
function say(type: string, keeps: readonly Capability[], insns: readonly Insn[], attach = ''): string {
  const prog = program(insns, {
    progType: kernel.constantNamed(`BPF_PROG_TYPE_${type}`),
    expectedAttachType: attach === '' ? 0 : kernel.constantNamed(attach),
  });
  const r = verify(prog, kernel, DEFAULT_POLICY, { logLevel: 0, unprivileged: true, keeps, flags: 0, recorder: null, tick: null });
  return r.verdict === 'accept' ? 'accept' : `${r.errno} ${r.message.at(-1) ?? ''}`.trim();
}

const NOTHING = asm`r0 = 0; exit`;
const LEAK = asm`r0 = r10; exit`;
const UNINIT = asm`r0 = *(u64 *)(r10 -8); r0 = 0; exit`;

describe('capabilities', () => {
  it('are all held by CAP_SYS_ADMIN', () => {
    const all = { bpf: true, perfmon: true, netAdmin: true, sysAdmin: true };
    expect(capabilitiesOf({ unprivileged: true, keeps: ['SYS_ADMIN'] })).toEqual(all);
    expect(capabilitiesOf({ unprivileged: false })).toEqual(all);
    expect(capabilitiesOf({ unprivileged: true, keeps: ['PERFMON'] })).toEqual({
      bpf: false,
      perfmon: true,
      netAdmin: false,
      sysAdmin: false,
    });
  });

  it.each<readonly [type: string, keeps: readonly Capability[], answer: string]>([
    ['SOCKET_FILTER', [], 'accept'],
    ['CGROUP_SKB', [], 'accept'],
    ['SYSCALL', [], '1'],
    ['SCHED_CLS', ['BPF'], '1'],
    ['SCHED_CLS', ['NET_ADMIN'], '1'],
    ['SCHED_CLS', ['BPF', 'NET_ADMIN'], 'accept'],
    ['SCHED_CLS', ['SYS_ADMIN'], 'accept'],
    ['KPROBE', ['BPF', 'NET_ADMIN'], '1'],
    ['KPROBE', ['BPF', 'PERFMON'], 'accept'],
    ['SK_REUSEPORT', ['BPF'], 'accept'],
    ['NETFILTER', ['BPF'], '1'],
  ])('%s with %j: %s', (type, keeps, answer) => {
    expect(say(type, keeps, NOTHING, type === 'NETFILTER' ? 'BPF_NETFILTER' : '')).toBe(answer);
  });

  it('limits the length of a program without CAP_BPF', () => {
    const long = [...Array.from({ length: 4096 }, () => insn`r0 = 0`), insn`exit`];
    expect(say('SOCKET_FILTER', [], long)).toBe('7');
    expect(say('SOCKET_FILTER', ['BPF'], long)).toBe('accept');
  });

  it.each<readonly [what: string, insns: readonly Insn[], keeps: readonly Capability[], answer: string]>([
    ['a leaked pointer', LEAK, ['BPF', 'NET_ADMIN'], '13 R0 leaks addr as return value'],
    ['a leaked pointer', LEAK, ['PERFMON'], 'accept'],
    ['an uninitialised slot', UNINIT, ['BPF', 'NET_ADMIN'], '13 invalid read from stack R10 off=-8 size=8'],
    ['an uninitialised slot', UNINIT, ['BPF', 'PERFMON'], 'accept'],
  ])('%s is a question of CAP_PERFMON', (_, insns, keeps, answer) => {
    expect(say('SOCKET_FILTER', keeps, insns)).toBe(answer);
  });

  it('libbpf takes what it cannot try for missing', () => {
    const probe = asm`call #${PROBE_READ_KERNEL}; exit`;
    expect(say('SOCKET_FILTER', ['BPF', 'NET_ADMIN'], probe)).toBe('22 program of this type cannot use helper bpf_probe_read#4');
    expect(say('SOCKET_FILTER', ['BPF', 'PERFMON'], probe)).toBe('13 R2 !read_ok');
    const range = asm`call #${KTIME}; exit`;
    expect(say('CGROUP_SKB', ['BPF'], range, 'BPF_CGROUP_INET_EGRESS')).toMatch(/should have been in \[0, 1\]$/);
    expect(say('CGROUP_SKB', ['BPF', 'NET_ADMIN'], range, 'BPF_CGROUP_INET_EGRESS')).toMatch(/should have been in \[0, 3\]$/);
  });
});
