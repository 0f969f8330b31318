// SPDX-License-Identifier: GPL-2.0-only
/** Images of kernels in a cache folder: the same answers as from the kernel's files, and never anything from a damaged one. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { loadKernel } from '../../../src/analysis/kernel';
import { cachedKernel } from '../../../src/analysis/kernel-cache';
import type { KernelData } from '../../../src/analysis/kernel-image';
import { encodeBtf, StringPool } from '../../../src/btf/encode';
import { parseBtf } from '../../../src/btf/parse';
import { Kind } from '../../../src/btf/types';

const folder = mkdtempSync(path.join(tmpdir(), 'bpf-context-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.useRealTimers());

const SOURCES = [Uint8Array.of(1, 2), Uint8Array.of(3)].map((bytes, i) => {
  const file = path.join(folder, `source-${i}`);
  writeFileSync(file, bytes);
  return file;
});

/** Two types, one with a flavour, and a module that continues them. */
function types(): KernelData {
  const int = { kind: Kind.INT, size: 4, encoding: 0, bits: 32, bitOffset: 0 } as const;
  const base = encodeBtf(
    [
      { ...int, id: 1, name: 'int' },
      { ...int, id: 2, name: 'int___old' },
    ],
    new StringPool(),
  );
  const btf = parseBtf(base, { name: 'vmlinux', isKernel: true });
  return { btf, modules: [], config: () => 'CONFIG_X=y\n' };
}

/** The image, made anew in an empty folder; how often its types were made is in `made`. */
function once(at: string, made: { count: number }): KernelData {
  return cachedKernel(at, SOURCES, () => {
    made.count++;
    return types();
  });
}

const imagesIn = (at: string): string[] => readdirSync(at).filter((f) => f.endsWith('.image'));
const inFolder = (name: string): string => path.join(folder, name);

describe('a kernel from its image', () => {
  it('is the kernel, with its modules and names', () => {
    const bundle = path.join(import.meta.dirname, '../../../media/kernel/7.3.4');
    const read = loadKernel({ bundle, btf: '' }, inFolder('whole')).object;
    const again = loadKernel({ bundle, btf: '' }, inFolder('whole')).object;
    expect(imagesIn(inFolder('whole'))).toHaveLength(1);
    expect(again.modules.map((m) => [m.name, m.startId, m.endId])).toEqual(read.modules.map((m) => [m.name, m.startId, m.endId]));
    for (const name of ['task_struct', 'bpf_map', 'no_such_struct']) {
      expect(again.btf.idsByName(name, Kind.STRUCT)).toEqual(read.btf.idsByName(name, Kind.STRUCT));
    }
    expect(again.btf.ownIdsContaining?.('___')).toEqual(read.btf.ownIdsContaining?.('___'));
    const [a, b] = [read, again].map(({ btf }) => btf.type(btf.findByNameKind('task_struct', Kind.STRUCT)));
    expect(b).toEqual(a);
  });

  it('is made once, and found after that', () => {
    const made = { count: 0 };
    for (let i = 0; i < 3; i++) expect([...once(inFolder('once'), made).btf.index().flavours]).toEqual([2]);
    expect(made.count).toBe(1);
  });

  it('has its configuration', () => {
    const [made, read] = [0, 1].map(() => once(inFolder('config'), { count: 0 }).config());
    expect([made, read]).toEqual(['CONFIG_X=y\n', 'CONFIG_X=y\n']);
  });

  it('is not gone through again while image and sources are as they were', () => {
    const at = inFolder('known');
    const made = { count: 0 };
    for (let i = 0; i < 3; i++) once(at, made);
    // files that were written a moment ago could be written again within the same tick of the clock
    expect(readdirSync(at)).not.toContain('known.json');
    vi.setSystemTime(Date.now() + 10_000);
    once(at, made);
    expect(readdirSync(at)).toContain('known.json');
    const file = path.join(at, imagesIn(at)[0]!);
    const good = readFileSync(file);
    expect(once(at, made).btf.findByNameKind('int', Kind.INT)).toBe(1);
    expect(made.count).toBe(1);
    writeFileSync(file, Buffer.from(good).fill(good.at(-1)! ^ 1, good.length - 1));
    once(at, made);
    expect(made.count).toBe(2);
    // other sources are another kernel, of whatever age
    writeFileSync(SOURCES[0]!, Uint8Array.of(2, 1));
    once(at, made);
    expect(made.count).toBe(3);
  });

  it('is not kept where nothing is to be kept', () => {
    const made = { count: 0 };
    once('', made);
    once('', made);
    expect(made.count).toBe(2);
  });

  it.each([
    ['cut off', (b: Buffer) => b.subarray(0, b.length - 9)],
    ['empty', () => Buffer.alloc(0)],
    ['with a bit turned in its types', (b: Buffer) => b.fill(b.at(-1)! ^ 1, b.length - 1)],
    ['with a bit turned in its head', (b: Buffer) => b.fill(b[20]! ^ 1, 20, 21)],
    ['of another version', (b: Buffer) => b.fill(99, 4, 5)],
  ])('is made anew when the image is %s', (name, change) => {
    const at = inFolder(name.replaceAll(' ', '-'));
    const made = { count: 0 };
    once(at, made);
    const file = path.join(at, imagesIn(at)[0]!);
    const good = readFileSync(file);
    writeFileSync(file, change(Buffer.from(good)));
    expect(once(at, made).btf.findByNameKind('int', Kind.INT)).toBe(1);
    expect(made.count).toBe(2);
    expect(readFileSync(file)).toEqual(good);
  });

  it('is used all the same where it cannot be kept', () => {
    const file = inFolder('a-file');
    writeFileSync(file, '');
    expect(once(file, { count: 0 }).btf.findByNameKind('int', Kind.INT)).toBe(1);
    expect(statSync(file).size).toBe(0);
  });

  it('leaves nothing half written behind, and no more images than it says', () => {
    const at = inFolder('many');
    for (let i = 0; i < 12; i++) {
      const source = path.join(folder, 'many-sources');
      writeFileSync(source, Uint8Array.of(i));
      cachedKernel(at, [source], types);
    }
    expect(readdirSync(at).every((f) => f.endsWith('.image'))).toBe(true);
    expect(imagesIn(at)).toHaveLength(8);
    chmodSync(at, 0o700);
  });
});
