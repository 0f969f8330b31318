// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { parseBtf } from '../../../src/btf/parse';
import { IntEncoding, Kind, type Btf } from '../../../src/btf/types';
import type { Insn } from '../../../src/isa/insn';
import { essentialName } from '../../../src/object/core/names';
import { patchInsn, POISON_CORE } from '../../../src/object/core/patch';
import { CoreResolver } from '../../../src/object/core/resolve';
import { CoreKind, type CoreRelo } from '../../../src/object/core/spec';
import type { CoreValue } from '../../../src/object/core/value';
import { BtfWriter } from './helpers/btf';
import { asm, insn } from '../../support/asm';

function build(write: (b: BtfWriter) => void): Btf {
  const writer = new BtfWriter();
  write(writer);
  return parseBtf(writer.bytes(), { name: 'test', isKernel: false });
}

const INT = 1;
const LONG = 2;

function basics(b: BtfWriter): void {
  b.int('int', 4, IntEncoding.SIGNED);
  b.int('unsigned long', 8);
}

/** The object believes in these types… */
const local = build((b) => {
  basics(b);
  const pointer = b.ptr(INT);
  b.struct('s', 32, [
    ['a', INT, 0],
    ['p', pointer, 64],
    ['list', b.array(INT, INT, 4), 128],
  ]);
  b.raw(Kind.STRUCT, 'bits', 2, 4, [b.text('x'), INT, 3 << 24, b.text('y'), INT, (5 << 24) | 3], true);
  b.enumeration('e', [
    ['ONE', 1],
    ['GONE', 2],
  ]);
  b.struct('gone', 4, [['a', INT, 0]]);
  b.struct('s___flavor', 8, [['a', LONG, 0]]);
  b.ref(Kind.TYPEDEF, INT, 'int_t');
  b.struct('wide', 8, [['u', LONG, 0]]);
});

/** …the kernel has these. */
const vmlinux = build((b) => {
  basics(b);
  const pointer = b.ptr(LONG);
  const unsigned = b.int('unsigned int', 4);
  b.struct('s', 64, [
    ['p', pointer, 0],
    ['a', INT, 64],
    ['list', b.array(INT, INT, 8), 128],
  ]);
  b.raw(Kind.STRUCT, 'bits', 2, 8, [b.text('y'), INT, (7 << 24) | 30, b.text('x'), INT, (3 << 24) | 40], true);
  b.enumeration('e', [
    ['ZERO', 0],
    ['ONE', -2],
  ]);
  b.struct('wide', 4, [['u', unsigned, 0]]);
});

const kernel = { btf: vmlinux, modules: [], config: new Map<string, string>(), kernelVersion: 0 };
const typeId = (name: string, kind = Kind.STRUCT): number => local.findByNameKind(name, kind);

function resolve(kind: CoreKind, type: string, access: string, btfKind = Kind.STRUCT): CoreValue {
  const relo: CoreRelo = { insnOff: 0, typeId: typeId(type, btfKind), access, kind };
  return new CoreResolver(local, kernel, new Map()).resolve(relo).value;
}

describe('CoreResolver', () => {
  it.each<[string, CoreKind, string, string, bigint | 'poison']>([
    ['moved field', CoreKind.FIELD_BYTE_OFFSET, 's', '0:0', 8n],
    ['array element', CoreKind.FIELD_BYTE_OFFSET, 's', '0:2:3', 28n],
    ['element of an array of structs', CoreKind.FIELD_BYTE_OFFSET, 's', '2:0', 136n],
    ['size of an array', CoreKind.FIELD_BYTE_SIZE, 's', '0:2', 32n],
    ['field that is there', CoreKind.FIELD_EXISTS, 's', '0:1', 1n],
    ['field of a type that is not', CoreKind.FIELD_EXISTS, 'gone', '0:0', 0n],
    ['offset in a type that is not', CoreKind.FIELD_BYTE_OFFSET, 'gone', '0:0', 'poison'],
    ['signedness', CoreKind.FIELD_SIGNED, 's', '0:0', 1n],
    ['bit field that needs a wider load', CoreKind.FIELD_BYTE_SIZE, 'bits', '0:1', 8n],
    ['its offset', CoreKind.FIELD_BYTE_OFFSET, 'bits', '0:1', 0n],
    ['its left shift', CoreKind.FIELD_LSHIFT_U64, 'bits', '0:1', 27n],
    ['its right shift', CoreKind.FIELD_RSHIFT_U64, 'bits', '0:1', 57n],
    ['type', CoreKind.TYPE_EXISTS, 's', '0', 1n],
    ['type that is not', CoreKind.TYPE_EXISTS, 'gone', '0', 0n],
    ['size of a type', CoreKind.TYPE_SIZE, 's', '0', 64n],
    ['type id', CoreKind.TYPE_ID_TARGET, 's', '0', BigInt(vmlinux.findByNameKind('s', Kind.STRUCT))],
    ['own type id', CoreKind.TYPE_ID_LOCAL, 'gone', '0', BigInt(typeId('gone'))],
    ['types that match', CoreKind.TYPE_MATCHES, 'gone', '0', 0n],
  ])('%s', (_, kind, type, access, expected) => {
    const value = resolve(kind, type, access);
    expect(value.poison ? 'poison' : value.value).toBe(expected);
  });

  it('reads enumerators, sign-extended', () => {
    expect(resolve(CoreKind.ENUMVAL_VALUE, 'e', '0', Kind.ENUM).value).toBe(0xffff_ffff_ffff_fffen);
    expect(resolve(CoreKind.ENUMVAL_VALUE, 'e', '1', Kind.ENUM).poison).toBe(true);
    expect(resolve(CoreKind.ENUMVAL_EXISTS, 'e', '1', Kind.ENUM).value).toBe(0n);
  });

  it('refuses to change the size of signed fields', () => {
    expect(resolve(CoreKind.FIELD_BYTE_OFFSET, 's___flavor', '0:0')).toMatchObject({ originalSize: 8, size: 4, badResize: true });
    expect(resolve(CoreKind.FIELD_BYTE_OFFSET, 'wide', '0:0')).toMatchObject({ originalSize: 8, size: 4, badResize: false });
  });

  it.each([
    ['', 's'],
    ['0:9', 's'],
    ['0:0:0', 's'],
    ['0:2:4', 's'],
    ['0:x', 's'],
    ['-1', 's'],
  ])('refuses the path %j', (access, type) => {
    expect(() => resolve(CoreKind.FIELD_BYTE_OFFSET, type, access)).toThrow('failed');
  });

  it('refuses candidates that contradict each other', () => {
    const twice = build((b) => {
      basics(b);
      b.struct('s', 8, [['a', INT, 0]]);
      b.struct('s___v2', 8, [['a', INT, 32]]);
    });
    const relo = { insnOff: 0, typeId: typeId('s'), access: '0:0', kind: CoreKind.FIELD_BYTE_OFFSET };
    expect(() => new CoreResolver(local, { ...kernel, btf: twice }, new Map()).resolve(relo)).toThrow('field offset ambiguity: 32 != 0');
  });
});

describe('essentialName', () => {
  it.each([
    ['task_struct___mine', 'task_struct'],
    ['a___b___c', 'a___b'],
    ['a____b', 'a____b'],
    ['___x', '___x'],
    ['x___', 'x___'],
    ['plain', 'plain'],
    ['', ''],
  ])('%s', (name, essential) => {
    expect(essentialName(name)).toBe(essential);
  });
});

describe('patchInsn', () => {
  const value: CoreValue = { poison: false, validate: true, original: 8n, value: 24n, originalSize: 8, size: 8, badResize: false };
  const poison = insn`call #${POISON_CORE}`;
  const patched = (code: Insn[], change: Partial<CoreValue> = {}): Insn[] => {
    patchInsn(code, 0, { ...value, ...change });
    return code;
  };

  it.each<[string, Insn[], Partial<CoreValue>, Insn[]]>([
    ['immediate', asm`r1 = 8`, {}, asm`r1 = 24`],
    ['load', asm`r1 = *(u64 *)(r2 +8)`, {}, asm`r1 = *(u64 *)(r2 +24)`],
    ['narrower load', asm`r1 = *(u64 *)(r2 +8)`, { size: 4 }, asm`r1 = *(u32 *)(r2 +24)`],
    ['64-bit immediate', asm`r1 = 8 ll`, { value: 0x1_8000_0000n }, asm`r1 = 0x180000000 ll`],
    ['poisoned immediate', asm`r1 = 8`, { poison: true }, [poison]],
    ['poisoned load', asm`r1 = *(u64 *)(r2 +8)`, { poison: true }, [poison]],
    ['load of another size', asm`r1 = *(u64 *)(r2 +8)`, { badResize: true }, [poison]],
    ['poisoned 64-bit immediate', asm`r1 = 8 ll`, { poison: true }, [poison, poison]],
    ['immediate that is not checked', asm`r1 = 5`, { validate: false }, asm`r1 = 24`],
  ])('%s', (_, code, change, expected) => {
    expect(patched(code, change)).toEqual(expected);
  });

  it.each<[string, RegExp, Insn[], Partial<CoreValue>]>([
    ['other immediate', /unexpected value: got 5, exp 8 -> 24/, asm`r1 = 5`, {}],
    ['other offset', /unexpected value/, asm`r1 = *(u64 *)(r2 +16)`, {}],
    ['offset that does not fit', /value too big: 32768/, asm`r1 = *(u64 *)(r2 +8)`, { value: 32768n }],
    ['register operand', /unrecognized insn/, asm`r1 = r2`, {}],
    ['call', /unrecognized insn/, asm`call #0`, {}],
    ['half of a 64-bit immediate', /unexpected form/, asm`r1 = 8 ll`.slice(0, 1), {}],
    ['load of unexpected size', /unexpected mem size: got 4, exp 8/, asm`r1 = *(u32 *)(r2 +8)`, { size: 4 }],
    ['field of odd size', /invalid new mem size: 3/, asm`r1 = *(u64 *)(r2 +8)`, { size: 3 }],
  ])('refuses: %s', (_, message, code, change) => {
    expect(() => patched(code, change)).toThrow(message);
  });
});
