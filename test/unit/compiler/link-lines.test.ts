// SPDX-License-Identifier: GPL-2.0-only
/** Which objects a build links into one program, read from its files. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cargoLinkLines, findLinkLines, linkedSources, makeLinkLines, mesonLinkLines } from '../../../src/compiler/link-lines';
import { listProject } from '../../../src/compiler/project';

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
    expect(makeLinkLines(written('Makefile', text), folder).map((line) => line.parts.map((part) => part.stem))).toEqual(stems);
  });

  it('of meson.build: through the targets that it names', () => {
    const text = `a = custom_target('a', input: 'a.bpf.c', output: 'a.bpf.o', command: [clang])
b = custom_target('b',
  input: 'b.bpf.c',
  output: 'b.bpf.o', command: [clang])
custom_target('all', input: [a, b], output: 'all.bpf.o',
  command: [bpftool, 'gen', 'object', '@OUTPUT@', '@INPUT@'])
`;
    const parts = ['a', 'b'].map((stem) => ({ stem, source: null }));
    expect(mesonLinkLines(written('meson.build', text))).toEqual([{ file: path.join(folder, 'meson.build'), line: 5, parts }]);
  });

  it('of build.rs: a builder that is told several sources and links them', () => {
    const text = `fn main() {
    // .add_source("src/bpf/old.bpf.c")
    let mut builder = Builder::new().unwrap();
    builder
        .enable_skel("src/bpf/main.bpf.c", "bpf")
        .add_source("src/bpf/power.bpf.c")
        .add_source(&source("arena.bpf.c"))
        .compile_link_gen()
        .unwrap();
    Builder::new().enable_skel("src/bpf/single.bpf.c", "one").compile_link_gen().unwrap();
}
`;
    expect(cargoLinkLines(written('build.rs', text))).toEqual([
      {
        file: path.join(folder, 'build.rs'),
        line: 5,
        parts: [
          { stem: 'main', source: 'src/bpf/main.bpf.c' },
          { stem: 'power', source: 'src/bpf/power.bpf.c' },
          { stem: 'arena', source: 'arena.bpf.c' },
        ],
      },
    ]);
    rmSync(path.join(folder, 'build.rs'));
  });

  it('lead to sources: where the build says, beside, or by name in the project', async () => {
    const at = (name: string): string => path.join(folder, 'crate', name);
    for (const name of ['src/main.bpf.c', 'lib/arena.bpf.c', 'src/beside.bpf.c']) {
      mkdirSync(path.dirname(at(name)), { recursive: true });
      writeFileSync(at(name), '');
    }
    const parts = [
      { stem: 'main', source: 'src/main.bpf.c' },
      { stem: 'beside', source: null },
      { stem: 'arena', source: 'arena.bpf.c' },
    ];
    const line = { file: at('build.rs'), line: 1, parts };
    const files = await listProject(path.join(folder, 'crate'));
    const all = [at('src/main.bpf.c'), at('src/beside.bpf.c'), at('lib/arena.bpf.c')];
    expect(linkedSources(line, at('src/main.bpf.c'), files)).toEqual(all);
    expect(linkedSources(line, at('src/other.bpf.c'), files)).toBeNull();
    expect(linkedSources({ ...line, parts: [...parts, { stem: 'lost', source: 'lost.bpf.c' }] }, all[0]!, files)).toBeNull();
    rmSync(path.join(folder, 'crate'), { recursive: true });
  });

  it('are found from a source up', () => {
    written('Makefile', 'all.o: a.bpf.o b.bpf.o\n\tbpftool gen object $@ $^\n');
    const found = findLinkLines(path.join(folder, 'b.bpf.c'), folder);
    expect(found.map(({ parts, line }) => [line, parts.map((part) => part.stem)])).toEqual([
      [1, ['a', 'b']],
      [5, ['a', 'b']],
    ]);
  });
});
