// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, checkRows, cli } from './run';

const file = (name: string): string => path.join('test/policies', name);
const TABLE = file('table_h.bpf.o');

describe.skipIf(!built)('policies on the command line', () => {
  let temp = '';
  beforeAll(() => {
    temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-policy-'));
  });
  afterAll(() => rmSync(temp, { recursive: true, force: true }));

  it('come from a file', () => {
    const rows = checkRows('--policy', file('nmi.bpf-policy.json'), file('nmi.bpf.o'));
    expect(rows.map((r) => `${r.program} ${r.verdict}`)).toContain('nmi_then_copy accept');
    expect(rows.find((r) => r.program === 'nmi_tail_call')?.message).toBe('tail_call cannot be used inside NMI section');
  });

  it('are refused with file, line and column', () => {
    const bad = path.join(temp, 'bad.bpf-policy.json');
    writeFileSync(bad, '{\n  "id": "x",\n  "classes": [{ "name": "a", "token": "stick" }]\n}');
    const r = cli('check', '--policy', bad, TABLE);
    expect(r.status).toBe(2);
    expect(r.stderr).toContain(`${bad}:3:39: error: $.classes[0].token: must be one of none, stack-slot, object, pointer`);
    expect(cli('check', '--policy', 'gone.bpf-policy.json', TABLE).stderr).toContain(
      '--policy gone.bpf-policy.json: there is no such file',
    );
  });

  it('are compared', () => {
    const r = cli(
      'compare',
      '--policies',
      `forbid-fault,forbid-fault-sound,${file('fault-class.bpf-policy.json')}`,
      '--format',
      'jsonl',
      TABLE,
    );
    expect(r.status).toBe(1);
    const rows = r.stdout
      .trim()
      .split('\n')
      .map(
        (l) =>
          JSON.parse(l) as {
            program: string;
            same: boolean;
            results: { verdict: string }[];
            differences: { rule: { id: string } | null }[];
          },
      );
    const merged = rows.find((row) => row.program === 'merged_releases')!;
    expect(merged.results.map((x) => x.verdict)).toEqual(['accept', 'reject', 'reject']);
    expect(merged.differences[0]?.rule?.id).toBe('option compareElementParent');
    expect(rows.find((row) => row.program === 'rcu_copy')?.same).toBe(true);
    expect(cli('compare', '--policies', 'linux-7.3,context-classes', TABLE)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('no verdict differs') as unknown,
    });
    expect(cli('compare', '--policies', 'linux-7.3', TABLE).status).toBe(2);
    expect(
      cli('compare', '--policies', 'linux-7.3,forbid-fault', '--format', 'markdown', '--program', 'copy_in_body', TABLE).stdout,
    ).toMatch(/^\| Program \| linux-7\.3 \| forbid-fault \|$/m);
  });

  it('tell hazards of the target kernel', () => {
    const hazards = (...args: string[]): string[] => checkRows('--program', 'copy_in_body', ...args, TABLE)[0]!.hazards.map((h) => h.id);
    expect(hazards('--target-kernel', '6.12')).toEqual(['task-vma-mmap-lock']);
    expect(hazards('--target-kernel', '7.1')).toEqual([]);
    expect(hazards()).toEqual([]);
    expect(cli('check', '--target-kernel', 'old', TABLE).stderr).toContain('--target-kernel is a release such as 6.12');
  });
});
