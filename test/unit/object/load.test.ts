// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { Kind, Linkage } from '../../../src/btf/types';
import { PseudoCall, PseudoLd } from '../../../src/isa/opcode';
import { POISON_CORE } from '../../../src/object/core/patch';
import { loadObject } from '../../../src/object/load';
import type { Program } from '../../../src/object/program';
import { POISON_KFUNC } from '../../../src/object/relocate';
import { AttachType, MapFlag, MapType, ProgType } from '../../../src/object/uapi';
import { insn } from '../../support/asm';
import { AT, KERNEL_PID, sampleKernel, sampleObject, type SampleOptions } from './helpers/sample';

const kernel = sampleKernel();

function load(options: SampleOptions = {}): Program {
  const object = loadObject(sampleObject(options), 'sample.bpf.o', kernel);
  expect(object.failed).toEqual([]);
  return object.programs[0]!;
}

function failure(options: SampleOptions): string {
  const object = loadObject(sampleObject(options), 'sample.bpf.o', kernel);
  expect(object.programs).toEqual([]);
  return object.failed[0]!.message;
}

describe('the bytes of a file', () => {
  it.each(['Uint8Array', 'Buffer'])('are not changed by loading them: %s', (type) => {
    const bytes = sampleObject({});
    const given = type === 'Buffer' ? Buffer.from(bytes) : bytes;
    const before = Buffer.from(bytes).toString('hex');
    expect(loadObject(given, 'sample.bpf.o', kernel).failed).toEqual([]);
    expect(Buffer.from(given).toString('hex')).toBe(before);
  });
});

describe('a program', () => {
  it('is what its section says', () => {
    const program = load();
    expect(program).toMatchObject({
      object: 'sample.bpf.o',
      name: 'main_prog',
      section: 'fentry/do_work',
      progType: ProgType.TRACING,
      expectedAttachType: AttachType.TRACE_FENTRY,
      progFlags: 0,
      attachTarget: 'do_work',
      license: 'GPL',
      optional: false,
    });
    expect(program.attachBtf).toBe(kernel.btf);
    expect(program.attachBtfId).toBe(kernel.btf.findByNameKind('do_work', Kind.FUNC));
  });

  it('has its subprograms behind it in the order of the calls', () => {
    const { insns, notes } = load();
    expect(insns).toHaveLength(13);
    expect(insns[AT.globalCall]!.imm).toBe(9 - AT.globalCall - 1);
    expect(insns[AT.staticCall]!.imm).toBe(11 - AT.staticCall - 1);
    expect([insns[9]!.imm, insns[11]!.imm]).toEqual([1, 2]);
    expect(notes.get(AT.staticCall)).toEqual({ kind: 'subprog', name: 'static_sub' });
  });

  it('has function and line information in its own slots', () => {
    const { funcInfo, lineInfo, btf } = load();
    expect(funcInfo.map(({ insnOff, typeId }) => [insnOff, btf!.type(typeId)!.name])).toEqual([
      [0, 'main_prog'],
      [9, 'global_sub'],
      [11, 'static_sub'],
    ]);
    expect(lineInfo.map(({ insnOff, line, column }) => [insnOff, line, column])).toEqual([
      [0, 3, 5],
      [9, 9, 0],
      [11, 12, 0],
    ]);
    expect(lineInfo[0]).toMatchObject({ file: 'prog.c', text: '  return task->pid;' });
  });

  it('finds a kernel field under another offset, through an anonymous struct and a flavored name', () => {
    const { insns, notes } = load();
    expect(insns[AT.core]).toMatchObject({ code: 0x61, off: KERNEL_PID });
    expect(notes.get(AT.core)).toMatchObject({ kind: 'core', poisoned: false, path: ['pid'], offset: KERNEL_PID });
  });

  it('is poisoned where the kernel has no such type', () => {
    const { insns, notes } = load({ struct: 'no_such_struct' });
    expect(insns[AT.core]).toEqual(insn`call #${POISON_CORE}`);
    expect(notes.get(AT.core)).toEqual({
      kind: 'core',
      poisoned: true,
      keyword: 'struct',
      type: 'no_such_struct',
      member: 'pid',
      path: ['pid'],
      offset: null,
      text: '<byte_off> [3] struct no_such_struct.pid (0:1 @ offset 8)',
    });
  });

  it('refers to maps by number', () => {
    const { insns, maps } = load();
    const [table, rodata] = maps;
    expect(insns[AT.map]).toMatchObject({ src: PseudoLd.MAP_FD, imm: table!.fd });
    expect(insns[AT.data]).toMatchObject({ src: PseudoLd.MAP_VALUE, imm: rodata!.fd });
    expect(insns[AT.data + 1]!.imm).toBe(0);
    expect(table).toMatchObject({ name: 'table', type: MapType.HASH, keySize: 4, valueSize: 8, maxEntries: 16, frozen: false });
    expect(rodata).toMatchObject({
      name: 'sample.rodata',
      type: MapType.ARRAY,
      valueSize: 4,
      flags: MapFlag.RDONLY_PROG | MapFlag.MMAPABLE,
      frozen: true,
    });
    expect([...rodata!.data!]).toEqual([7, 0, 0, 0]);
  });
});

describe('a kfunc call', () => {
  it('names a function of vmlinux', () => {
    const { insns, fdArray } = load();
    expect(insns[AT.kfunc]).toMatchObject({ src: PseudoCall.KFUNC, off: 0, imm: kernel.btf.findByNameKind('bpf_do', Kind.FUNC) });
    expect(fdArray).toEqual([]);
  });

  it('names a function of a module through the table of BTFs', () => {
    const { insns, fdArray, notes } = load({ kfunc: 'mod_do' });
    expect(fdArray).toEqual([null, kernel.modules[0]]);
    expect(insns[AT.kfunc]).toMatchObject({ src: PseudoCall.KFUNC, off: 1, imm: kernel.modules[0]!.startId });
    expect(notes.get(AT.kfunc)).toEqual({ kind: 'kfunc', name: 'mod_do', module: 'mod' });
  });

  it('finds a flavored name', () => {
    expect(load({ kfunc: 'bpf_do___new' }).insns[AT.kfunc]!.imm).toBe(kernel.btf.findByNameKind('bpf_do', Kind.FUNC));
  });

  it('is poisoned if weak and missing', () => {
    expect(load({ kfunc: 'bpf_none', weak: true }).insns[AT.kfunc]).toEqual(insn`call #${POISON_KFUNC}`);
  });

  it('keeps the object from loading if missing', () => {
    expect(failure({ kfunc: 'bpf_none' })).toBe("extern (func ksym) 'bpf_none': not found in kernel or module BTFs");
  });
});

describe("the object's BTF", () => {
  it('is completed from the symbols', () => {
    const btf = load().btf!;
    expect(btf.type(btf.findByNameKind('.maps', Kind.DATASEC))).toMatchObject({ size: 32 });
    const kfunc = btf.type(btf.findByNameKind('bpf_do', Kind.FUNC));
    expect(kfunc).toMatchObject({ linkage: Linkage.GLOBAL });
    const ksyms = btf.type(btf.findByNameKind('.ksyms', Kind.DATASEC));
    expect(ksyms).toMatchObject({ size: 4, vars: [{ type: btf.findByNameKind('dummy_ksym', Kind.VAR), offset: 0, size: 4 }] });
  });

  it('makes hidden global subprograms static', () => {
    const linkage = (program: Program): unknown => {
      const fn = program.btf!.type(program.btf!.findByNameKind('global_sub', Kind.FUNC));
      return fn?.kind === Kind.FUNC ? fn.linkage : null;
    };
    expect(linkage(load())).toBe(Linkage.GLOBAL);
    expect(linkage(load({ hidden: true }))).toBe(Linkage.STATIC);
  });

  it('is left out when the kernel would refuse it', () => {
    const object = loadObject(sampleObject({ unnamedParam: true }), 'sample.bpf.o', kernel);
    const program = object.programs[0]!;
    expect([program.btf, program.funcInfo, program.lineInfo]).toEqual([null, [], []]);
    expect(program.maps[0]).toMatchObject({ btf: null, btfKeyTypeId: 0, btfValueTypeId: 0 });
    expect(object.warnings.join()).toContain('Invalid arg#1');
  });

  it('is left out when the kernel says so', () => {
    const picky = { ...kernel, refusesBtf: () => 'special fields' };
    expect(loadObject(sampleObject(), 'sample.bpf.o', picky).programs[0]!.btf).toBeNull();
  });
});

describe('a section name', () => {
  it.each([
    ['fentry/none', "prog 'main_prog': failed to find kernel BTF type ID of 'none': -ESRCH"],
    ['fentry', "prog 'main_prog': no BTF-based attach target is specified, use bpf_program__set_attach_target()"],
    ['freplace/do_work', "prog 'main_prog': attach program FD is not set"],
    ['no_such_type', "prog 'main_prog': missing BPF prog type, check ELF section name 'no_such_type'"],
    ['struct_ops/x', `prog 'main_prog': SEC("struct_ops") program isn't referenced anywhere, did you forget to use it?`],
  ])('%s: %s', (section, message) => {
    expect(failure({ section })).toBe(message);
  });

  it('with a question mark is optional', () => {
    expect(load({ section: '?kprobe/x' })).toMatchObject({
      optional: true,
      section: 'kprobe/x',
      progType: ProgType.KPROBE,
      attachBtf: null,
    });
  });
});
