// SPDX-License-Identifier: GPL-2.0-only
/** Which kernel the command line verifies as: one of those that come along, a folder, other types. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernel } from '../../src/analysis/kernel';
import { BUNDLE_FILES, unpackModules } from '../../src/kernel/bundle';
import { KERNELS, kernelNamed, OTHER_KERNELS, VERIFIED_KERNEL } from '../../src/kernel/releases';
import { built, checkRows, cli, ROOT } from './run';

const CONTEXTS = path.join('examples', 'contexts.bpf.o');
const SHIPPED = path.join(ROOT, ...VERIFIED_KERNEL.media);

/** Verdicts of two programs of the example. Both call kfuncs that Linux 6.1 does not have; system calls are sleepable targets of fentry since 7.x. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  '7.3': ['accept', 'accept'],
  '6.12': ['accept', 'reject'],
  '6.1': ['accept', 'error'],
};

describe.skipIf(!built)('bpf-context --kernel', () => {
  let temp = '';
  beforeAll(() => {
    temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-kernels-'));
  });
  afterAll(() => rmSync(temp, { recursive: true, force: true }));

  for (const [series, verdicts] of Object.entries(EXPECTED)) {
    it(`verifies as ${series}, by series, by version and by folder`, () => {
      const { version, media } = kernelNamed(series)!;
      const names = series === VERIFIED_KERNEL.series ? [series, version] : [series, version, path.join(...media)];
      for (const name of names) {
        const rows = checkRows('--kernel', name, CONTEXTS);
        const found = ['locked_count', 'vma_copy'].map((program) => rows.find((r) => r.program === program));
        expect(found.map((r) => r?.verdict)).toEqual(verdicts);
        expect(found.map((r) => r?.kernel)).toEqual(verdicts.map((v) => (v === 'error' ? '' : version)));
      }
    });
  }

  it('is the default kernel where none is named', () => {
    expect(new Set(checkRows(CONTEXTS).map((r) => r.kernel))).toEqual(new Set([VERIFIED_KERNEL.version]));
  });

  it('writes the types of the kernel that is named', () => {
    for (const { series, version } of OTHER_KERNELS) {
      const { status, stdout } = cli('vmlinux-h', '--kernel', series);
      expect(status).toBe(0);
      expect(stdout.slice(0, 1000)).toContain(version);
    }
  });

  it('takes a folder with the types of vmlinux and modules, as /sys/kernel/btf is', () => {
    const decompressed = (name: string): Buffer => brotliDecompressSync(readFileSync(path.join(SHIPPED, name)));
    const modules = unpackModules(decompressed(BUNDLE_FILES.modules));
    const conntrack = modules.get('nf_conntrack')!;
    for (const [folder, suffix] of [
      ['sys', ''],
      ['built', '.btf'],
    ] as const) {
      mkdirSync(path.join(temp, folder));
      writeFileSync(path.join(temp, folder, `vmlinux${suffix}`), decompressed(BUNDLE_FILES.vmlinux));
      writeFileSync(path.join(temp, folder, `nf_conntrack${suffix}`), conntrack);
      const { profile } = loadKernel({ bundle: SHIPPED, btf: path.join(temp, folder) });
      expect(profile.modules.map((m) => m.name)).toEqual(['nf_conntrack']);
    }
    writeFileSync(path.join(temp, 'sys', 'zz_broken'), 'no types');
    const ran = cli('check', '--kernel-btf', path.join(temp, 'sys'), CONTEXTS);
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringContaining("zz_broken cannot be used as the kernel's BTF: ")]);
  });

  it('lists the kernels, and says what another is made of', () => {
    const { stdout } = cli('kernel', 'list');
    expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 2))).toEqual([...KERNELS.map((k) => [k.series, k.version]), ['']]);
    const add = (...args: string[]): string => cli('kernel', 'add', ...args).stderr;
    expect(add()).toContain('kernel add needs --source');
    expect(add('--source', temp, '--btf', temp, '--out', temp)).toContain("it is no kernel's source: Makefile, kernel/bpf/verifier.c");
    expect(cli('kernel', 'remove').status).toBe(2);
  });

  it('is in the help, with all that there are', () => {
    for (const { series } of KERNELS) expect(cli('--help').stdout).toMatch(new RegExp(`--kernel KERNEL .*\\b${series}\\b`));
  });
});
