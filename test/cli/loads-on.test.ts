// SPDX-License-Identifier: GPL-2.0-only
/** On which kernels the examples load, as the command line says it. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNELS } from '../../src/kernel/releases';
import { sinceWords } from '../../src/protocol/since';
import { built, cli } from './run';

const CONTEXTS = path.join('examples', 'contexts.bpf.o');
const THREE = ['--kernels', '7.3,6.1,6.12'];

interface Row {
  readonly program: string;
  readonly loadsOnFloor: boolean;
  readonly kernels: readonly { readonly kernel: string; readonly kind: string; readonly word: string; readonly missing: unknown }[];
  readonly difference: { readonly text: string; readonly instead: string; readonly feature: string | null } | null;
}

const rowsOf = (...args: string[]): Row[] => JSON.parse(cli('loads-on', '--format', 'json', ...args).stdout) as Row[];

describe.skipIf(!built)('bpf-context loads-on', () => {
  it('prints a table, oldest kernel first, with the first difference and what to use instead', () => {
    const { status, stdout } = cli('loads-on', ...THREE, CONTEXTS);
    expect(status).toBe(1);
    const lines = stdout.split('\n');
    expect(lines[0]!.split(/\s+/)).toEqual(['program', '6.1', '6.12', '7.3']);
    expect(lines.find((l) => l.startsWith('irq_copy '))).toMatch(/^irq_copy +- +- +rej {2}kfunc, rule$/);
    expect(lines.find((l) => l.startsWith('locked_count '))).toMatch(/^locked_count +19 +19 +17$/);
    expect(stdout).toContain(
      'irq_copy: the kfunc bpf_local_irq_save came between 6.12 and 7.3\n    instead: declare bpf_local_irq_save __weak and call it only if bpf_ksym_exists(bpf_local_irq_save)\n',
    );
    expect(lines.at(-2)).toBe('9 programs: 1 load on 6.1, 1 on 6.12, 4 on 7.3; the floor is 6.1');
  });

  it('finds the rule of the verifier that decides', () => {
    const [row] = rowsOf('--kernels', '6.12,7.3', '--program', 'vma_copy', CONTEXTS);
    expect(row!.kernels.map((k) => k.kind)).toEqual(['rejected', 'loads']);
    expect(row!.difference).toMatchObject({
      feature: 'attach.syscallSleepable',
      text: expect.stringMatching(
        /^6\.12 \(6\.12\.\d+\) is without this rule: Without error injection, functions of system calls may still sleep/,
      ),
    });
  });

  it('a missing kfunc is a reason, and no error of the file', () => {
    const rows = rowsOf(...THREE, CONTEXTS);
    const row = rows.find((r) => r.program === 'task_leak')!;
    expect(row.kernels.map((k) => [k.kind, k.word])).toEqual([
      ['missing', 'no kfunc'],
      ['rejected', 'target'],
      ['rejected', 'rule'],
    ]);
    expect(row.kernels[0]!.missing).toEqual({ what: 'kfunc', name: 'bpf_task_from_pid' });
    expect(row.loadsOnFloor).toBe(false);
  });

  it('ends with the status of the floor', () => {
    const one = (...args: string[]) => cli('loads-on', '--program', 'vma_copy', ...args, CONTEXTS).status;
    expect(one('--kernels', '6.12,7.3')).toBe(1);
    expect(one('--kernels', '6.12,7.3', '--floor', '7.3')).toBe(0);
    expect(one('--kernels', '6.12,5.4')).toBe(2);
    expect(one('--kernels', '6.12,6.12')).toBe(2);
    expect(cli('loads-on', 'no/such.o').status).toBe(2);
  });

  it('takes all kernels without --kernels, and writes Markdown', () => {
    const { stdout } = cli('loads-on', '--format', 'markdown', '--program', 'locked_count', CONTEXTS);
    const series = KERNELS.map((k) => k.series).reverse();
    expect(stdout.split('\n')[0]).toBe(
      `| program | ${series.map((s, i) => (i === 0 ? `${s} (floor)` : s)).join(' | ')} | first difference |`,
    );
  });
});

describe.skipIf(!built)('bpf-context compare --kernels', () => {
  it('names the rule that decides, and the instructions of each kernel', () => {
    const { status, stdout } = cli('compare', '--kernels', '6.12,7.3', '--program', 'vma_copy', CONTEXTS);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ +linux-6\.12 +linux-7\.3$/m);
    expect(stdout).toMatch(/^ +vma_copy +reject, \d+ processed +accept, 50 processed$/m);
    expect(stdout).toContain('Rule: of Linux 7.3.4 only: Without error injection, functions of system calls may still sleep');
    expect(cli('compare', '--kernels', '6.12,7.3', '--program', 'locked_count', CONTEXTS).status).toBe(0);
  });

  it('takes one policy on top of all, and tells kernels apart then', () => {
    const { stdout } = cli('compare', '--kernels', '6.12,7.3', '--policies', 'forbid-fault', '--program', 'locked_count', CONTEXTS);
    expect(stdout).toMatch(/forbid-fault on 6\.12\.\d+ +forbid-fault on 7\.3\.\d+/);
    expect(cli('compare', '--kernels', '6.12,7.3', '--policies', 'linux-7.3,forbid-fault', CONTEXTS).status).toBe(2);
    expect(cli('compare', '--kernels', '6.12', CONTEXTS).status).toBe(2);
  });
});

describe('since when something is there', () => {
  const kernels = ['6.1', '6.12', '7.3'].map((series, asked) => ({ series, version: `${series}.0`, asked }));
  const since = (...has: boolean[]): string => sinceWords('x', kernels, has);

  it('is told no closer than the known kernels allow', () => {
    expect(since(false, true, true)).toBe('x came between 6.1 and 6.12');
    expect(since(true, true, false)).toBe('x went between 6.12 and 7.3');
    expect(since(false, true, false)).toBe('x came between 6.1 and 6.12 and went between 6.12 and 7.3');
    expect(since(false, false, false)).toBe('x is in none of 6.1, 6.12, 7.3');
    expect(since(true, true, true)).toBe('x is in all of 6.1, 6.12, 7.3');
  });
});
