// SPDX-License-Identifier: GPL-2.0-only
/** Constants that a loader may set, part by part; where globals are declared. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findClang } from '../../../src/compiler/clang';
import { describeConstants } from '../../../src/object/constants';
import { declarationsOf } from '../../../src/object/dwarf-globals';
import { openObject } from '../../../src/object/open';
import { valueProblem } from '../../../src/object/values';

const FOLDER = path.resolve(import.meta.dirname, '../../loader');
const SOURCE = path.join(FOLDER, 'loader.bpf.c');
const clang = await findClang('');

describe('the constants of an object', () => {
  const { btf, maps } = openObject(readFileSync(path.join(FOLDER, 'loader.bpf.o')), 'loader.bpf.o');
  const constants = describeConstants(btf, maps);

  it('are told with their values, part by part', () => {
    expect(constants.flatMap(({ parts }) => parts.map(({ path: at, type, compiled }) => `${type} ${at} = ${compiled}`))).toEqual([
      'int limit = 3',
      '_Bool careless = false',
      'enum mode mode = OFF',
      '__u32 config.port = 80',
      '__u32 config.hosts[0] = 1',
      '__u32 config.hosts[1] = 2',
      '__u32 config.hosts[2] = 3',
      '__u32 config.hosts[3] = 4',
      'char[8] title = "none"',
    ]);
  });

  it('take what their types hold', () => {
    const takes = (name: string): Parameters<typeof valueProblem>[0] => constants.find((c) => c.name === name)!.parts[0]!.takes;
    expect(valueProblem(takes('limit'), '0x7fffffff', 'int')).toBeNull();
    expect(valueProblem(takes('limit'), '2147483648', 'int')).toBe('2147483648 is not in bytes of int: -2147483648 to 2147483647');
    expect(valueProblem(takes('mode'), 'LOUD', 'enum mode')).toBeNull();
    expect(valueProblem(takes('mode'), 'QUIET', 'enum mode')).toBe('a number is wanted');
    expect(valueProblem(takes('title'), 'eight or', 'char[8]')).toBe('the text takes 9 bytes, there are 8');
  });
});

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
