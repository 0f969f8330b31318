// SPDX-License-Identifier: GPL-2.0-only
/** Images of kernels in a cache folder: the same answers as from the kernel's files, and never anything from a damaged one. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { loadKernel } from '../../../src/analysis/kernel';
import { cachedKernel } from '../../../src/analysis/kernel-cache';
import type { KernelData } from '../../../src/analysis/kernel-image';
import { encodeBtf, StringPool } from '../../../src/btf/encode';
import { parseBtf, type ParsedBtf } from '../../../src/btf/parse';
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

/** Has an image noted as sound, which two starts with a settled one do. */
function settle(start: () => unknown): void {
  start();
  vi.setSystemTime(Date.now() + 10_000);
  start();
}

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

  it('is the same kernel where only what is asked for is read', () => {
    const bundle = path.join(import.meta.dirname, '../../../media/kernel/7.3.4');
    const load = () => loadKernel({ bundle, btf: '' }, inFolder('pieces')).object;
    const whole = load();
    settle(load);
    const pieces = load();
    for (const [i, btf] of [whole.btf, ...whole.modules].entries()) {
      const again = [pieces.btf, ...pieces.modules][i]!;
      expect([again.name, again.startId, again.endId]).toEqual([btf.name, btf.startId, btf.endId]);
      for (let id = btf.endId - 1; id >= btf.startId; id -= 1997) {
        const type = btf.type(id)!;
        expect(again.type(id)).toEqual(type);
        if (type.name !== '') expect(again.ownIdsByName(type.name, type.kind)).toEqual(btf.ownIdsByName(type.name, type.kind));
        expect(again.declTags(id)).toEqual(btf.declTags(id));
      }
      expect(again.type(btf.endId)).toBeUndefined();
      expect(again.ownIdsContaining?.('___')).toEqual(btf.ownIdsContaining?.('___'));
      expect(again.ownIdsContaining?.('nf_')).toEqual(btf.ownIdsContaining?.('nf_'));
    }
    expect(pieces.config.get('CONFIG_NR_CPUS')).toBe(whole.config.get('CONFIG_NR_CPUS'));
    // with all indexes, whatever was read of them
    const written = (read: typeof whole): Uint8Array[] => {
      const btf = read.btf as ParsedBtf;
      const { offsets, heads, next, flavours } = btf.index();
      return [btf.bytes, ...[offsets, heads, next, flavours].map((w) => new Uint8Array(w.buffer, w.byteOffset, w.byteLength))];
    };
    const all = written(whole);
    for (const [i, part] of written(load()).entries()) expect(Buffer.compare(part, all[i]!)).toBe(0);
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

  describe('while it is in use', () => {
    const LAST = 5000;
    /** More types than are read at once. */
    const many = (): KernelData => {
      const types_ = Array.from({ length: LAST }, (_, i) => ({ kind: Kind.FWD, union: false, id: i + 1, name: `type_${i + 1}` }) as const);
      const btf = parseBtf(encodeBtf(types_, new StringPool()), { name: 'vmlinux', isKernel: true });
      return { btf, modules: [], config: () => 'CONFIG_X=y\n' };
    };
    /** A kernel of which next to nothing was read yet, its image, its source, and how often it was made. */
    const opened = (name: string): { kernel: KernelData; image: string; source: string; made: () => number } => {
      const at = inFolder(`used-${name}`);
      const source = path.join(folder, `source-of-${name}`);
      writeFileSync(source, name);
      let count = 0;
      const start = (): KernelData =>
        cachedKernel(at, [source], () => {
          count++;
          return many();
        });
      start();
      const image = path.join(at, imagesIn(at)[0]!);
      utimesSync(image, 1, 1);
      settle(start);
      const kernel = start();
      expect(count).toBe(1);
      return { kernel, image, source, made: () => count };
    };
    const answers = ({ btf, config }: KernelData): unknown[] => [
      btf.type(LAST)?.name,
      btf.findByNameKind('type_7', Kind.FWD),
      btf.findByNameKind('type_0', Kind.FWD),
      btf.type(LAST + 1),
      config(),
    ];
    const right = [`type_${LAST}`, 7, -1, undefined, 'CONFIG_X=y\n'];

    it('stays what it was when another file takes its name, or none', () => {
      const { kernel, image, made } = opened('replaced');
      writeFileSync(`${image}.new`, 'something else');
      renameSync(`${image}.new`, image);
      expect(answers(kernel)).toEqual(right);
      const gone = opened('removed');
      rmSync(gone.image);
      expect(answers(gone.kernel)).toEqual(right);
      expect([made(), gone.made()]).toEqual([1, 1]);
    });

    it.each([
      ['cut-off', (image: string) => truncateSync(image, 50_000)],
      ['emptied', (image: string) => truncateSync(image, 0)],
      ['written-over', (image: string) => writeFileSync(image, Buffer.alloc(statSync(image).size, 1))],
    ])('is made anew when the file is %s', (name, change) => {
      const { kernel, image, made } = opened(name);
      change(image);
      expect(answers(kernel)).toEqual(right);
      expect(made()).toBe(2);
    });

    it('answers nothing when its sources are others by then', () => {
      const { kernel, image, source } = opened('both');
      writeFileSync(source, 'another kernel');
      truncateSync(image, 50_000);
      expect(() => kernel.btf.type(LAST)).toThrow('can no longer be read');
      writeFileSync(source, 'both');
      expect(answers(kernel)).toEqual(right);
    });
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
