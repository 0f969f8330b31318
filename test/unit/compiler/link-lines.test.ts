// SPDX-License-Identifier: GPL-2.0-only
/** Which objects a build links into one program, read from its files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLinkLines, makeLinkLines, mesonLinkLines } from '../../../src/compiler/link-lines';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bpf-link-lines-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe('link lines', () => {
  it.each<[string, string, readonly (readonly string[])[]]>([
    ['names in the recipe', 'all.o: a.o\n\tbpftool gen object all.o build/a.bpf.o build/b.bpf.o\n', [['a', 'b']]],
    ['a list in a variable', 'P = a.bpf.o b.bpf.o\nall.o: $(P) | dir\n\t$(Q)$(BPFTOOL) gen object $@ $^\n', [['a', 'b']]],
    ['sources turned into objects', 'S = a.bpf.c b.bpf.c\nall.o: $(S:.c=.o)\n\tbpftool gen object $@ $^\n', [['a', 'b']]],
    ['a pattern says nothing', '%.linked.o: %.bpf.o\n\tbpftool gen object $@ $<\n', []],
    ['one object is no program of several files', 'all.o: a.bpf.o\n\tbpftool gen object $@ $^\n', []],
    ['what a shell would say is left out', 'all.o: a.bpf.o\n\tbpftool gen object $@ $(shell ls *.o) a.bpf.o\n', []],
  ])('of a Makefile: %s', (_what, text, stems) => {
    expect(makeLinkLines(written('Makefile', text), folder).map((line) => line.stems)).toEqual(stems);
  });

  it('of meson.build: through the targets that it names', () => {
    const text = `a = custom_target('a', input: 'a.bpf.c', output: 'a.bpf.o', command: [clang])
b = custom_target('b',
  input: 'b.bpf.c',
  output: 'b.bpf.o', command: [clang])
custom_target('all', input: [a, b], output: 'all.bpf.o',
  command: [bpftool, 'gen', 'object', '@OUTPUT@', '@INPUT@'])
`;
    expect(mesonLinkLines(written('meson.build', text))).toEqual([{ file: path.join(folder, 'meson.build'), line: 5, stems: ['a', 'b'] }]);
  });

  it('are found from a source up', () => {
    written('Makefile', 'all.o: a.bpf.o b.bpf.o\n\tbpftool gen object $@ $^\n');
    const found = findLinkLines(path.join(folder, 'b.bpf.c'), folder);
    expect(found.map(({ stems, line }) => [line, stems])).toEqual([
      [1, ['a', 'b']],
      [5, ['a', 'b']],
    ]);
  });
});
