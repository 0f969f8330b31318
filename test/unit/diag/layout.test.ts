// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { annotation, indentOf, sourceRow, wrapped } from '../../../src/verifier/diag/layout';

describe('layout of reports', () => {
  it('breaks text at blanks', () => {
    const words = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ');
    const lines = wrapped(words, '  ').trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines.map((l) => l.trim()).join(' ')).toBe(words);
  });
  it('breaks a word only when it is alone on its line', () => {
    expect(wrapped('x'.repeat(120), '')).toBe(`${'x'.repeat(100)}\n${'x'.repeat(20)}\n`);
    expect(wrapped('a\nb', '> ', '. ')).toBe('> a\n. b\n');
  });
  it('counts tabs up to the next column of eight', () => {
    expect(indentOf('\t  x')).toBe(10);
    expect(indentOf('   \tx')).toBe(8);
  });
  it('shows a row of source', () => {
    expect(sourceRow(true, 9, 2, '\tif (x)')).toBe('>>>  9 |         if (x)');
    expect(sourceRow(false, 10, 2, null)).toBe('    10 | ...');
    expect(sourceRow(false, 0, 2, null)).toBe('');
    expect(sourceRow(false, 10, 2, 'y'.repeat(90))).toBe(`    10 | ${'y'.repeat(76)}...`);
  });
  it('puts a note under it', () => {
    expect(annotation('error: no', 2, 8)).toBe('         |         ^-- error: no\n');
    expect(annotation('error: no', 0, 0)).toBe('       | ^-- error: no\n');
  });
});
