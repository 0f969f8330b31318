// SPDX-License-Identifier: GPL-2.0-only
/**
 * Compiled code that is kept for Nodes that cannot do so themselves: the file runs the same with it, without it, and with a damaged one.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { readCode, runKept, writeCode } from '../../../src/analysis/own-code-cache';

const folder = mkdtempSync(path.join(tmpdir(), 'bpf-context-code-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.useRealTimers());

const program = path.join(folder, 'program.cjs');
const source = (answer: number): string =>
  `const { dirname } = require('node:path'); exports.answer = () => ${answer}; exports.isHome = dirname(__filename) === __dirname;`;

/** Runs the program as a process would, with its end: whether kept code was taken, and what the program exports. */
function once(kept: string): { taken: boolean; answer: number; isHome: boolean } {
  const module = { exports: {} as { answer: () => number; isHome: boolean } };
  const ends: (() => void)[] = [];
  const taken = runKept(module, program, kept, (done) => ends.push(done));
  const { answer, isHome } = module.exports;
  const said = { taken, answer: answer(), isHome };
  for (const end of ends) end();
  return said;
}

const filesIn = (kept: string): string[] => readdirSync(kept).map((name) => path.join(kept, name));

describe('code that is kept', () => {
  it('is taken by the next process', () => {
    const kept = path.join(folder, 'next');
    writeFileSync(program, source(1));
    expect([once(kept), once(kept)]).toEqual([
      { taken: false, answer: 1, isHome: true },
      { taken: true, answer: 1, isHome: true },
    ]);
    expect(filesIn(kept)).toHaveLength(1);
  });

  it('is added to by the first processes, and then left alone', () => {
    const kept = path.join(folder, 'added');
    writeFileSync(program, source(1));
    const processes = (): number | undefined => readCode(filesIn(kept)[0]!)?.processes;
    const counts = Array.from({ length: 5 }, () => {
      once(kept);
      return processes();
    });
    expect(counts).toEqual([1, 2, 3, 3, 3]);
  });

  it('is found without being gone through once both files have settled', () => {
    const kept = path.join(folder, 'settled');
    writeFileSync(program, source(1));
    for (let i = 0; i < 3; i++) once(kept);
    vi.setSystemTime(Date.now() + 10_000);
    expect(once(kept).taken).toBe(true);
    expect(readdirSync(kept)).toContain('known.json');
    expect(once(kept)).toEqual({ taken: true, answer: 1, isHome: true });
    writeFileSync(program, source(2));
    expect(once(kept)).toMatchObject({ taken: false, answer: 2 });
  });

  it('is that of the source as it is now, even if that is as long as before', () => {
    const kept = path.join(folder, 'source');
    writeFileSync(program, source(1));
    once(kept);
    writeFileSync(program, source(2));
    expect(once(kept)).toEqual({ taken: false, answer: 2, isHome: true });
    expect(once(kept)).toMatchObject({ taken: true, answer: 2 });
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['empty', () => Buffer.alloc(0)],
    ['changed in one bit', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)])],
    ['something else', () => Buffer.from('no code at all, but longer than a digest is')],
  ])('is made again when the file is %s', (_, damaged) => {
    const kept = path.join(folder, 'damaged');
    writeFileSync(program, source(1));
    once(kept);
    const [file] = filesIn(kept);
    writeFileSync(file!, damaged(readFileSync(file!)));
    expect(readCode(file!)).toBeUndefined();
    expect(once(kept)).toEqual({ taken: false, answer: 1, isHome: true });
    expect(once(kept).taken).toBe(true);
  });

  it('does not grow without end', () => {
    const kept = path.join(folder, 'many');
    for (let i = 0; i < 20; i++) writeCode(path.join(kept, `${i}.code`), { code: Buffer.of(i), processes: 1 });
    expect(filesIn(kept)).toHaveLength(16);
  });

  it('is that of any text', () => {
    const kept = path.join(folder, 'letters');
    for (const letters of ['plain', 'ä€😀']) {
      const text = Array.from({ length: 40 }, (_, i) => `const f${i} = (a, b) => a.x${i} + b.y${i};`).join('\n');
      writeFileSync(program, `${text} exports.answer = () => ${JSON.stringify(letters)}; exports.isHome = f1.name === 'f1';`);
      expect([once(kept), once(kept)]).toMatchObject([
        { taken: false, answer: letters, isHome: true },
        { taken: true, answer: letters, isHome: true },
      ]);
    }
  });

  it('is left out where nothing can be written', () => {
    writeFileSync(program, source(1));
    const kept = path.join(program, 'below-a-file');
    expect(once(kept)).toEqual({ taken: false, answer: 1, isHome: true });
  });
});
