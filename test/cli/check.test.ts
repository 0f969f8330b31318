// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContextGraph } from '../../src/protocol/graph';
import { built, checkRows, cli, ROOT } from './run';
import { findClang } from '../../src/compiler/clang';
import { expectations } from '../support/expectations';

const clang = await findClang('');
const example = (name: string): string => path.join('examples', name);
const last = (message: string): string => message.split('\n').pop() ?? '';

describe.skipIf(!built)('bpf-context check', () => {
  let temp = '';
  beforeAll(() => {
    temp = mkdtempSync(path.join(os.tmpdir(), 'bpf-context-cli-'));
  });
  afterAll(() => rmSync(temp, { recursive: true, force: true }));

  describe('gives the examples the verdicts that their comments say', () => {
    const cases: [string, string, (message: string) => string][] = [
      ['contexts', 'linux-7.3', (m) => m],
      ['vma_nosleep', 'forbid-fault', (m) => m],
      ['vma_nosleep', 'forbid-sleep', (m) => m.replace('nofault region', 'nosleep region')],
    ];
    for (const [name, policy, words] of cases) {
      const expected = expectations(readFileSync(path.join(ROOT, example(`${name}.bpf.c`)), 'utf8'));
      const rows = built ? checkRows('--policy', policy, example(`${name}.bpf.o`)) : [];
      it(`${name} has a comment above each program`, () =>
        expect(expected.map((e) => e.program).sort()).toEqual(rows.map((r) => r.program).sort()));
      for (const e of expected) {
        it(`${policy}: ${e.program} ${e.verdict}`, () => {
          const row = rows.find((r) => r.program === e.program);
          expect(row?.verdict).toBe(e.verdict);
          expect(last(row?.message ?? '')).toContain(words(e.message));
        });
      }
    }
  });

  it('accepts the loop of the first example under forbid-fault and refuses the nested one', () => {
    const rows = checkRows('--policy', 'forbid-fault', example('vma_walk.bpf.o'));
    expect(rows.map((r) => [r.program, r.verdict, last(r.message)])).toEqual([
      ['copy_heads', 'accept', rows[0]!.message.split('\n').pop()],
      ['nested_walk', 'reject', 'sleepable helper bpf_copy_from_user#148 in nofault region'],
    ]);
    expect(rows[1]!.source).toMatchObject({ line: 52 });
  });

  it('finds the lines of assembly, in the object as in the source', () => {
    for (const name of ['socket.bpf.o', 'socket.bpf.s']) {
      if (name.endsWith('.s') && clang === null) continue;
      const rows = checkRows(example(name));
      expect(rows.map((r) => [r.program, r.verdict])).toEqual([
        ['find_socket', 'accept'],
        ['leak_socket', 'reject'],
      ]);
      expect(rows[1]!.message).toContain('Unreleased reference id=2 alloc_insn=8');
      expect(rows[1]!.source).toMatchObject({ line: 61, column: 0 });
      expect(path.basename(rows[1]!.source!.file)).toBe('socket.bpf.s');
    }
  });

  it('says mainline’s verdict of programs that call no release kfunc', () => {
    const [row] = checkRows('--program', 'nosleep_iter_sleep_without_release', example('vma_nosleep.bpf.o'));
    expect(row?.verdict).toBe('accept');
  });

  it('ends with status 0, 1, 2 and 3 as documented', () => {
    expect(cli('check', '--program', 'vma_copy', example('contexts.bpf.o')).status).toBe(0);
    expect(cli('check', example('contexts.bpf.o')).status).toBe(1);
    expect(cli('check', 'no/such/file.o').status).toBe(2);
    expect(cli('check').status).toBe(2);
    expect(cli('check', '--policy', 'nonsense', example('contexts.bpf.o')).stderr).toContain('--policy is linux-7.3');
  });

  it('prints a graph whose answers agree with the program', () => {
    const graph = JSON.parse(
      cli('check', '--policy', 'forbid-fault', '--program', 'copy_heads', '--graph', 'json', example('vma_walk.bpf.o')).stdout,
    ) as ContextGraph;
    const insns = graph.nodes.flatMap((n) => n.instructions);
    const at = (index: number): (typeof insns)[number] => insns.find((i) => i.index === index)!;
    expect(at(0)).toMatchObject({ maySleep: 'yes', held: [] });
    expect(at(43)).toMatchObject({ maySleep: 'no', states: 2 });
    expect(at(43).held.map((h) => h.kind)).toEqual(['ref', 'nofault', 'rcu']);
    expect(at(25)).toMatchObject({ maySleep: 'yes', demands: ['sleep', 'fault'] });
    expect(at(9)).toMatchObject({ maySleep: 'mixed' });
    expect(graph.edges.filter((e) => e.kind === 'back')).toHaveLength(1);
  });

  it('writes DOT with names escaped', () => {
    const dot = cli('check', '--graph', 'dot', '--program', 'vma_copy', example('contexts.bpf.o')).stdout;
    expect(dot).toMatch(/^digraph "vma_copy" \{/);
    expect(dot).toContain('->');
  });

  it('writes logs and instruction dumps, one file a program', () => {
    cli('check', '--log-dir', temp, '--dump-insns', temp, '--program', 'vma_copy', example('contexts.bpf.o'));
    expect(readdirSync(temp).sort()).toEqual(['contexts.bpf.o.vma_copy.insns', 'contexts.bpf.o.vma_copy.log']);
    expect(readFileSync(path.join(temp, 'contexts.bpf.o.vma_copy.log'), 'utf8')).toMatch(/processed \d+ insns \(limit 1000000\)/);
    expect(readFileSync(path.join(temp, 'contexts.bpf.o.vma_copy.insns')).length).toBe(32 * 8);
  });

  describe('meets bad input plainly', () => {
    const rowOf = (name: string, bytes: Uint8Array | string): { verdict: string; message: string } => {
      const file = path.join(temp, name);
      writeFileSync(file, bytes);
      const rows = checkRows(file);
      expect(rows).toHaveLength(1);
      return rows[0]!;
    };
    it('a file that is no object', () =>
      expect(rowOf('text.o', 'hello')).toMatchObject({ verdict: 'error', message: expect.stringContaining('cannot be read') as string }));
    it('a truncated object', () => {
      const whole = readFileSync(path.join(ROOT, example('contexts.bpf.o')));
      expect(rowOf('cut.o', whole.subarray(0, whole.length / 2))).toMatchObject({ verdict: 'error' });
    });
    it('an empty file', () => expect(rowOf('empty.o', '')).toMatchObject({ verdict: 'error' }));
    it('C that does not compile, or no clang at all', () => {
      const row = rowOf('bad.bpf.c', 'int x = ;\n');
      expect(row.verdict).toBe('error');
      expect(row.message).toMatch(/does not compile[\s\S]*bad\.bpf\.c:1:9: error: expected expression|clang was not found/);
    });
    it('a clang that is not there', () => {
      const file = path.join(temp, 'fine.bpf.c');
      writeFileSync(file, 'int x;\n');
      expect(checkRows('--clang', '/no/such/clang', file)[0]!.message).toContain('clang was not found');
    });
    it('an overlay that says nonsense, with the place in it', () => {
      const overlay = path.join(temp, 'bad.json');
      writeFileSync(overlay, '{"kfuncs":[{"name":"bpf_iter_css_next","flags":["KF_SLEEPLESS"]}]}');
      const [row] = checkRows('--overlay', overlay, example('contexts.bpf.o'));
      expect(row?.verdict).toBe('error');
      expect(row?.message).toContain('$.kfuncs[0].flags[0]');
    });
  });

  it('tries an annotation that the kernel does not have', () => {
    const overlay = path.join(temp, 'overlay.json');
    writeFileSync(overlay, '{"kfuncs":[{"name":"bpf_iter_task_vma_next","flags":["KF_ACQUIRE"],"acquires":"ref"}]}');
    const [row] = checkRows('--program', 'vma_copy', '--overlay', overlay, example('contexts.bpf.o'));
    expect(row).toMatchObject({ verdict: 'reject' });
  });
});
