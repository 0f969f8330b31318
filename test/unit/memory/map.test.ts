// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { Flag, RegType } from '../../../src/kernel/types';
import type { MapDef } from '../../../src/object/program';
import { constNum, constNumber, isConst, uRange64 } from '../../../src/verifier/domain';
import { checkLoad, checkMapAccess, checkStoreReg, createMap, recordFindField } from '../../../src/verifier/memory';
import { FieldError, findFields } from '../../../src/verifier/memory/map/find-fields';
import { parseRecord, parseStructMetas } from '../../../src/verifier/memory/map/record';
import { FieldType, type BpfMap } from '../../../src/verifier/state/map';
import { makeReg, pointerReg } from '../../../src/verifier/state/reg';
import { shippedKernel } from '../kernel/shipped';
import { insn } from '../../support/asm';
import { at, memoryEnv, refusal, scalar } from './fixture';
import { Types } from './types';

const kernel = shippedKernel();
const ALL = (1 << 14) - 1;

function mapDef(fields: Partial<MapDef>): MapDef {
  return {
    name: 'm',
    fd: 1,
    type: kernel.constant('BPF_MAP_TYPE_ARRAY'),
    keySize: 4,
    valueSize: 16,
    maxEntries: 1,
    flags: 0,
    extra: 0n,
    btfKeyTypeId: 0,
    btfValueTypeId: 0,
    btf: null,
    structOps: null,
    inner: null,
    data: null,
    frozen: false,
    insnArray: null,
    section: '.maps',
    ...fields,
  };
}

describe('special fields', () => {
  const t = new Types();
  const u64 = t.int('u64', 8);
  const u32 = t.int('u32', 4);
  const lock = t.struct('bpf_spin_lock', 4, [{ name: 'val', type: u32 }]);
  const timer = t.struct('bpf_timer', 16, [{ name: 'o', type: t.array(u64, 2) }]);
  const head = t.struct('bpf_list_head', 16, [{ name: 'o', type: t.array(u64, 2) }]);
  const node = t.struct('bpf_list_node', 24, [{ name: 'o', type: t.array(u64, 3) }]);
  const elem = t.struct('elem', 32, [
    { name: 'n', type: u64 },
    { name: 'link', type: node, at: 8 },
  ]);
  const task = t.struct('task_struct', 8, [{ name: 'x', type: u64 }]);
  const kptr = t.ptr(task, 'kptr');
  const list = t.section('.bss', 24, [
    { name: 'lock', type: lock, at: 0, size: 4 },
    { name: 'head', type: head, at: 8, size: 16, tag: 'contains:elem:link' },
  ]);
  const find = (id: number): [number, number][] => findFields(t.btf, id, ALL).map((f) => [f.type, f.offset]);

  it('are found in structs, nested structs and arrays of them', () => {
    const nested = t.struct('nested', 16, [{ name: 'p', type: kptr, at: 8 }]);
    const value = t.struct('value', 56, [
      { name: 'lock', type: lock },
      { name: 'timer', type: timer, at: 8 },
      { name: 'two', type: t.array(nested, 2), at: 24 },
    ]);
    expect(find(value)).toEqual([
      [FieldType.SPIN_LOCK, 0],
      [FieldType.TIMER, 8],
      [FieldType.KPTR_REF, 32],
      [FieldType.KPTR_REF, 48],
    ]);
    const record = parseRecord(kernel, t.btf, value, ALL, 56)!;
    expect(recordFindField(record, 48, FieldType.KPTR)?.kptr?.btf).toBe(kernel.btf);
    expect(recordFindField(record, 48, FieldType.UPTR)).toBeNull();
    expect(record.timerOff).toBe(8);
    expect(record.wqOff).toBe(-22);
  });

  it('of a list name the type and node that it contains', () => {
    const record = parseRecord(kernel, t.btf, list, ALL, 24)!;
    expect(record.fields[1]!.graphRoot).toMatchObject({ valueBtfId: elem, nodeOffset: 8 });
    expect(
      parseStructMetas(kernel, t.btf)
        .get(elem)!
        .fields.map((f) => f.type),
    ).toEqual([FieldType.LIST_NODE]);
  });

  it.each([
    [
      'two locks',
      () =>
        t.struct('a', 8, [
          { name: 'x', type: lock },
          { name: 'y', type: lock, at: 4 },
        ]),
    ],
    ['a lock in an array', () => t.struct('b', 8, [{ name: 'x', type: t.array(lock, 2) }])],
    ['two tags on a pointer', () => t.struct('c', 8, [{ name: 'x', type: t.ptr(task, 'kptr', 'uptr') }])],
    ['a list without lock', () => t.section('.d', 16, [{ name: 'h', type: head, at: 0, size: 16, tag: 'contains:elem:link' }])],
    [
      'a list without tag',
      () =>
        t.section('.e', 24, [
          { name: 'l', type: lock, at: 0, size: 4 },
          { name: 'h', type: head, at: 8, size: 16 },
        ]),
    ],
    ['more than eleven', () => t.struct('f', 96, [{ name: 'x', type: t.array(kptr, 12) }])],
    ['a referenced kptr without destructor', () => t.struct('g', 8, [{ name: 'x', type: t.ptr(t.struct('file', 8, []), 'kptr') }])],
  ])('%s are refused', (_name, make) => {
    expect(() => parseRecord(kernel, t.btf, make(), ALL, 96)).toThrow(FieldError);
  });

  it('a map that cannot have its fields is made without BTF, one with broken fields keeps BTF', () => {
    const own = new Types();
    const ownTimer = own.struct('bpf_timer', 16, [{ name: 'o', type: own.array(own.int('u64', 8), 2) }]);
    const value = own.struct('timed', 16, [{ name: 'timer', type: ownTimer }]);
    const ownLock = own.struct('bpf_spin_lock', 4, [{ name: 'val', type: own.int('u32', 4) }]);
    const broken = own.struct('broken', 16, [{ name: 'x', type: own.array(ownLock, 4) }]);
    const def = { btf: own.btf, btfKeyTypeId: own.int('int', 4), btfValueTypeId: value };
    expect(createMap(kernel, mapDef(def)).record?.timerOff).toBe(0);
    const percpu = createMap(kernel, mapDef({ ...def, type: kernel.constant('BPF_MAP_TYPE_PERCPU_ARRAY') }));
    expect([percpu.record, percpu.def.btf]).toEqual([null, null]);
    const kept = createMap(kernel, mapDef({ ...def, btfValueTypeId: broken }));
    expect([kept.record, kept.def.btf]).toEqual([null, own.btf]);
    expect(createMap(kernel, mapDef(def), false).record).toBeNull();
  });
});

describe('access to map values', () => {
  const t = new Types();
  const task = t.struct('task_struct', 8, [{ name: 'x', type: t.int('u64', 8) }]);
  const value = t.struct('value', 16, [
    { name: 'p', type: t.ptr(task, 'kptr') },
    { name: 'q', type: t.ptr(task, 'kptr_untrusted'), at: 8 },
  ]);
  const map: BpfMap = createMap(kernel, mapDef({ btf: t.btf, btfKeyTypeId: t.int('int', 4), btfValueTypeId: value }));
  const taskId = kernel.btf.findByNameKind('task_struct', Kind.STRUCT);

  it.each([
    [false, Flag.PTR_MAYBE_NULL | Flag.MEM_RCU],
    [true, Flag.PTR_MAYBE_NULL | Flag.PTR_UNTRUSTED],
  ])('a kptr loaded in a sleepable program (%s)', (sleepable, flags) => {
    const env = memoryEnv({ sleepable });
    env.regs[1] = pointerReg(RegType.PTR_TO_MAP_VALUE, { obj: map });
    checkLoad(env, at(env, insn`r2 = *(u64 *)(r1 +0)`));
    expect(env.regs[2]!.type).toBe(RegType.PTR_TO_BTF_ID | flags);
    expect([env.regs[2]!.btf, env.regs[2]!.btfId, env.regs[2]!.id]).toEqual([kernel.btf, taskId, 1]);
  });

  it('stores only fitting pointers, and only to unreferenced kptrs', () => {
    const env = memoryEnv();
    env.regs[1] = pointerReg(RegType.PTR_TO_MAP_VALUE, { obj: map });
    env.regs[2] = pointerReg(RegType.PTR_TO_BTF_ID | Flag.PTR_UNTRUSTED, { obj: kernel.btf, num2: taskId });
    checkStoreReg(env, at(env, insn`*(u64 *)(r1 +8) = r2`));
    expect(refusal(env, () => checkStoreReg(env, at(env, insn`*(u64 *)(r1 +0) = r2`)))).toBe('store to referenced kptr disallowed');
    env.regs[2] = pointerReg(RegType.PTR_TO_STACK);
    expect(refusal(env, () => checkStoreReg(env, at(env, insn`*(u64 *)(r1 +8) = r2`)))).toBe(
      'invalid kptr access, R2 type=fp expected=ptr_task_struct or untrusted_ptr_task_struct',
    );
  });

  it.each([
    ['helper', constNumber(0), 8, 'kptr cannot be accessed indirectly by helper'],
    ['direct', uRange64(0, 1), 8, 'kptr access cannot have variable offset'],
    ['direct', constNumber(4), 4, 'kptr access misaligned expected=0 off=4'],
    ['direct', constNumber(0), 4, 'kptr access size must be BPF_DW'],
  ] as const)('%s access that is not one whole kptr', (source, val, size, message) => {
    const env = memoryEnv();
    expect(refusal(env, () => checkMapAccess(env, makeReg(RegType.PTR_TO_MAP_VALUE, val, { obj: map }), 1, 0, size, false, source))).toBe(
      message,
    );
  });

  it('frozen contents are known', () => {
    const data = Uint8Array.from([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    const rodata = createMap(kernel, mapDef({ flags: 1 << 7, frozen: true, data }));
    const env = memoryEnv();
    env.regs[1] = pointerReg(RegType.PTR_TO_MAP_VALUE, { obj: rodata });
    checkLoad(env, at(env, insn`r2 = *(u32 *)(r1 +4)`));
    expect(constNum(env.regs[2]!.val)).toBe(0xfffffffe);
    checkLoad(env, at(env, { ...insn`r2 = *(u32 *)(r1 +4)`, code: 0x81 }));
    expect(constNum(env.regs[2]!.val)).toBe(-2);
    env.regs[1] = env.regs[1].withVal(uRange64(0, 4));
    checkLoad(env, at(env, insn`r2 = *(u32 *)(r1 +0)`));
    expect(isConst(env.regs[2]!.val)).toBe(false);
    env.regs[3] = scalar(0);
    expect(refusal(env, () => checkStoreReg(env, at(env, insn`*(u64 *)(r1 +0) = r3`)))).toBe(
      'write into map forbidden, value_size=16 off=0 size=8',
    );
  });
});
