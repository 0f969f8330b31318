// SPDX-License-Identifier: GPL-2.0-only
/** Constants that a loader may set, part by part. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeConstants } from '../../../src/object/constants';
import { openObject } from '../../../src/object/open';
import { valueProblem } from '../../../src/object/values';

const FOLDER = path.resolve(import.meta.dirname, '../../loader');

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
