// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { findSecDef, plainStem, sleepableStem } from '../../../src/object/secdefs';
import { AttachType, ProgType } from '../../../src/object/uapi';

it.each([
  ['xdp', ProgType.XDP, AttachType.XDP, ''],
  ['xdp.frags', ProgType.XDP, AttachType.XDP, 'frags'],
  ['xdp/devmap', ProgType.XDP, AttachType.XDP_DEVMAP, ''],
  ['socket', ProgType.SOCKET_FILTER, 0, ''],
  ['tc', ProgType.SCHED_CLS, 0, ''],
  ['kprobe/x', ProgType.KPROBE, 0, ''],
  ['kprobe', ProgType.KPROBE, 0, ''],
  ['usdt.s/x', ProgType.KPROBE, 0, 'sleepable usdt'],
  ['fentry.s/x', ProgType.TRACING, AttachType.TRACE_FENTRY, 'btf sleepable'],
  ['lsm_cgroup/x', ProgType.LSM, AttachType.LSM_CGROUP, 'btf'],
  ['syscall', ProgType.SYSCALL, 0, 'sleepable'],
  ['struct_ops.s/x', ProgType.STRUCT_OPS, 0, 'sleepable'],
])('%s', (section, progType, attachType, flags) => {
  const def = findSecDef(section)!;
  expect([def.progType, def.attachType]).toEqual([progType, attachType]);
  const set = [def.attachBtf && 'btf', def.sleepable && 'sleepable', def.xdpFrags && 'frags', def.usdt && 'usdt'];
  expect(set.filter(Boolean).join(' ')).toBe(flags);
});

it.each(['socket/x', 'kprobes', 'xdp/x', '', 'tracepointx', '?xdp'])('%s is unknown', (section) => {
  expect(findSecDef(section)).toBeNull();
});

describe('forms of a section', () => {
  it.each([
    ['fentry.s/do_exit', 'fentry.s', 'fentry'],
    ['lsm.s', 'lsm.s', 'lsm'],
    ['uprobe.multi.s/x', 'uprobe.multi.s', 'uprobe.multi'],
    ['xdp', null, 'xdp'],
    ['syscall', null, 'syscall'],
  ])('%s: %j may sleep, %s does not', (section, sleepable, plain) => {
    expect(plainStem(section)).toBe(plain);
    if (sleepable !== null) expect(sleepableStem(`${plain}/x`)).toBe(sleepable);
  });
});
