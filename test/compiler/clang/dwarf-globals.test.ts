// SPDX-License-Identifier: GPL-2.0-only
/** Where globals are declared, as the compiler says in DWARF. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findClang } from '../../../src/compiler/clang';
import { declarationsOf } from '../../../src/object/dwarf-globals';

const SOURCE = path.resolve(import.meta.dirname, '../../loader/loader.bpf.c');
const clang = await findClang('');

describe.skipIf(clang === null)('where globals are declared', () => {
  const lines = readFileSync(SOURCE, 'utf8').split('\n');
  const compiled = (version: number): Uint8Array =>
    execFileSync(clang!, ['-target', 'bpf', '-g', `-gdwarf-${version}`, '-O2', '-c', '-o', '-', SOURCE], { maxBuffer: 1 << 24 });

  it.each([4, 5])('is read from DWARF %i', (version) => {
    const found = declarationsOf(compiled(version));
    for (const [name, kind, text] of [
      ['limit', 'variable', 'const volatile int limit'],
      ['config', 'variable', '} config ='],
      ['numbers', 'variable', '} numbers SEC'],
      ['traced', 'function', 'int traced('],
    ] as const) {
      const declaration = found.find((d) => d.name === name);
      expect(declaration).toMatchObject({ kind, line: lines.findIndex((line) => line.includes(text)) + 1 });
      expect(path.basename(declaration!.file)).toBe('loader.bpf.c');
    }
  });

  it('says nothing where DWARF is cut, and never throws', () => {
    const whole = compiled(5);
    for (let at = 64; at < whole.length; at += 97) {
      const bad = Uint8Array.from(whole);
      bad.fill(0xff, at, at + 8);
      expect(Array.isArray(declarationsOf(bad))).toBe(true);
    }
    expect(declarationsOf(new Uint8Array(0))).toEqual([]);
  });
});
