// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { BtfError } from '../../../src/btf/error';
import { parseBtf } from '../../../src/btf/parse';
import { IntEncoding, Kind, type Btf } from '../../../src/btf/types';
import {
  alignOf,
  memberByPath,
  resolveElements,
  resolveFuncPtr,
  resolvePtr,
  resolveSize,
  showName,
  skipModifiers,
  structSize,
  typeName,
} from '../../../src/btf/util';
import { BtfWriter } from '../object/helpers/btf';

function build<T>(write: (b: BtfWriter) => T): { btf: Btf; ids: T } {
  const writer = new BtfWriter();
  const ids = write(writer);
  return { btf: parseBtf(writer.bytes(), { name: 'test', isKernel: false }), ids };
}

const { btf, ids } = build((b) => {
  const int = b.int('int', 4, IntEncoding.SIGNED);
  const u8 = b.ref(Kind.TYPEDEF, b.int('unsigned char', 1), 'u8');
  const file = b.struct('file', 24, [
    ['count', int, 0],
    ['', b.struct('', 8, [['inner', int, 32]], Kind.UNION), 64],
    ['path', b.struct('path', 8, [['dentry', int, 0]]), 128],
  ]);
  const constFile = b.ref(Kind.CONST, file);
  const plainPointer = b.ptr(constFile);
  const pointer = b.ref(Kind.CONST, plainPointer);
  const bytes = b.array(u8, int, 16);
  const matrix = b.array(bytes, int, 3);
  const callback = b.ptr(
    b.proto(int, [
      ['a', pointer],
      ['', 0],
    ]),
  );
  const anon = b.raw(Kind.ENUM, '', 0, 4);
  const fileType = b.ref(Kind.TYPEDEF, file, 'file_t');
  return {
    int,
    u8,
    file,
    constFile,
    plainPointer,
    pointer,
    bytes,
    matrix,
    callback,
    anon,
    fileType,
    pointerToArray: b.ptr(bytes),
    packed: b.struct('p', 5, [['x', int, 8]]),
  };
});

describe('sizes', () => {
  it('multiplies arrays and skips modifiers', () => {
    expect([ids.int, ids.u8, ids.constFile, ids.pointer, ids.bytes, ids.matrix, 0].map((id) => resolveSize(btf, id))).toEqual([
      4,
      1,
      24,
      8,
      16,
      48,
      null,
    ]);
    expect(resolveElements(btf, ids.matrix)).toMatchObject({ nelems: 48, elemId: ids.u8 - 1 });
    expect([structSize(btf, ids.constFile), structSize(btf, ids.int)]).toEqual([24, null]);
    expect([alignOf(btf, ids.file), alignOf(btf, ids.packed), alignOf(btf, ids.matrix), alignOf(btf, 0)]).toEqual([4, 1, 1, 0]);
  });

  it('has none for cycles and sizes beyond 32 bits', () => {
    const { btf: cyclic } = build((b) => {
      b.ref(Kind.CONST, 2);
      b.ref(Kind.VOLATILE, 1);
      b.array(3, 3, 1);
      const int = b.int('int', 4);
      b.array(int, int, 0x7fffffff);
    });
    expect([1, 3, 5].map((id) => resolveSize(cyclic, id))).toEqual([null, null, null]);
    expect(() => skipModifiers(cyclic, 1)).toThrow(BtfError);
  });
});

describe('pointers', () => {
  it('are followed through modifiers', () => {
    expect([resolvePtr(btf, ids.pointer), resolvePtr(btf, ids.int)]).toEqual([ids.file, null]);
    expect(resolveFuncPtr(btf, ids.callback)).toMatchObject({ ret: ids.int });
    expect(resolveFuncPtr(btf, ids.pointer)).toBeNull();
  });
});

describe('memberByPath', () => {
  it.each([
    ['count', 0],
    ['inner', 96],
    ['path.dentry', 128],
  ])('%s is at bit %d', (path, bits) => {
    expect(memberByPath(btf, ids.constFile, path)?.bitOffset).toBe(bits);
  });

  it('finds nothing else', () => {
    expect(['none', 'path.none', 'count.x'].map((path) => memberByPath(btf, ids.file, path))).toEqual([null, null, null]);
  });

  it('gives up on structs that contain themselves', () => {
    const { btf: nested } = build((b) =>
      b.struct('s', 4, [
        ['', 1, 0],
        ['', 1, 0],
      ]),
    );
    expect(memberByPath(nested, 1, 'x')).toBeNull();
  });
});

describe('names', () => {
  it.each([
    [ids.pointer, 'const struct file * const', ''],
    [ids.plainPointer, 'const struct file *', '(struct file *)'],
    [ids.matrix, 'u8[3][16]', '(u8[][])['],
    [ids.callback, 'int (*)(const struct file * const, ...)', '( *)'],
    [ids.pointerToArray, 'u8 (*)[16]', '(u8 *[])'],
    [ids.anon, 'enum (anon)', '(enum)'],
    [ids.fileType, 'file_t', '(file_t){'],
    [ids.constFile, 'const struct file', ''],
    [0, 'void', '(void)'],
  ])('of type %d', (id, spelled, shown) => {
    expect(typeName(btf, id)).toBe(spelled);
    if (shown !== '') {
      expect(showName(btf, id)).toBe(shown);
    }
  });

  it('of cycles end', () => {
    const { btf: cyclic } = build((b) => {
      b.ptr(1);
      b.proto(2, [
        ['a', 2],
        ['b', 2],
      ]);
    });
    expect(typeName(cyclic, 1)).toContain('...');
    expect(typeName(cyclic, 2)).toContain('...');
  });
});
