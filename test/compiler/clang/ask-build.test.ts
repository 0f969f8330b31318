// SPDX-License-Identifier: GPL-2.0-only
/** Build tools asked what they would run: real ones, on projects whose build files cannot be read as text. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askBuild, type BuildQuestion, buildQuestions, makeCommands } from '../../../src/compiler/ask-build';
import { findBuilds } from '../../../src/compiler/builds';
import { findOnPath } from '../../../src/compiler/clang';
import { listProject } from '../../../src/compiler/project';
import { Remembered, type RememberedData } from '../../../src/compiler/remembered';

const [make, ninja] = await Promise.all([findOnPath(['make']), findOnPath(['ninja'])]);

let top = '';
const put = (name: string, text = ''): string => {
  const file = path.join(top, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
beforeEach(() => {
  top = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-ask-'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const only = (file: string): BuildQuestion => {
  const [question, ...others] = buildQuestions(file, top);
  expect(others).toEqual([]);
  return question!;
};

describe.skipIf(make === null)('make -n', () => {
  it('says what no reading could know, builds nothing, and is the best of what was found', async () => {
    const file = put('src/drop.bpf.c');
    put(
      'Makefile',
      [
        'LIMIT := $(shell expr 3 + 4)',
        'all: out/drop.bpf.o',
        'out/drop.bpf.o: src/drop.bpf.c',
        '\t@touch was-built && clang -O2 --target=bpf -DLIMIT=$(LIMIT) -DTEXT=\'"a;b"\' -Iinclude -c $< -o $@',
        '',
      ].join('\n'),
    );
    const asked = await askBuild(only(file));
    if (asked.kind !== 'answered') throw new Error(JSON.stringify(asked));
    expect(existsSync(path.join(top, 'was-built'))).toBe(false);
    const { builds } = findBuilds(file, top, await listProject(top), [asked.build]);
    expect(builds.map((b) => [b.kind, b.args])).toEqual([
      ['asked-make', ['-O2', '-DLIMIT=7', '-DTEXT="a;b"', '-I', path.join(top, 'include')]],
      ['make', ['-O2', '-DTEXT="a;b"', '-I', path.join(top, 'include')]],
    ]);
  });

  it('follows make into other folders, and asks for what a rule makes of the source if the default does not', async () => {
    const file = put('bpf/drop.bpf.c');
    put('Makefile', 'all:\n\t$(MAKE) -C bpf\n');
    put('bpf/Makefile', 'all: ;\n%.bpf.o: %.bpf.c\n\tcd .. && clang -target bpf -DDEEP=$(shell echo 1) -Ihere -c bpf/$< -o $@\n');
    const [near, far] = buildQuestions(file, top);
    expect([near, far].map((q) => path.relative(top, q!.file))).toEqual(['bpf/Makefile', 'Makefile']);
    expect(near!.targets).toEqual(['drop.bpf.o']);
    const asked = await askBuild(near!);
    if (asked.kind !== 'answered') throw new Error(JSON.stringify(asked));
    expect(asked.build.commands).toMatchObject([{ file, directory: top }]);
    expect(await askBuild(far!)).toEqual({ kind: 'failed', reason: 'make -n names no command for BPF' });
  });

  it('is ended when it is cancelled, with what it started', async () => {
    const file = put('drop.bpf.c');
    put('Makefile', 'WAIT := $(shell echo started > started; sleep 600)\nall: ;\n');
    const abort = new AbortController();
    const asked = askBuild(only(file), abort.signal);
    while (!existsSync(path.join(top, 'started'))) await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort();
    expect(await asked).toEqual({ kind: 'cancelled' });
  });

  it('says why nothing came of it', async () => {
    const file = put('drop.bpf.c');
    put('Makefile', 'all: lost.o\n');
    expect(await askBuild(only(file))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('names no command for BPF') as string,
    });
  });
});

describe.skipIf(ninja === null)('ninja -t compdb', () => {
  it('says the commands of a build folder that was configured', async () => {
    const file = put('bpf/drop.bpf.c');
    put(
      'build/build.ninja',
      'rule bpf\n  command = clang --target=bpf -I../include -DFROM_NINJA=1 -c $in -o $out\nbuild drop.bpf.o: bpf ../bpf/drop.bpf.c\n',
    );
    const asked = await askBuild(only(file));
    if (asked.kind !== 'answered') throw new Error(JSON.stringify(asked));
    const { builds } = findBuilds(file, top, await listProject(top), [asked.build]);
    expect(builds.map((b) => [b.kind, b.args])).toEqual([['asked-ninja', ['-I', path.join(top, 'include'), '-DFROM_NINJA=1']]]);
  });
});

it('reads commands as a shell would, line by line', () => {
  const output =
    "make: Entering directory '/p'\necho 'clang -target bpf no.c'; clang \\\n  -target bpf -c a.c | tee log\nmake[1]: Entering directory '/p/q'\nclang -target bpf -c b.c\nmake[1]: Leaving directory '/p/q'\ngcc -c c.c\nclang -target bpf -c d.c\n";
  expect(makeCommands(output, '/p').map((c) => c.file)).toEqual(['/p/a.c', '/p/q/b.c', '/p/d.c']);
});

it('what is remembered comes back, and is told when it changes', () => {
  let told: RememberedData | null = null;
  const first = new Remembered({}, (all) => void (told = all));
  first.choose('/p/a.bpf.c', { kind: 'typed', args: ['-DX=1'] });
  first.answered('/p/Makefile', { tool: 'make', file: '/p/Makefile', commands: [] });
  const second = new Remembered(JSON.parse(JSON.stringify(told)) as RememberedData);
  expect(second.choice('/p/a.bpf.c')).toEqual({ kind: 'typed', args: ['-DX=1'] });
  expect(second.answers().map((a) => a.file)).toEqual(['/p/Makefile']);
  second.choose('/p/a.bpf.c', null);
  expect(second.choice('/p/a.bpf.c')).toBeNull();
});
