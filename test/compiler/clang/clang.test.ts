// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadedKernel } from '../../../src/analysis/kernel';
import { compile, findClang } from '../../../src/compiler/clang';
import { loadObject } from '../../../src/object/load';
import { withSourceText } from '../../../src/object/source-lines';
import { kernelOf } from '../../support/kernel';

const clang = await findClang('');
const ON_DISK = 'int old;\nint older;\nint oldest;\n';
const IN_EDITOR =
  '__attribute__((section("tc")))\nint prog(void *ctx)\n{\n\tint edited = ((int *)ctx)[1];\n\treturn edited & 1;\n}\nchar LICENSE[] __attribute__((section("license"))) = "GPL";\n';
const ASSEMBLY =
  '#define ANSWER 42\n\t.section "socket","ax"\n\t.globl prog\n\t.type prog,@function\nprog:\n\tr1 = ANSWER ll\n\tr0 = r1\n\texit\n\t.size prog, .-prog\n';

describe.skipIf(clang === null)('clang (needs clang)', () => {
  let dir = '';
  let kernel: LoadedKernel;
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-clang-'));
    kernel = kernelOf();
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('compiles the text that it is given: its lines are shown, not those of the file on disk', async () => {
    const file = path.join(dir, 'edited.bpf.c');
    writeFileSync(file, ON_DISK);
    const result = await compile({ clang: '', file, text: IN_EDITOR, args: [], timeoutMs: 60_000 });
    if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
    const [program] = loadObject(result.object, 'edited.bpf.o', kernel.object).programs;
    const lines = program!.lineInfo.map((l) => [l.line, l.text.trim()]);
    expect(lines).toContainEqual([4, 'int edited = ((int *)ctx)[1];']);
    expect(lines).toContainEqual([5, 'return edited & 1;']);
  });

  it('names the file in its messages and in line records, and finds headers beside it', async () => {
    const file = path.join(dir, 'wrong = name.bpf.c');
    writeFileSync(path.join(dir, 'beside.h'), '#define MASK 1\n');
    const wrong = await compile({ clang: '', file, text: '#include "beside.h"\nint x = missing;\n', args: [], timeoutMs: 60_000 });
    expect(wrong.kind).toBe('failed');
    expect(wrong.kind === 'failed' ? wrong.diagnostics : []).toMatchObject([{ file, line: 2, column: 9, severity: 'error' }]);
    const right = await compile({
      clang: '',
      file,
      text: `#include "beside.h"\n${IN_EDITOR.replace('& 1', '& MASK')}`,
      args: [],
      timeoutMs: 60_000,
    });
    if (right.kind !== 'ok') throw new Error(JSON.stringify(right));
    const [program] = loadObject(right.object, 'wrong.bpf.o', kernel.object).programs;
    expect(new Set(program!.lineInfo.map((l) => l.file))).toEqual(new Set([file]));
    expect(program!.lineInfo.map((l) => [l.line, l.text.trim()])).toContainEqual([6, 'return edited & MASK;']);
  });

  it('assembles .s and .S through the preprocessor, with a line for each instruction', async () => {
    for (const name of ['by hand.bpf.s', 'by hand.bpf.S']) {
      const file = path.join(dir, name);
      const result = await compile({ clang: '', file, text: ASSEMBLY, args: [], timeoutMs: 60_000 });
      if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
      const [program] = withSourceText(loadObject(result.object, 'by.bpf.o', kernel.object), file, ASSEMBLY).programs;
      expect(program!.lineInfo).toEqual([]);
      expect(program!.sourceLines.map((l) => [l.insnOff, l.file, l.line, l.text.trim()])).toEqual([
        [0, file, 6, 'r1 = ANSWER ll'],
        [2, file, 7, 'r0 = r1'],
        [3, file, 8, 'exit'],
      ]);
    }
    const wrong = await compile({ clang: '', file: path.join(dir, 'wrong.s'), text: '\tr0 = \n', args: [], timeoutMs: 60_000 });
    expect(wrong.kind === 'failed' ? wrong.diagnostics : []).toMatchObject([
      { file: path.join(dir, 'wrong.s'), line: 1, severity: 'error' },
    ]);
  });
});
