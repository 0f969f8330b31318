// SPDX-License-Identifier: GPL-2.0-only
/** The field that an instruction is about: as CO-RE says, or as what its register points to says. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { Kind } from '../../../src/btf/types';
import { memberByPath } from '../../../src/btf/util';
import type { FieldUse } from '../../../src/protocol/since';
import { asm } from '../../support/asm';
import { kernelOf } from '../../support/kernel';
import { objectOf } from '../../support/objects';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

/** Fields by instruction. */
function fieldsOf(file: string, object: Uint8Array, program: string): Record<number, FieldUse> {
  engine.analyze(requestFor(file, object, { key: `field:${file}`, program }), QUIET);
  const insns = engine.graph(`field:${file}`, program)!.nodes.flatMap((n) => n.instructions);
  return Object.fromEntries(insns.flatMap(({ index, field }) => (field === undefined ? [] : [[index, field]])));
}

/** Bytes from the start of `task_struct` in the verified kernel. */
function offsetIn(struct: string, member: string): number {
  const { btf } = kernelOf().profile;
  return memberByPath(btf, btf.findByNameKind(struct, Kind.STRUCT), member)!.bitOffset / 8;
}

it('is what a relocation by type is about, with where the kernel has it', () => {
  const fields = fieldsOf('vma_walk.bpf.o', readFileSync(path.join(ROOT, 'examples/vma_walk.bpf.o')), 'copy_heads');
  expect(Object.values(fields)).toContainEqual({
    keyword: 'struct',
    type: 'vm_area_struct',
    path: ['vm_file'],
    offset: offsetIn('vm_area_struct', 'vm_file'),
    core: true,
  });
});

it('is what the register points to where the program has the offset compiled in', () => {
  const parent = offsetIn('task_struct', 'real_parent');
  const vruntime = offsetIn('task_struct', 'se.vruntime');
  const insns = asm`
    r1 = *(u64 *)(r1 +8)
    r2 = *(u64 *)(r1 +${vruntime})
    r1 = *(u64 *)(r1 +${parent})
    r1 += 8
    r2 = *(u32 *)(r1 +${offsetIn('task_struct', 'pid') - 8})
    r0 = 0
    exit`;
  const object = objectOf([{ name: 'on_switch', section: 'tp_btf/sched_switch', insns }]);
  const task = { keyword: 'struct', type: 'task_struct', core: false };
  expect(fieldsOf('direct.o', object, 'on_switch')).toEqual({
    1: { ...task, path: ['se', 'vruntime'], offset: vruntime },
    2: { ...task, path: ['real_parent'], offset: parent },
    4: { ...task, path: ['pid'], offset: offsetIn('task_struct', 'pid') },
  });
});

it('is not there where the ways to an instruction disagree', () => {
  const insns = asm`
    r2 = *(u64 *)(r1 +0)
    r1 = *(u64 *)(r1 +8)
    if r2 == 0 goto pc+1
    r1 += 8
    r2 = *(u32 *)(r1 +${offsetIn('task_struct', 'pid')})
    r0 = 0
    exit`;
  const object = objectOf([{ name: 'either', section: 'tp_btf/sched_switch', insns }]);
  expect(fieldsOf('either.o', object, 'either')).toEqual({});
});
