// SPDX-License-Identifier: GPL-2.0-only
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unwrapObject } from '../../../src/analysis/wrapped';

const OBJECT = Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0x41, 0xff]);
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const STRING = '\\x7f\\x45\\x4c\\x46\\x02\\x01\\x01\\0\\\n\\0A\\xff';

describe('an object inside another file', () => {
  it('is taken out of gzip, and out of a skeleton', () => {
    expect(Uint8Array.from(unwrapObject(gzipSync(OBJECT)))).toEqual(OBJECT);
    const skeleton = `static inline const void *x__elf_bytes(size_t *sz)\n{\n\tstatic const char data[] = "\\\n${STRING}";\n}\n`;
    expect(unwrapObject(text(skeleton))).toEqual(OBJECT);
  });

  it('is the file itself otherwise', () => {
    expect(unwrapObject(OBJECT)).toBe(OBJECT);
    expect(unwrapObject(new Uint8Array(0))).toHaveLength(0);
  });

  it('says what is wrong with one that is damaged', () => {
    expect(() => unwrapObject(gzipSync(OBJECT).subarray(0, 20))).toThrow('it is compressed with gzip, and damaged');
    expect(() => unwrapObject(gzipSync(new Uint8Array((64 << 20) + 1)))).toThrow('what it holds is larger than 64 MiB');
    expect(() => unwrapObject(text(`"${STRING}`))).toThrow('it is a skeleton, and the object in it is cut off');
  });
});
