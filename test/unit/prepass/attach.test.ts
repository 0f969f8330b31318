// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind, type BtfType } from '../../../src/btf/types';
import { LD_IMM64, PseudoLd } from '../../../src/isa/opcode';
import { Flag, RegType } from '../../../src/kernel/types';
import type { Program } from '../../../src/object/program';
import { Errno } from '../../../src/verifier/errors';
import { shippedKernel } from '../kernel/shipped';
import { asm, insn, raw } from '../../support/asm';
import { type Prepassed, arrayMap, prepass, program } from './programs';

const SLEEPABLE = 16;
const kernel = shippedKernel();

function attach(type: string, attachType: string, target: string, fields: Partial<Program> = {}, kind = Kind.FUNC): Prepassed {
  return prepass(
    program(asm`r0 = 0; exit`, {
      progType: kernel.constantNamed(`BPF_PROG_TYPE_${type}`),
      expectedAttachType: kernel.constantNamed(attachType),
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
    program(asm`r0 = 0; exit`, {
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
  it('finds a function of a module among the symbols of that module only', () => {
    // inlined in netfs, there in the kernel: the guest kernel refuses the one and takes the other
    const netfs = kernel.modules.find((m) => m.name === 'netfs')!;
    const id = netfs.idsByName('zero_user_segments', Kind.FUNC).find((i) => i >= netfs.startId)!;
    const fields = { attachBtf: netfs, attachBtfId: id };
    expect(attach('TRACING', 'BPF_TRACE_FEXIT', '', fields).refused).toBe('The address of function zero_user_segments cannot be found');
    expect(attach('TRACING', 'BPF_TRACE_FEXIT', 'zero_user_segments').refused).toBe('');
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
    expect(structOps('bpf_dummy_ops', 'test_2', { progFlags: SLEEPABLE }).refused).toBe(
      'attach to unsupported member test_2 of struct bpf_dummy_ops',
    );
    expect(structOps('bpf_dummy_ops', 'test_sleepable', { progFlags: SLEEPABLE }).refused).toBe('');
  });
  // the guest kernel's answers for all members of both structs
  it.each([
    ['sched_ext_ops', 'cpu_online', true],
    ['sched_ext_ops', 'cgroup_init', true],
    ['sched_ext_ops', 'enqueue', false],
    ['sched_ext_ops_cid', 'cid_online', true],
    ['sched_ext_ops_cid', 'cid_offline', true],
    ['sched_ext_ops_cid', 'cpuctl_init', true],
    ['sched_ext_ops_cid', 'cpuctl_exit', true],
    ['sched_ext_ops_cid', 'cpuctl_prep_move', true],
    ['sched_ext_ops_cid', 'cpuctl_set_bandwidth', true],
    ['sched_ext_ops_cid', 'cpuctl_set_weight', false],
  ])('%s.%s may sleep: %s, by its place in the struct', (struct, member, may) => {
    const { refused } = structOps(struct, member, { progFlags: SLEEPABLE });
    expect(refused).toBe(may ? '' : `attach to unsupported member ${member} of struct ${struct}`);
  });
  it('mark arguments by the names in the stub', () => {
    const { env } = structOps('bpf_dummy_ops', 'test_1');
    expect(env.attach.structOps).toMatchObject({ typeName: 'bpf_dummy_ops', member: 'test_1' });
    expect(env.attach.ctxArgs.map((a) => [a.offset, a.regType])).toEqual([
      [0, RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL],
    ]);
  });
});

describe('maps and programs', () => {
  const using = (map: ReturnType<typeof arrayMap>, fields: Partial<Program> = {}): string =>
    prepass(program(asm`r1 = map ${map.fd} ll; r0 = 0; exit`, { maps: [map], ...fields })).refused;

  it('are not found by index without a table', () => {
    // an object of ours that spells such a load by hand, in libbpf's and the guest kernel's hands
    for (const pseudo of [PseudoLd.MAP_IDX, PseudoLd.MAP_IDX_VALUE]) {
      const { refused, errno } = prepass(program([[raw(LD_IMM64, 1, pseudo), raw(0)], insn`r0 = 0`, insn`exit`], { fdArray: [] }));
      expect([refused, errno]).toEqual(['fd_idx without fd_array is invalid', Errno.EPROTO]);
    }
  });
  it('sleepable programs cannot use every map', () => {
    const sleepable = { progType: kernel.constant('BPF_PROG_TYPE_SYSCALL'), progFlags: SLEEPABLE };
    expect(using(arrayMap(), sleepable)).toBe('');
    expect(using(arrayMap({ type: kernel.constant('BPF_MAP_TYPE_PERF_EVENT_ARRAY') }), sleepable)).toBe(
      'Sleepable programs can only use array, hash, ringbuf and local storage maps',
    );
  });
  it('a number that is no map', () => {
    const r = prepass(program(asm`r1 = map ${arrayMap({ fd: 77 }).fd} ll; r0 = 0; exit`));
    expect([r.refused, r.errno]).toEqual(['fd 77 is not pointing to valid bpf_map', Errno.EBADF]);
  });
});
