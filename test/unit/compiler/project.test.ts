// SPDX-License-Identifier: GPL-2.0-only
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expandArguments, keepFlags, splitWords, targetsBpf, UNKNOWN } from '../../../src/compiler/flags';
import { findHeader, listProject, projectRoot } from '../../../src/compiler/project';

describe('compiler arguments of others', () => {
  it('are split as a shell does', () => {
    expect(splitWords(`clang -D'A=1 2' -DB=\\"x\\" "-I a b" c\\ d ''`)).toEqual(['clang', '-DA=1 2', '-DB="x"', '-I a b', 'c d', '']);
  });

  it('are kept when they decide what the text means, with their paths made whole', () => {
    const words = splitWords(
      'clang -g -O2 -Wall -Werror -target bpf -D__TARGET_ARCH_arm64 -DX=1 -D Y -I. -I ../inc -isystem /sys -include cfg.h -std=gnu11 -mcpu=v4 -c a.c -o a.o -MMD -MF a.d',
    );
    expect(keepFlags(words, '/p/src')).toEqual([
      '-O2',
      '-Wall',
      '-DX=1',
      '-DY',
      '-I',
      '/p/src',
      '-I',
      '/p/inc',
      '-isystem',
      '/sys',
      '-include',
      '/p/src/cfg.h',
      '-std=gnu11',
      '-mcpu=v4',
    ]);
  });

  it('can load nothing into the compiler, and run nothing', () => {
    const words = [
      '-fplugin=x.so',
      '-Xclang',
      '-load',
      '-Xclang',
      'x.so',
      '-B/evil',
      '-wrapper',
      'sh',
      '@file',
      '--config=x',
      '-Wp,-x',
      '-Wl,x',
      '-Wa,x',
      `-D${UNKNOWN}`,
      '-I',
      UNKNOWN,
      '-mllvm',
      '-load=x.so',
    ];
    expect(keepFlags(words, '/p')).toEqual([]);
  });

  it('say whether they are for BPF', () => {
    expect(
      ['clang -target bpf', 'clang --target=bpfel', 'clang -target bpfeb x', 'bpf-gcc -O2 x'].map((l) => targetsBpf(splitWords(l))),
    ).toEqual([true, true, true, true]);
    expect(['clang -O2', 'gcc -target x86', 'clang bpf.c'].map((l) => targetsBpf(splitWords(l)))).toEqual([false, false, false]);
  });

  it('of the settings have variables, and folders from the workspace', () => {
    const place = { workspace: '/w', file: '/w/bpf/a.bpf.c' };
    expect(
      expandArguments(
        ['-I${workspaceFolder}/inc', '-Iinc', '-I', 'lib', '-isystem', '${fileDirname}/x', '-DX=${unknown}', '-include', 'a.h'],
        place,
      ),
    ).toEqual(['-I/w/inc', '-I/w/inc', '-I', '/w/lib', '-isystem', '/w/bpf/x', '-DX=${unknown}', '-include', '/w/a.h']);
    expect(expandArguments(['-Iinc'], { workspace: null, file: '/x/a.bpf.c' })).toEqual(['-I/x/inc']);
  });
});

describe('a project', () => {
  let top = '';
  const put = (name: string, text = ''): string => {
    const file = path.join(top, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  beforeEach(() => {
    top = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-project-'));
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  it('begins at the workspace, the repository, or the highest build file', () => {
    const file = put('a/b/c/x.bpf.c');
    expect(projectRoot(file, null)).toEqual({ root: path.dirname(file), depth: 4 });
    put('a/b/Makefile');
    expect(projectRoot(file, null).root).toBe(path.join(top, 'a/b'));
    put('a/meson.build');
    expect(projectRoot(file, null).root).toBe(path.join(top, 'a'));
    put('.git/HEAD');
    expect(projectRoot(file, null).root).toBe(top);
    expect(projectRoot(file, path.join(top, 'a/b/c')).root).toBe(path.join(top, 'a/b/c'));
  });

  it('is not the whole temporary folder because a file lies there', () => {
    expect(projectRoot(path.join(os.tmpdir(), 'x.bpf.c'), null)).toEqual({ root: os.tmpdir(), depth: 1 });
  });

  it('has headers: nearest first, other machines last, x86 before others as near', async () => {
    const file = put('src/bpf/x.bpf.c');
    for (const dir of ['src/include', 'other/deep/include', 'src/arm64', 'src/x86']) put(`${dir}/my/defs.h`);
    const files = await listProject(top);
    expect(findHeader(files, 'my/defs.h', file).map((p) => path.relative(top, p.folder))).toEqual([
      'src/x86',
      'src/include',
      'other/deep/include',
      'src/arm64',
    ]);
    expect(findHeader(files, '../my/defs.h', file)).toHaveLength(4);
    expect(findHeader(files, 'defs.h', file)[0]!.folder).toBe(path.join(top, 'src/x86/my'));
    expect(findHeader(files, 'efs.h', file)).toEqual([]);
  });

  it('prefers the folder that has the other headers of the source too', async () => {
    const file = put('bpf/x.bpf.c');
    for (const name of ['a/common.h', 'b/common.h', 'b/maps.h', 'b/net.h']) put(name);
    const files = await listProject(top);
    expect(findHeader(files, 'common.h', file, ['common.h', 'maps.h', 'net.h']).map((p) => path.relative(top, p.folder))).toEqual([
      'b',
      'a',
    ]);
  });

  it('is read once, though links go round in it, and not outside of it', async () => {
    put('inc/a.h');
    symlinkSync(top, path.join(top, 'inc/round'));
    symlinkSync(path.join(top, 'inc'), path.join(top, 'again'));
    symlinkSync(os.tmpdir(), path.join(top, 'out'));
    const files = await listProject(top);
    expect(files.byName.get('a.h')!.length).toBeLessThanOrEqual(2);
    expect([...files.byName.values()].flat().every((f) => f.startsWith(top))).toBe(true);
    expect(files.truncated).toBe(false);
  });
});
