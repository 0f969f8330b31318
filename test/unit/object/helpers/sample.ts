// SPDX-License-Identifier: GPL-2.0-only
/**
 * An object as clang would make it, with one of everything: a program that reads a kernel field (CO-RE), uses a map and
 * global data, calls a kfunc and two subprograms, and a kernel that it fits.
 */
import { parseBtf } from '../../../../src/btf/parse';
import { IntEncoding, Kind, Linkage } from '../../../../src/btf/types';
import { encodeInsns } from '../../../../src/isa/insn';
import { SymbolType } from '../../../../src/object/elf';
import type { ObjectKernel } from '../../../../src/object/object-kernel';
import { asm, insn } from '../../../support/asm';
import { BtfWriter, writeBtfExt } from './btf';
import { ElfWriter } from './elf';

/** Byte offset of `task_struct.pid` in the object and in the kernel. */
export const LOCAL_PID = 8;
export const KERNEL_PID = 24;

export const EXIT = insn`exit`;

export interface SampleOptions {
  /** Section of the program. */
  readonly section?: string;
  /** Name of the kernel struct that the object believes in. */
  readonly struct?: string;
  /** Name of the kfunc, and whether it is weak. */
  readonly kfunc?: string;
  readonly weak?: boolean;
  /** Global subprogram of hidden visibility. */
  readonly hidden?: boolean;
  /** Bytes in front of the subprogram's name in BTF: makes FUNC params anonymous, which the kernel refuses. */
  readonly unnamedParam?: boolean;
}

/** Places in the sample's program. */
export const AT = { core: 0, map: 1, data: 3, kfunc: 5, globalCall: 6, staticCall: 7, exit: 8 } as const;

/** The object. */
export function sampleObject(options: SampleOptions = {}): Uint8Array {
  const { section = 'fentry/do_work', struct = 'task_struct___mine', kfunc = 'bpf_do', weak = false } = options;
  const btf = new BtfWriter();
  const int = btf.int('int', 4, IntEncoding.SIGNED);
  const long = btf.int('unsigned long', 8);
  const task = btf.struct(struct, 16, [
    ['flags', long, 0],
    ['pid', int, LOCAL_PID * 8],
  ]);
  const pTask = btf.ptr(task);
  const proto = btf.proto(int, [[options.unnamedParam === true ? '' : 'ctx', pTask]]);
  const main = btf.func('main_prog', proto);
  const globalSub = btf.func('global_sub', proto);
  const staticSub = btf.func('static_sub', proto, Linkage.STATIC);
  const attribute = (value: number): number => btf.ptr(btf.array(int, int, value));
  const definition = btf.struct('', 32, [
    ['type', attribute(1), 0],
    ['max_entries', attribute(16), 64],
    ['key', btf.ptr(int), 128],
    ['value', btf.ptr(long), 192],
  ]);
  const table = btf.variable('table', definition);
  const limit = btf.variable('limit', btf.ref(Kind.CONST, int));
  btf.datasec('.maps', 0, [[table, 0, 32]]);
  btf.datasec('.rodata', 0, [[limit, 0, 4]]);
  const kfuncType = btf.func(kfunc, btf.proto(int, [['', pTask]]), Linkage.EXTERN);
  btf.datasec('.ksyms', 0, [[kfuncType, 0, 0]]);

  const elf = new ElfWriter();
  const text = elf.code('.text', encodeInsns(asm`r0 = 1; exit; r0 = 2; exit`));
  const program = elf.code(
    section,
    encodeInsns(asm`
      r2 = *(u32 *)(r1 +${LOCAL_PID})
      r1 = 0 ll
      r3 = 0 ll
      call pc-1
      call pc-1
      call pc+1
      exit`),
  );
  const maps = elf.section('.maps', new Uint8Array(32));
  const rodata = elf.section('.rodata', Uint8Array.of(7, 0, 0, 0));
  elf.section('license', new TextEncoder().encode('GPL\0'));
  const textSymbol = elf.symbol('', { section: text, type: SymbolType.SECTION, bind: 0 });
  elf.symbol('static_sub', { section: text, type: SymbolType.FUNC, bind: 0, value: 16, size: 16 });
  elf.symbol('main_prog', { section: program, type: SymbolType.FUNC, size: 72 });
  const globalSymbol = elf.symbol('global_sub', {
    section: text,
    type: SymbolType.FUNC,
    size: 16,
    visibility: options.hidden === true ? 2 : 0,
  });
  const tableSymbol = elf.symbol('table', { section: maps, type: SymbolType.OBJECT, size: 32 });
  const limitSymbol = elf.symbol('limit', { section: rodata, type: SymbolType.OBJECT, size: 4 });
  const kfuncSymbol = elf.symbol(kfunc, { bind: weak ? 2 : 1 });
  elf.relocations(program, [
    [AT.map * 8, tableSymbol],
    [AT.data * 8, limitSymbol],
    [AT.kfunc * 8, kfuncSymbol],
    [AT.globalCall * 8, globalSymbol],
    [AT.staticCall * 8, textSymbol],
  ]);
  const sectionName = btf.text(section);
  const textName = btf.text('.text');
  const file = btf.text('prog.c');
  const line = btf.text('  return task->pid;');
  const access = btf.text('0:1');
  elf.section(
    '.BTF.ext',
    writeBtfExt(
      [
        { name: sectionName, records: [[0, main]] },
        {
          name: textName,
          records: [
            [0, globalSub],
            [16, staticSub],
          ],
        },
      ],
      [
        { name: sectionName, records: [[0, file, line, (3 << 10) | 5]] },
        {
          name: textName,
          records: [
            [0, file, line, 9 << 10],
            [16, file, line, 12 << 10],
          ],
        },
      ],
      [{ name: sectionName, records: [[0, task, access, 0]] }],
    ),
  );
  elf.section('.BTF', btf.bytes());
  return elf.bytes();
}

/** A kernel with `struct task_struct`, the function `do_work` and the kfunc `bpf_do`, and a module with `mod_do`. */
export function sampleKernel(): ObjectKernel {
  const writer = new BtfWriter();
  const int = writer.int('int', 4, IntEncoding.SIGNED);
  const long = writer.int('unsigned long', 8);
  const task = writer.struct('task_struct', 64, [
    ['state', long, 0],
    ['flags', long, 64],
    ['', writer.struct('', 8, [['pid', int, 64]], Kind.STRUCT), 128],
  ]);
  const proto = writer.proto(int, [['task', writer.ptr(task)]]);
  writer.func('do_work', proto);
  writer.func('bpf_do', proto);
  const btf = parseBtf(writer.bytes(), { name: 'vmlinux', isKernel: true });
  const module = new BtfWriter(writer.types, writer.stringBytes);
  module.func('mod_do', proto);
  const modules = [parseBtf(module.bytes(), { name: 'mod', isKernel: true, base: btf })];
  return { btf, modules, config: new Map([['CONFIG_HZ', '250']]), kernelVersion: 0x070304 };
}
