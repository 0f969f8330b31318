// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { Flag, RegType } from '../../../src/kernel/types';
import { smax, smin } from '../../../src/verifier/domain';
import type { VerifierEnv } from '../../../src/verifier/env';
import { checkLoad, checkStoreReg } from '../../../src/verifier/memory';
import { fieldBytes } from '../../../src/verifier/memory/ctx/rules';
import { pointerReg } from '../../../src/verifier/state/reg';
import { shippedKernel } from '../kernel/shipped';
import { insn } from '../../support/asm';
import { at, type Bytes, memoryEnv, refusal, scalar, type Setup } from './fixture';

function withCtx(setup: Setup): VerifierEnv {
  const env = memoryEnv(setup);
  env.regs[1] = pointerReg(RegType.PTR_TO_CTX);
  env.regs[3] = scalar(0);
  return env;
}
/** What an access gives: the type of a load, `ok` of a store, or `refused`. `field` is a member and bytes to add. */
function outcome(setup: Setup, struct: string, field: string, size: Bytes, write = false): string {
  const env = withCtx(setup);
  const [name, plus] = field.split('+');
  const off = fieldBytes(env, struct, name!).start + Number(plus ?? 0);
  try {
    if (write) checkStoreReg(env, at(env, insn`*(u${size * 8} *)(r1 +${off}) = r3`));
    else checkLoad(env, at(env, insn`r2 = *(u${size * 8} *)(r1 +${off})`));
  } catch {
    const text = env.log.toString();
    if (!text.includes(`invalid bpf_context access off=${off} size=${size}\n`)) throw new Error(text);
    return 'refused';
  }
  return write ? 'ok' : (NAMES[env.regs[2]!.type] ?? String(env.regs[2]!.type));
}
const NAMES: Record<number, string> = {
  [RegType.SCALAR_VALUE]: 'scalar',
  [RegType.PTR_TO_PACKET]: 'pkt',
  [RegType.PTR_TO_PACKET_END]: 'pkt_end',
  [RegType.PTR_TO_PACKET_META]: 'pkt_meta',
  [RegType.PTR_TO_SOCKET]: 'sock',
  [RegType.PTR_TO_SOCKET | Flag.PTR_MAYBE_NULL]: 'sock_or_null',
  [RegType.PTR_TO_SOCK_COMMON | Flag.PTR_MAYBE_NULL]: 'sock_common_or_null',
  [RegType.PTR_TO_FLOW_KEYS]: 'flow_keys',
  [RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED]: 'trusted_ptr',
  [RegType.PTR_TO_TP_BUFFER]: 'tp_buffer',
};

type Row = readonly [type: string, attach: string | undefined, struct: string, field: string, size: Bytes, read: string, write: string];
const ROWS: readonly Row[] = [
  ['SOCKET_FILTER', undefined, '__sk_buff', 'len', 4, 'scalar', 'refused'],
  ['SOCKET_FILTER', undefined, '__sk_buff', 'len+2', 2, 'scalar', 'refused'],
  ['SOCKET_FILTER', undefined, '__sk_buff', 'cb+4', 8, 'refused', 'refused'],
  ['SOCKET_FILTER', undefined, '__sk_buff', 'cb+16', 4, 'scalar', 'ok'],
  ['SOCKET_FILTER', undefined, '__sk_buff', 'data', 4, 'refused', 'refused'],
  ['SOCKET_FILTER', undefined, '__sk_buff', 'sk', 8, 'sock_common_or_null', 'refused'],
  ['SCHED_CLS', undefined, '__sk_buff', 'data', 4, 'pkt', 'refused'],
  ['SCHED_CLS', undefined, '__sk_buff', 'data_meta', 4, 'pkt_meta', 'refused'],
  ['SCHED_CLS', undefined, '__sk_buff', 'data', 2, 'refused', 'refused'],
  ['SCHED_CLS', undefined, '__sk_buff', 'tstamp_type', 1, 'scalar', 'refused'],
  ['SCHED_CLS', undefined, '__sk_buff', 'tstamp_type+1', 1, 'refused', 'refused'],
  ['SCHED_CLS', undefined, '__sk_buff', 'mark', 4, 'scalar', 'ok'],
  ['SCHED_CLS', undefined, '__sk_buff', 'family', 4, 'refused', 'refused'],
  ['CGROUP_SKB', undefined, '__sk_buff', 'data_meta', 4, 'refused', 'refused'],
  ['FLOW_DISSECTOR', undefined, '__sk_buff', 'flow_keys', 8, 'flow_keys', 'refused'],
  ['FLOW_DISSECTOR', undefined, '__sk_buff', 'len', 4, 'refused', 'refused'],
  ['XDP', undefined, 'xdp_md', 'data_end', 4, 'pkt_end', 'refused'],
  ['XDP', undefined, 'xdp_md', 'egress_ifindex', 4, 'refused', 'refused'],
  ['XDP', 'BPF_XDP_DEVMAP', 'xdp_md', 'egress_ifindex', 4, 'scalar', 'refused'],
  ['XDP', undefined, 'xdp_md', 'rx_queue_index', 2, 'refused', 'refused'],
  ['CGROUP_SOCK', 'BPF_CGROUP_INET_SOCK_CREATE', 'bpf_sock', 'mark', 4, 'scalar', 'ok'],
  ['CGROUP_SOCK', 'BPF_CGROUP_INET4_POST_BIND', 'bpf_sock', 'mark', 4, 'refused', 'refused'],
  ['CGROUP_SOCK', 'BPF_CGROUP_INET4_POST_BIND', 'bpf_sock', 'src_ip4', 1, 'scalar', 'refused'],
  ['CGROUP_SOCK', 'BPF_CGROUP_INET4_POST_BIND', 'bpf_sock', 'src_ip6', 4, 'refused', 'refused'],
  ['CGROUP_SOCK', 'BPF_CGROUP_INET_SOCK_CREATE', 'bpf_sock', 'dst_port', 4, 'scalar', 'refused'],
  ['CGROUP_SOCK', 'BPF_CGROUP_INET_SOCK_CREATE', 'bpf_sock', 'dst_port+2', 2, 'refused', 'refused'],
  ['CGROUP_SOCK_ADDR', 'BPF_CGROUP_INET4_CONNECT', 'bpf_sock_addr', 'user_ip4', 4, 'scalar', 'ok'],
  ['CGROUP_SOCK_ADDR', 'BPF_CGROUP_INET4_CONNECT', 'bpf_sock_addr', 'user_ip6', 8, 'refused', 'refused'],
  ['CGROUP_SOCK_ADDR', 'BPF_CGROUP_INET6_CONNECT', 'bpf_sock_addr', 'user_ip6', 8, 'scalar', 'ok'],
  ['CGROUP_SOCK_ADDR', 'BPF_CGROUP_INET6_CONNECT', 'bpf_sock_addr', 'user_ip6+4', 8, 'refused', 'refused'],
  ['CGROUP_SOCK_ADDR', 'BPF_CGROUP_INET4_CONNECT', 'bpf_sock_addr', 'sk', 8, 'sock', 'refused'],
  ['SOCK_OPS', undefined, 'bpf_sock_ops', 'sk', 8, 'sock_or_null', 'refused'],
  ['SOCK_OPS', undefined, 'bpf_sock_ops', 'reply', 4, 'scalar', 'ok'],
  ['SOCK_OPS', undefined, 'bpf_sock_ops', 'bytes_acked', 4, 'refused', 'refused'],
  ['SK_MSG', undefined, 'sk_msg_md', 'data', 8, 'pkt', 'refused'],
  ['SK_REUSEPORT', undefined, 'sk_reuseport_md', 'eth_protocol', 1, 'refused', 'refused'],
  ['SK_REUSEPORT', undefined, 'sk_reuseport_md', 'eth_protocol', 2, 'scalar', 'refused'],
  ['SK_LOOKUP', undefined, 'bpf_sk_lookup', 'remote_port', 4, 'scalar', 'refused'],
  ['SK_LOOKUP', undefined, 'bpf_sk_lookup', 'remote_port+2', 2, 'scalar', 'refused'],
  ['CGROUP_SYSCTL', undefined, 'bpf_sysctl', 'file_pos', 4, 'scalar', 'ok'],
  ['CGROUP_SYSCTL', undefined, 'bpf_sysctl', 'write', 1, 'scalar', 'refused'],
  ['CGROUP_SOCKOPT', 'BPF_CGROUP_SETSOCKOPT', 'bpf_sockopt', 'level', 4, 'scalar', 'ok'],
  ['CGROUP_SOCKOPT', 'BPF_CGROUP_SETSOCKOPT', 'bpf_sockopt', 'retval', 4, 'refused', 'refused'],
  ['CGROUP_SOCKOPT', 'BPF_CGROUP_GETSOCKOPT', 'bpf_sockopt', 'optval', 8, 'pkt', 'refused'],
  ['CGROUP_DEVICE', undefined, 'bpf_cgroup_dev_ctx', 'access_type', 2, 'scalar', 'refused'],
  ['CGROUP_DEVICE', undefined, 'bpf_cgroup_dev_ctx', 'major', 2, 'refused', 'refused'],
  ['NETFILTER', undefined, 'bpf_nf_ctx', 'skb', 8, 'trusted_ptr', 'refused'],
  ['PERF_EVENT', undefined, 'bpf_perf_event_data', 'sample_period', 4, 'scalar', 'refused'],
  ['KPROBE', undefined, 'pt_regs', 'di', 8, 'scalar', 'ok'],
  ['KPROBE', undefined, 'pt_regs', 'ss+4', 8, 'refused', 'refused'],
];

describe('context tables', () => {
  it.each(ROWS)('%s %s: %s.%s, %i bytes', (type, attach, struct, field, size, read, write) => {
    const setup: Setup = attach === undefined ? { type } : { type, attach };
    expect(outcome(setup, struct, field, size)).toBe(read);
    expect(outcome(setup, struct, field, size, true)).toBe(write);
  });

  it('cgroup_skb reads packets only with CAP_BPF', () => {
    expect(outcome({ type: 'CGROUP_SKB' }, '__sk_buff', 'data', 4)).toBe('pkt');
    expect(outcome({ type: 'CGROUP_SKB', unprivileged: true }, '__sk_buff', 'data', 4)).toBe('refused');
  });

  // the guest kernel's answers for all offsets from -8 on
  it.each([
    [-8, 8 as Bytes, ''],
    [-8, 1 as Bytes, ''],
    [-4, 8 as Bytes, 'invalid bpf_context access off=-4 size=8'],
    [0, 8 as Bytes, 'invalid bpf_context access off=0 size=8'],
    [7, 1 as Bytes, 'invalid bpf_context access off=7 size=1'],
    [8, 8 as Bytes, ''],
    [8191, 1 as Bytes, ''],
    [8192, 1 as Bytes, 'invalid bpf_context access off=8192 size=1'],
  ])('tracepoints: offset %i, %i bytes: %s', (off, size, message) => {
    const env = withCtx({ type: 'TRACEPOINT' });
    const load = (): void => checkLoad(env, at(env, insn`r2 = *(u${size * 8} *)(r1 +${off})`));
    if (message === '') load();
    else expect(refusal(env, load)).toBe(message);
  });

  it('an owner without a callback gives no context', () => {
    // bpf_test_no_cfi has a struct_ops type with empty verifier ops; the guest kernel says so too
    const env = withCtx({ type: 'STRUCT_OPS' });
    const btf = env.kernel.modules.find((m) => m.name === 'bpf_test_no_cfi')!;
    env.attach = { ...env.attach, structOps: { typeName: 'bpf_test_no_cfi_ops', member: 'fn_1', memberIndex: 0, btf } };
    expect(refusal(env, () => checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +0)`)))).toBe('invalid bpf_context access off=0 size=8');
  });

  it('writable raw tracepoints begin with a buffer', () => {
    const env = withCtx({ type: 'RAW_TRACEPOINT_WRITABLE' });
    checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +0)`));
    expect(env.regs[2]!.type).toBe(RegType.PTR_TO_TP_BUFFER);
    checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +8)`));
    expect(env.regs[2]!.type).toBe(RegType.SCALAR_VALUE);
  });

  it('a moved context is refused where accesses are rewritten', () => {
    const moved = (type: string): VerifierEnv => {
      const env = withCtx({ type });
      env.regs[1] = env.regs[1]!.withVal(scalar(8).val);
      return env;
    };
    const tc = moved('SCHED_CLS');
    expect(refusal(tc, () => checkLoad(tc, at(tc, insn`r2 = *(u32 *)(r1 +0)`)))).toBe(
      'dereference of modified ctx ptr R1 off=8 disallowed',
    );
    const raw = moved('RAW_TRACEPOINT');
    checkLoad(raw, at(raw, insn`r2 = *(u64 *)(r1 +8)`));
  });
});

describe('arguments typed by BTF', () => {
  const { btf } = shippedKernel();
  function attachedTo(name: string, setup: Setup): VerifierEnv {
    const env = withCtx(setup);
    const func = btf.type(btf.findByNameKind(name, Kind.FUNC));
    if (func?.kind !== Kind.FUNC) throw new Error(name);
    env.attach = { ...env.attach, funcName: name, proto: { btf, protoId: func.type } };
    return env;
  }
  const loadArg = (env: VerifierEnv, index: number, size: Bytes = 8): void =>
    checkLoad(env, at(env, insn`r2 = *(u${size * 8} *)(r1 +${index * 8})`));

  it('LSM hooks give trusted pointers and say so in the log', () => {
    const env = attachedTo('bpf_lsm_file_open', { type: 'LSM', attach: 'BPF_LSM_MAC' });
    loadArg(env, 0);
    expect(env.regs[2]!.type).toBe(RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED);
    expect(btf.type(env.regs[2]!.btfId)!.name).toBe('file');
    expect(env.log.toString()).toMatch(/^func 'bpf_lsm_file_open' arg0 has btf_id \d+ type STRUCT 'file'\n$/);
  });

  it('the return value of a hook is what the hook may return', () => {
    const env = attachedTo('bpf_lsm_file_open', { type: 'LSM', attach: 'BPF_LSM_MAC' });
    loadArg(env, 1);
    expect([smin(env.regs[2]!.val), smax(env.regs[2]!.val)]).toEqual([-4095, 0]);
  });

  it('there is nothing before the first argument of a hook', () => {
    const env = attachedTo('bpf_lsm_file_open', { type: 'LSM', attach: 'BPF_LSM_MAC' });
    refusal(env, () => loadArg(env, -1));
    expect(env.log.toString()).toBe("func 'bpf_lsm_file_open' doesn't have 3-th argument\ninvalid bpf_context access off=-8 size=8\n");
  });

  it('functions give plain pointers', () => {
    const env = attachedTo('vfs_read', { type: 'TRACING', attach: 'BPF_TRACE_FENTRY' });
    loadArg(env, 0);
    expect(env.regs[2]!.type).toBe(RegType.PTR_TO_BTF_ID);
    loadArg(env, 2, 4);
    expect(env.regs[2]!.type).toBe(RegType.SCALAR_VALUE);
  });

  it.each([
    [4, 8 as Bytes, "func 'vfs_read' doesn't have 5-th argument"],
    [0, 4 as Bytes, "func 'vfs_read' size 4 must be 8"],
  ])('argument %i in %i bytes is refused', (index, size, message) => {
    const env = attachedTo('vfs_read', { type: 'TRACING', attach: 'BPF_TRACE_FENTRY' });
    refusal(env, () => loadArg(env, index, size));
    expect(env.log.toString()).toBe(`${message}\ninvalid bpf_context access off=${index * 8} size=${size}\n`);
  });

  it('a typed argument of an iterator comes from its table', () => {
    const env = attachedTo('bpf_iter_task', { type: 'TRACING', attach: 'BPF_TRACE_ITER' });
    const btfId = btf.findByNameKind('task_struct', Kind.STRUCT);
    const regType = RegType.PTR_TO_BTF_ID | Flag.PTR_TRUSTED | Flag.PTR_MAYBE_NULL;
    env.attach.ctxArgs.push({ offset: 8, regType, btf, btfId, refcounted: false, refId: 0 });
    loadArg(env, 1);
    expect(env.regs[2]!.type).toBe(regType);
    expect(env.regs[2]!.id).toBe(1);
  });
});
