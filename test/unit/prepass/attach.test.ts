// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind, type BtfType } from '../../../src/btf/types';
import { Flag, RegType } from '../../../src/kernel/types';
import type { Program } from '../../../src/object/program';
import { Errno } from '../../../src/verifier/errors';
import { shippedKernel } from '../kernel/shipped';
import { arrayMap, exit, ldMap, movImm, prepass, program, type Prepassed } from './programs';

const SLEEPABLE = 16;
const kernel = shippedKernel();

function attach(type: string, attachType: string, target: string, fields: Partial<Program> = {}, kind = Kind.FUNC): Prepassed {
  return prepass(
    program([movImm(0, 0), exit()], {
      progType: kernel.constant(`BPF_PROG_TYPE_${type}`),
      expectedAttachType: kernel.constant(attachType),
      attachBtf: kernel.btf,
      attachBtfId: kernel.btf.findByNameKind(target, kind),
      ...fields,
    }),
  );
}

function structOps(struct: string, member: string, fields: Partial<Program> = {}): Prepassed {
  const id = kernel.btf.findByNameKind(struct, Kind.STRUCT);
  const type = kernel.btf.type(id) as BtfType & { readonly kind: Kind.STRUCT };
  return prepass(
    program([movImm(0, 0), exit()], {
      progType: kernel.constant('BPF_PROG_TYPE_STRUCT_OPS'),
      expectedAttachType: type.members.findIndex((m) => m.name === member),
      attachBtf: kernel.btf,
      attachBtfId: id,
      ...fields,
    }),
  );
}

describe('attach targets', () => {
  it('give the prototype and the name', () => {
    const { env, refused } = attach('TRACING', 'BPF_TRACE_FENTRY', 'vfs_read');
    expect([refused, env.attach.funcName]).toEqual(['', 'vfs_read']);
    expect(kernel.btf.type(env.attach.proto!.protoId)?.kind).toBe(Kind.FUNC_PROTO);
    const rawTp = attach('TRACING', 'BPF_TRACE_RAW_TP', 'btf_trace_sched_switch', {}, Kind.TYPEDEF).env.attach;
    expect([rawTp.funcName, rawTp.isBtfTrace]).toEqual(['sched_switch', true]);
  });
  it.each([
    ['TRACING', 'BPF_TRACE_FENTRY', '__rcu_read_lock', 0, "Attaching tracing programs to function '__rcu_read_lock' is rejected."],
    ['TRACING', 'BPF_TRACE_FEXIT', 'do_exit', 0, "Attaching fexit/fsession/fmod_ret to __noreturn function 'do_exit' is rejected."],
    ['TRACING', 'BPF_MODIFY_RETURN', 'vfs_read', 0, 'vfs_read() is not modifiable'],
    ['TRACING', 'BPF_MODIFY_RETURN', 'security_file_open', 0, ''],
    ['TRACING', 'BPF_TRACE_FENTRY', 'vfs_read', SLEEPABLE, 'vfs_read is not sleepable'],
    ['TRACING', 'BPF_TRACE_FENTRY', '__x64_sys_getpgid', SLEEPABLE, ''],
    ['TRACING', 'BPF_TRACE_FENTRY', 'blk_account_io_done', 0, 'The address of function blk_account_io_done cannot be found'],
    ['LSM', 'BPF_LSM_MAC', 'bpf_lsm_file_open', SLEEPABLE, ''],
    ['LSM', 'BPF_LSM_MAC', 'bpf_lsm_vm_enough_memory', 0, /points to disabled hook bpf_lsm_vm_enough_memory$/],
    ['LSM', 'BPF_LSM_MAC', 'vfs_read', 0, /points to wrong type name vfs_read$/],
    ['SYSCALL', 'BPF_CGROUP_INET_INGRESS', '', 0, 'Syscall programs can only be sleepable'],
    ['XDP', 'BPF_XDP', '', SLEEPABLE, 'Program of this type cannot be sleepable'],
  ])('%s %s %s (flags %i): %s', (type, attachType, target, progFlags, message) => {
    const { refused } = attach(type, attachType, target, { progFlags });
    if (typeof message === 'string') expect(refused).toBe(message);
    else expect(refused).toMatch(message);
  });
  it('wants a GPL licence for LSM', () => {
    const { refused } = attach('LSM', 'BPF_LSM_MAC', 'bpf_lsm_file_open', { license: 'BSD' });
    expect(refused).toBe('LSM programs must have a GPL compatible license');
  });
  it('takes the typed arguments of iterators', () => {
    const { env } = attach('TRACING', 'BPF_TRACE_ITER', 'bpf_iter_task_file');
    expect(env.attach.ctxArgs.map((a) => a.regType & 0xff)).toEqual([RegType.PTR_TO_BTF_ID, RegType.PTR_TO_BTF_ID]);
    expect(env.attach.ctxArgs.map((a) => kernel.btf.type(a.btfId)?.name)).toEqual(['task_struct', 'file']);
  });
});

describe('struct_ops members', () => {
  it('must have a stub', () => {
    const r = structOps('tcp_congestion_ops', 'get_info');
    expect([r.refused, r.errno]).toEqual(['attach to unsupported member get_info of struct tcp_congestion_ops', Errno.ENOTSUPP]);
  });
  it('may refuse to sleep', () => {
    expect(structOps('bpf_dummy_ops', 'test_2', { progFlags: SLEEPABLE }).refused).toBe('attach to unsupported member test_2 of struct bpf_dummy_ops');
    expect(structOps('bpf_dummy_ops', 'test_sleepable', { progFlags: SLEEPABLE }).refused).toBe('');
  });
  it('mark arguments by the names in the stub', () => {
    const { env } = structOps('bpf_dummy_ops', 'test_1');
    expect(env.attach.structOps).toMatchObject({ typeName: 'bpf_dummy_ops', member: 'test_1' });
    expect(env.attach.ctxArgs.map((a) => [a.offset, a.regType])).toEqual([[0, RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL]]);
  });
});

describe('maps and programs', () => {
  const using = (map: ReturnType<typeof arrayMap>, fields: Partial<Program> = {}): string =>
    prepass(program([ldMap(1, map), movImm(0, 0), exit()], { maps: [map], ...fields })).refused;

  it('sleepable programs cannot use every map', () => {
    const sleepable = { progType: kernel.constant('BPF_PROG_TYPE_SYSCALL'), progFlags: SLEEPABLE };
    expect(using(arrayMap(), sleepable)).toBe('');
    expect(using(arrayMap({ type: kernel.constant('BPF_MAP_TYPE_PERF_EVENT_ARRAY') }), sleepable)).toBe(
      'Sleepable programs can only use array, hash, ringbuf and local storage maps',
    );
  });
  it('a number that is no map', () => {
    const r = prepass(program([ldMap(1, arrayMap({ fd: 77 })), movImm(0, 0), exit()]));
    expect([r.refused, r.errno]).toEqual(['fd 77 is not pointing to valid bpf_map', Errno.EBADF]);
  });
});
