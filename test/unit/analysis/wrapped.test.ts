// SPDX-License-Identifier: GPL-2.0-only
/** What a file holds: told by content, whatever its name is. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentOf, formOf } from '../../../src/analysis/wrapped';
import { objectOf } from '../../support/objects';
import { archiveOf } from '../../support/archive';

const OBJECT = objectOf([{ name: 'p' }]);
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const escaped = [...OBJECT].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('');
const skeleton = (data: string): Uint8Array =>
  text(`static inline const void *x__elf_bytes(size_t *sz)\n{\n\tstatic const char data[] = "\\\n${data}`);
const BITCODE = Uint8Array.from([0x42, 0x43, 0xc0, 0xde, 0, 0, 0, 0]);
const IR = text('; ModuleID = \'a.c\'\nsource_filename = "a.c"\ntarget datalayout = "e-m:e"\ntarget triple = "bpf"\n');

describe('a file that holds an object', () => {
  it('may be the object, or have it in gzip or in a skeleton', () => {
    for (const [bytes, wrapping] of [
      [OBJECT, null],
      [gzipSync(OBJECT), 'compressed with gzip'],
      [skeleton(`${escaped}";\n}\n`), 'in a skeleton that bpftool made'],
    ] as const) {
      const found = contentOf(bytes);
      expect([found.wrapping, found.left, found.objects.map((o) => [o.member, o.form])]).toEqual([wrapping, [], [['', 'object']]]);
      expect(Uint8Array.from(found.objects[0]!.bytes)).toEqual(OBJECT);
    }
  });

  it('may be LLVM code, as bytes or text', () => {
    expect([BITCODE, IR, Uint8Array.from([0xde, 0xc0, 0x17, 0x0b]), text('int x;'), OBJECT].map(formOf)).toEqual([
      'bitcode',
      'ir',
      'bitcode',
      null,
      'object',
    ]);
  });

  it('is left to the loader when it is something else', () => {
    for (const bytes of [new Uint8Array(0), text('hello'), OBJECT.slice(0, 30)]) expect(contentOf(bytes).objects[0]!.bytes).toBe(bytes);
  });

  it('says what is wrong with one that is damaged', () => {
    expect(() => contentOf(gzipSync(OBJECT).subarray(0, 20))).toThrow('it is compressed with gzip, and damaged');
    expect(() => contentOf(gzipSync(new Uint8Array((64 << 20) + 1), { level: 1 }))).toThrow('what it holds is larger than 64 MiB');
    expect(() => contentOf(skeleton(escaped))).toThrow('it is a skeleton, and the object in it is cut off');
  });
});

describe.each(['system-v', 'bsd'] as const)('an archive with names of %s', (style) => {
  const long = 'a_program_with_a_long_name.bpf.o';
  const members = [
    { name: 'a.o', bytes: OBJECT },
    { name: long, bytes: OBJECT },
    { name: 'readme.txt', bytes: text('odd') },
    { name: 'a.o', bytes: BITCODE },
  ];
  const archive = archiveOf(members, style);

  it('holds each of its objects, and says what else there is', () => {
    for (const [bytes, wrapping] of [
      [archive, 'in an archive'],
      [gzipSync(archive), 'in an archive, compressed with gzip'],
    ] as const) {
      const found = contentOf(bytes);
      expect(found.wrapping).toBe(wrapping);
      expect(found.objects.map((o) => [o.member, o.form])).toEqual([
        ['a.o', 'object'],
        [long, 'object'],
        ['a.o:2', 'bitcode'],
      ]);
      for (const o of found.objects.slice(0, 2)) expect(Uint8Array.from(o.bytes)).toEqual(OBJECT);
      expect(found.left).toEqual(['readme.txt: it is 3 bytes long; an ELF header alone has 64']);
    }
  });

  it('that is cut off or damaged loses only what is behind', () => {
    const cut = contentOf(archive.subarray(0, archive.length - 4));
    expect(cut.objects.map((o) => o.member)).toEqual(['a.o', long]);
    expect(cut.left.at(-1)).toMatch(/^the archive is damaged: a member is cut off at byte \d+$/);
    for (let at = 0; at < archive.length; at += 7) {
      const changed = archive.slice();
      changed[at] = changed[at]! ^ 0x55;
      try {
        expect(contentOf(changed).objects.length).toBeGreaterThan(0);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: it is an archive without a BPF object: /);
      }
    }
  });
});

describe('an archive', () => {
  it('that is thin, empty or without objects is refused with the reason', () => {
    expect(() => contentOf(text('!<thin>\n'))).toThrow('it is a thin archive: it only names files that lie elsewhere');
    expect(() => contentOf(text('!<arch>\n'))).toThrow('it is an archive without a BPF object: it is empty');
    expect(() => contentOf(archiveOf([{ name: 'x', bytes: text('just some text, no object') }], 'bsd'))).toThrow(
      'it is an archive without a BPF object: x: it begins neither as an ELF object (7f 45 4c 46), nor as an archive or LLVM code',
    );
  });
});
