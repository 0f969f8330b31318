// SPDX-License-Identifier: GPL-2.0-only
/** Objects that are small for the work or the memory that a careless reader of them would need. One function makes each kind. */
import { encodeInsns, type Insn } from '../../../src/isa/insn';
import { Kind } from '../../../src/btf/types';
import { BtfWriter, writeBtfExt } from '../../unit/object/helpers/btf';
import { asm, insn } from '../../support/asm';
import { ElfWriter } from '../../unit/object/helpers/elf';

const FUNC = 2;
const OBJECT = 1;
const MOV0 = insn`r0 = 0`;
const CALL_NEXT = insn`call pc-1`;
const RET0 = encodeInsns(asm`r0 = 0; exit`);

function repeat<T>(count: number, make: (index: number) => T | readonly T[]): T[] {
  return Array.from({ length: count }, (_, index) => make(index)).flat() as T[];
}

function object(fill: (elf: ElfWriter, socket: number) => void, code: Uint8Array = RET0): Uint8Array {
  const elf = new ElfWriter();
  const socket = elf.code('socket', code);
  elf.section('license', new TextEncoder().encode('GPL\0'));
  fill(elf, socket);
  return elf.bytes();
}

/** One program of these instructions. */
function program(insns: readonly Insn[]): Uint8Array {
  const code = encodeInsns(asm`${insns}; r0 = 0; exit`);
  return object((elf, socket) => elf.symbol('p', { section: socket, type: FUNC, size: code.length }), code);
}

/** `count` programs of two instructions beside what `fill` adds. */
function programs(count: number, fill: (elf: ElfWriter) => void, head: readonly Insn[] = asm`r0 = 0`): Uint8Array {
  const one = asm`${head}; exit`;
  return object(
    (elf, socket) => {
      for (let index = 0; index < count; index += 1) {
        elf.symbol(`p${index}`, { section: socket, type: FUNC, value: index * one.length * 8, size: one.length * 8 });
      }
      fill(elf);
    },
    encodeInsns(repeat(count, () => one)),
  );
}

/** A map with values of a type, in `.maps`. */
function withMap(types: (b: BtfWriter, int: number) => number): Uint8Array {
  const b = new BtfWriter();
  const int = b.int('int', 4);
  const value = types(b, int);
  const two = b.ptr(b.array(int, int, 2));
  const [toValue, key] = [b.ptr(value), b.ptr(int)];
  const map = b.struct('', 32, [
    ['type', two, 0],
    ['key', key, 64],
    ['value', toValue, 128],
    ['max_entries', two, 192],
  ]);
  b.datasec('.maps', 32, [[b.variable('m', map), 0, 32]]);
  return object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: RET0.length });
    elf.section('.BTF', b.bytes());
    elf.symbol('m', { section: elf.section('.maps', new Uint8Array(32)), type: OBJECT, size: 32 });
  });
}

function btfOnly(write: (b: BtfWriter, int: number) => void): Uint8Array {
  const b = new BtfWriter();
  write(b, b.int('int', 4));
  return object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: RET0.length });
    elf.section('.BTF', b.bytes());
  });
}

/** Each struct holds the one before it twice; the innermost an integer. */
export const fan = (): Uint8Array =>
  withMap((b, int) => {
    let [inner, size] = [int, 4];
    for (let level = 2; level <= 28; level += 1) {
      inner = b.struct(`S${level}`, size * 2, [
        ['a', inner, 0],
        ['b', inner, size * 8],
      ]);
      size *= 2;
    }
    return inner;
  });

export const locks = (): Uint8Array =>
  withMap((b, int) =>
    b.struct('V', 4_000_000_000, [['l', b.array(b.struct('bpf_spin_lock', 4, [['val', int, 0]]), int, 1_000_000_000), 0]]),
  );

/** Undefined symbols whose names are the ends of one string. */
export function symbolNames(): Uint8Array {
  const long = 'a'.repeat(200_000);
  const count = 3000;
  const bytes = object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: RET0.length });
    elf.symbol(long, { bind: 0 });
    repeat(count, () => elf.symbol('', {}));
  });
  const view = new DataView(bytes.buffer);
  const headers = Number(view.getBigUint64(40, true));
  const symtab = Number(view.getBigUint64(headers + (view.getUint16(60, true) - 2) * 64 + 24, true));
  const at = view.getUint32(symtab + 2 * 24, true);
  for (let index = 0; index < count; index += 1) {
    view.setUint32(symtab + (3 + index) * 24, at + index, true);
  }
  return bytes;
}

/** Types whose names are the ends of one string. */
export function typeNames(): Uint8Array {
  const count = 3000;
  const b = new BtfWriter();
  const long = b.text('a'.repeat(200_000));
  repeat(count, () => b.int('', 4));
  const btf = b.bytes();
  const view = new DataView(btf.buffer);
  for (let index = 0; index < count; index += 1) {
    view.setUint32(24 + index * 16, long + index, true);
  }
  return object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: RET0.length });
    elf.section('.BTF', btf);
  });
}

/** Executable sections over the same bytes. */
export function sections(): Uint8Array {
  const code = encodeInsns(asm`${repeat(8000, () => MOV0)}; exit`);
  const count = 800;
  const bytes = object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: code.length });
    for (let index = 0; index < count; index += 1) {
      elf.symbol(`p${index}`, { section: elf.code('socket', RET0), type: FUNC, size: code.length });
    }
  }, code);
  const view = new DataView(bytes.buffer);
  const headers = Number(view.getBigUint64(40, true));
  for (let index = 3; index < 3 + count; index += 1) {
    view.setBigUint64(headers + index * 64 + 24, view.getBigUint64(headers + 64 + 24, true), true);
    view.setBigUint64(headers + index * 64 + 32, BigInt(code.length), true);
  }
  return bytes;
}

/** Functions over each other in one section. */
export const overlap = (): Uint8Array => {
  const code = encodeInsns(asm`${repeat(8000, () => MOV0)}; exit`);
  return object(
    (elf, socket) => repeat(1000, (index) => elf.symbol(`p${index}`, { section: socket, type: FUNC, size: code.length })),
    code,
  );
};

/** Programs beside a subprogram with many CO-RE relocations, which none of them calls. */
export function coreRelocations(): Uint8Array {
  const count = 4000;
  const b = new BtfWriter();
  const int = b.int('int', 4);
  const task = b.struct('task_struct', 4, [['pid', int, 0]]);
  const access = b.text('0:0');
  const text = b.text('.text');
  const ext = writeBtfExt([], [], [{ name: text, records: repeat(count, (index): number[][] => [[8 * index, task, access, 0]]) }]);
  return programs(300, (elf) => {
    const sub = encodeInsns([...repeat(count, () => insn`r1 = 0`), insn`r0 = 0`, insn`exit`]);
    elf.symbol('sub', { section: elf.code('.text', sub), type: FUNC, size: sub.length });
    elf.section('.BTF', b.bytes());
    elf.section('.BTF.ext', ext);
  });
}

/** Programs that call one function of many lines. `order`: of its line records. */
function lines(count: number, order: (index: number) => number): Uint8Array {
  const length = 20_000;
  const b = new BtfWriter();
  const proto = b.proto(b.int('int', 4), []);
  const sub = b.func('sub', proto, 0);
  const ids = repeat(count, (index) => b.func(`p${index}`, proto));
  const [text, socket, file, line] = ['.text', 'socket', '/a.c', 'x = 1;'].map((name) => b.text(name));
  const ext = writeBtfExt(
    [
      { name: text!, records: [[0, sub]] },
      { name: socket!, records: ids.map((id, index) => [index * 16, id]) },
    ],
    [
      { name: text!, records: repeat(length, (index): number[][] => [[8 * order(index), file!, line!, (index + 1) << 10]]) },
      { name: socket!, records: ids.map((_, index) => [index * 16, file!, line!, 1 << 10]) },
    ],
    [],
  );
  return programs(
    count,
    (elf) => {
      const code = encodeInsns(asm`${repeat(length - 1, () => MOV0)}; exit`);
      const target = elf.symbol('sub', { section: elf.code('.text', code), type: FUNC, size: code.length });
      elf.relocations(
        1,
        repeat(count, (index): [number, number][] => [[index * 16, target]]),
      );
      elf.section('.BTF', b.bytes());
      elf.section('.BTF.ext', ext);
    },
    asm`call pc-1`,
  );
}

export const lineRecords = (): Uint8Array => lines(150, (index) => index);
export const shuffledLines = (): Uint8Array => lines(150, (index) => (index * 7919) % 20_000);

/** Exception callback tags, looked at for each program. */
export const tags = (): Uint8Array => {
  const b = new BtfWriter();
  const func = b.func('none', b.proto(b.int('int', 4), []));
  repeat(20_000, () => b.declTag('exception_callback:x', func));
  return programs(200, (elf) => elf.section('.BTF', b.bytes()));
};

/** Weak symbols that the kernel lacks, each referred to. */
export const externs = (): Uint8Array => {
  const count = 8000;
  const b = new BtfWriter();
  const proto = b.proto(b.int('int', 4), []);
  const functions = repeat(count, (index) => b.func(`k${index}`, proto, 2));
  b.datasec(
    '.ksyms',
    0,
    functions.map((id) => [id, 0, 0]),
  );
  const code = encodeInsns(asm`${repeat(count, () => CALL_NEXT)}; r0 = 0; exit`);
  return object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: code.length });
    const symbols = repeat(count, (index) => elf.symbol(`k${index}`, { bind: 2 }));
    elf.relocations(
      socket,
      symbols.map((symbol, index): [number, number] => [index * 8, symbol]),
    );
    elf.section('.BTF', b.bytes());
  }, code);
};

/** Functions of which each calls the next. */
export const callChain = (): Uint8Array => {
  const count = 20_000;
  const code = encodeInsns(repeat(count, () => asm`call pc-1; exit`));
  return object(
    (elf, socket) => {
      const text = elf.code('.text', code);
      const symbols = repeat(count, (index) => elf.symbol(`f${index}`, { section: text, type: FUNC, value: index * 16, size: 16 }));
      elf.symbol('p', { section: socket, type: FUNC, size: 16 });
      elf.relocations(
        text,
        repeat(count - 1, (index): [number, number][] => [[index * 16, symbols[index + 1]!]]),
      );
      elf.relocations(socket, [[0, symbols[0]!]]);
    },
    encodeInsns(asm`call pc-1; exit`),
  );
};

export const pointers = (): Uint8Array => btfOnly((b) => repeat(50_000, () => b.ptr(b.types + 2)));
export const typedefs = (): Uint8Array => btfOnly((b) => repeat(50_000, () => b.ref(Kind.TYPEDEF, b.types + 2, 't')));
export const structs = (): Uint8Array =>
  btfOnly((b, int) => repeat(20_000, (index) => b.struct(`s${index}`, 4, [['m', index === 0 ? int : b.types, 0]])));

/** Global variables that take no bytes of the file. */
export const bss = (): Uint8Array =>
  object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: RET0.length });
    elf.section('.bss', new Uint8Array(0), { type: 8, flags: 3, size: 2 ** 45 });
  });

export const manyPrograms = (): Uint8Array => programs(1000, () => undefined);

/** Programs that each count down from 2^31 − 1. */
export const slowPrograms = (): Uint8Array => programs(40, () => undefined, asm`r2 = 0x7fffffff; r2 -= 1; if r2 != 0 goto pc-2; r0 = 0`);

/** 2,000 programs beside 2,000 maps. */
export function programsAndMaps(): Uint8Array {
  const count = 2000;
  const b = new BtfWriter();
  const int = b.int('int', 4);
  const [two, toInt] = [b.ptr(b.array(int, int, 2)), b.ptr(int)];
  const map = b.struct('', 32, [
    ['type', two, 0],
    ['key', toInt, 64],
    ['value', toInt, 128],
    ['max_entries', two, 192],
  ]);
  b.datasec(
    '.maps',
    32 * count,
    repeat<[number, number, number]>(count, (index) => [[b.variable(`m${index}`, map), 32 * index, 32]]),
  );
  return programs(count, (elf) => {
    elf.section('.BTF', b.bytes());
    const maps = elf.section('.maps', new Uint8Array(32 * count));
    repeat(count, (index) => elf.symbol(`m${index}`, { section: maps, type: OBJECT, value: 32 * index, size: 32 }));
  });
}

/** Indirect jumps, each of which may go to each: as many ways as the square of their number. */
export function jumpTables(count = 20_000): Uint8Array {
  const [head, goto] = [asm`r1 = 0 ll; r1 = *(u64 *)(r1 +0)`, insn`gotox r1`];
  const code = encodeInsns(asm`${head}; ${repeat(count, () => goto)}; r0 = 0; exit`);
  const table = new Uint8Array(count * 8);
  const view = new DataView(table.buffer);
  repeat(count, (index) => view.setBigUint64(index * 8, BigInt((head.length + 1 + index) * 8), true));
  return object((elf, socket) => {
    elf.symbol('p', { section: socket, type: FUNC, size: code.length });
    const tables = elf.section('.jumptables', table);
    elf.relocations(socket, [[0, elf.symbol('t', { section: tables, type: OBJECT, size: table.length })]]);
  }, code);
}

/** A countdown from 2^31 − 1. */
export const countdown = (): Uint8Array => program(asm`r2 = 0x7fffffff; r2 -= 1; if r2 != 0 goto pc-2`);
/** A loop that adds an unknown number. */
export const precision = (): Uint8Array =>
  program(asm`
r2 = *(u32 *)(r1 +0)
r3 = 0
r4 = 0
r3 += r2
r3 &= 7
r4 += 1
if r4 < 2000000 goto pc-4
`);
/** Branches over a stack that is full. */
export const stack = (): Uint8Array =>
  program([
    insn`r2 = *(u32 *)(r1 +0)`,
    ...repeat(3000, (index) => asm`r3 = ${index}; if r2 > r3 goto pc+1; *(u64 *)(r10 +${-8 * (1 + (index % 60))}) = r3`),
  ]);
/** A jump for each number, all to one place. */
export const ladder = (): Uint8Array =>
  program([insn`r2 = *(u32 *)(r1 +0)`, ...repeat(30_000, (index) => insn`if r2 == ${index} goto pc+${29_999 - index}`)]);
/** Walks back over thousands of additions, thousands of times. */
export const backtrack = (): Uint8Array =>
  program([
    insn`r2 = 0`,
    ...repeat(8000, () => insn`r2 += 1`),
    ...repeat(4000, () => asm`r3 = r10; r4 = -8; r3 += r4; *(u64 *)(r3 +0) = r2`),
  ]);
export const giant = (): Uint8Array => new Uint8Array((64 << 20) + 1);
