// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { relevantDifferences, ruleDifferences } from '../../../src/analysis/compare-rules';
import type { CompareReply } from '../../../src/analysis/requests';
import { compareMarkdown, compareRow, compareText } from '../../../src/cli/compare-output';
import { parseCompare } from '../../../src/cli/compare-options';
import { UsageError } from '../../../src/cli/args';
import { getPolicy, POLICIES } from '../../../src/policy';
import type { GraphComparison } from '../../../src/protocol/compare';
import { analysed, FOLDER, kept } from '../../support/policy-programs';
import { engine, ROOT } from '../../support/verify';

function compare(policies: readonly string[], file = 'table_h', program = ''): CompareReply {
  return engine.compare(
    {
      type: 'compare',
      file: `${file}.bpf.o`,
      object: readFileSync(path.join(FOLDER, `${file}.bpf.o`)),
      policies: policies.map((p) =>
        POLICIES.some((x) => x.id === p)
          ? { policy: p }
          : { policy: '', policyFile: { name: p, json: readFileSync(path.join(FOLDER, `${p}.bpf-policy.json`), 'utf8') } },
      ),
      kernel: { bundle: path.join(ROOT, 'media/kernel/7.3.4'), btf: '' },
      overlays: [],
      program,
      unprivileged: false,
      timeoutS: 60,
    },
    () => undefined,
  );
}

function only(policies: readonly string[], program: string): GraphComparison {
  const reply = compare(policies, 'table_h', program);
  expect(reply.error).toBeNull();
  return reply.programs[0]!.comparisons[0]!;
}

describe('comparing two policies', () => {
  it('says which rule makes a program fail, where and why', () => {
    const c = only(['linux-7.3', 'forbid-fault'], 'copy_in_body');
    expect([c.a.verdict, c.b.verdict]).toEqual(['accept', 'reject']);
    const [first, ...rest] = c.differences;
    expect(first).toMatchObject({
      kinds: ['verdict', 'rejected', 'sleep', 'fault', 'held'],
      insn: c.b.insn,
      rule: 'kfunc bpf_iter_task_vma_next',
    });
    expect(first!.sentence).toBe(
      `linux-7.3 accepts this program, forbid-fault rejects it at ${c.b.insn!} (line ${c.b.source!.line}). bpf_copy_from_user may sleep, and the vm_area_struct \`vma\` of \`it\` acquired at 10 (line ${first!.source!.line - 1}) forbids that here. Rule: bpf_iter_task_vma_next acquires nofault, which forbids sleep (only forbid-fault).`,
    );
    expect(rest.length).toBeGreaterThan(0);
    for (const d of rest) expect(d).toMatchObject({ rule: 'kfunc bpf_iter_task_vma_next', kinds: ['sleep', 'fault', 'held'] });
    expect(rest.find((d) => d.b.maySleep === 'no')?.sentence).toMatch(
      /^Must not sleep under forbid-fault, may sleep under linux-7\.3: under forbid-fault the vm_area_struct `vma` of `it` acquired at 10 is held\./,
    );
    expect(c.nodes.map((n) => n.node)).toContain(first!.node);
    expect(c.nodes.length).toBeLessThan(c.blocks);
  });

  it('orders differences by importance, then by instruction', () => {
    const order = ['verdict', 'rejected', 'reachable', 'sleep', 'fault', 'held'];
    const c = only(['linux-7.3', 'fault-class'], 'copy_in_find_vma');
    const ranks = c.differences.map((d) => order.indexOf(d.kinds[0]!) * 1e6 + d.insn);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(c.differences[0]).toMatchObject({ rule: 'helper bpf_find_vma' });
    expect(c.differences[1]).toMatchObject({ kinds: ['fault', 'held'] });
    expect(c.differences[1]!.b.maySleep).toBe('yes');
    expect(c.differences[1]!.b.mayFault).toBe('no');
  });

  it('shows the unsound merge as the option that makes it', () => {
    const c = only(['forbid-fault', 'forbid-fault-sound'], 'merged_releases');
    expect([c.a.verdict, c.b.verdict]).toEqual(['accept', 'reject']);
    expect(c.rules.map((r) => r.id)).toEqual(['option compareElementParent']);
    expect(c.differences[0]).toMatchObject({ rule: 'option compareElementParent' });
  });

  it('names a kfunc that one side lacks', () => {
    const c = only(['linux-7.3', 'forbid-fault'], 'release_then_copy');
    expect([c.a.verdict, c.b.verdict]).toEqual(['reject', 'accept']);
    expect(c.differences[0]).toMatchObject({ rule: 'kfunc bpf_iter_task_vma_release' });
  });

  it('finds nothing where no rule that differs can matter, without a second run', () => {
    const c = only(['linux-7.3', 'forbid-fault'], 'interleaved');
    expect(c).toMatchObject({ rules: [], differences: [], nodes: [] });
    expect(c.b.timeUs).toBe(c.a.timeUs);
  });

  it('finds nothing between mainline and its markers', () => {
    for (const file of ['table_h', 'messages']) {
      for (const p of compare(['linux-7.3', 'context-classes'], file).programs)
        expect(p.comparisons[0]?.differences, p.program).toEqual([]);
    }
  });

  it('works on kept results too', () => {
    analysed('table_h', 'linux-7.3');
    const a = kept('table_h', 'linux-7.3');
    const b = kept('table_h', 'forbid-fault');
    const c = b.engine.compareKept(a.key, b.key, 'copy_in_body');
    expect(c?.differences[0]?.kinds[0]).toBe('verdict');
    expect(b.engine.compareKept(a.key, 'nothing', 'copy_in_body')).toBeNull();
  });

  it('lists hazards of the side that accepts', () => {
    expect(only(['linux-7.3', 'fault-class'], 'copy_in_find_vma').hazards).toMatchObject({ a: [{ id: 'find-vma-mmap-lock' }], b: [] });
  });
});

describe('differences of rules', () => {
  it('are none between a policy and itself, nor between mainline and its markers', () => {
    for (const p of POLICIES) expect(ruleDifferences(p, p)).toEqual([]);
    expect(ruleDifferences(getPolicy('linux-7.3'), getPolicy('context-classes'))).toEqual([]);
  });

  it('matter only to programs that call what they speak of', () => {
    const [a, b] = [getPolicy('linux-7.3'), getPolicy('forbid-fault')];
    const rules = ruleDifferences(a, b);
    expect(relevantDifferences(rules, a, b, new Set(['bpf_copy_from_user', 'bpf_rcu_read_lock']))).toEqual([]);
    const ids = relevantDifferences(rules, a, b, new Set(['bpf_iter_task_vma_next'])).map((r) => r.id);
    expect(ids).toContain('kfunc bpf_iter_task_vma_next');
    expect(ids).toContain('class nofault');
  });
});

describe('the command', () => {
  const known = POLICIES.map((p) => p.id);

  it('reads its arguments', () => {
    expect(parseCompare(['--policies', 'linux-7.3,forbid-fault', 'a.o', 'b.o'], 2, known)).toMatchObject({
      policies: ['linux-7.3', 'forbid-fault'],
      files: ['a.o', 'b.o'],
      format: 'text',
      all: false,
    });
    expect(parseCompare(['--policies', 'linux-7.3,x.bpf-policy.json', '--target-kernel', '6.12', 'a.o'], 2, known)).toMatchObject({
      targetKernel: '6.12',
    });
  });

  it.each([
    [['a.o'], /two or more/],
    [['--policies', 'linux-7.3', 'a.o'], /two or more/],
    [['--policies', 'linux-7.3,linux-7.3', 'a.o'], /names one twice/],
    [['--policies', 'linux-7.3,nosuch', 'a.o'], /--policies is linux-7.3, .* or a file \*\.bpf-policy\.json, not "nosuch"/],
    [['--policies', 'linux-7.3,forbid-fault'], /no FILE/],
    [['--policies', 'linux-7.3,forbid-fault', '--target-kernel', 'six', 'a.o'], /release such as 6\.12/],
    [['--policies', 'linux-7.3,forbid-fault', '--format', 'xml', 'a.o'], /--format is text, jsonl, markdown/],
  ])('refuses %j', (args, why) => {
    const run = (): unknown => parseCompare(args, 2, known);
    expect(run).toThrow(UsageError);
    expect(run).toThrow(why);
  });

  it('prints text, lines of JSON and Markdown', () => {
    const reply = compare(['linux-7.3', 'forbid-fault', 'fault-class'], 'table_h', 'copy_in_body');
    const text = compareText('table_h.bpf.o', reply.policies, reply.programs, false);
    expect(text).toMatch(
      /^table_h\.bpf\.o:\n +linux-7\.3 +forbid-fault +fault-class\n {2}copy_in_body +accept +reject at 16 \(line \d+\) +reject at 16/,
    );
    expect(text).toContain('Rule: bpf_iter_task_vma_next acquires fault_free, which forbids fault (only fault-class).');
    expect(text).toMatch(/1 program, 1 with different verdicts\n$/);
    const markdown = compareMarkdown('table_h.bpf.o', reply.policies, reply.programs, false);
    expect(markdown).toContain('| `copy_in_body` ≠ | accept | reject at 16');
    const row = compareRow('table_h.bpf.o', reply.policies, reply.programs[0]!) as {
      same: boolean;
      results: { policy: string; verdict: string }[];
      differences: { a: string; b: string; rule: { id: string } | null }[];
    };
    expect(row.same).toBe(false);
    expect(row.results.map((r) => `${r.policy} ${r.verdict}`)).toEqual(['linux-7.3 accept', 'forbid-fault reject', 'fault-class reject']);
    expect(row.differences.filter((d) => d.b === 'fault-class')[0]?.rule?.id).toBe('kfunc bpf_iter_task_vma_next');
  });

  it('says what is wrong with a policy file', () => {
    const reply = engine.compare(
      {
        type: 'compare',
        file: 'x.o',
        object: readFileSync(path.join(FOLDER, 'table_h.bpf.o')),
        kernel: { bundle: path.join(ROOT, 'media/kernel/7.3.4'), btf: '' },
        overlays: [],
        program: '',
        unprivileged: false,
        timeoutS: 60,
        policies: [
          { policy: 'linux-7.3' },
          { policy: '', policyFile: { name: 'p.bpf-policy.json', json: '{"id": "p", "helpers": [{"name": "bpf_nothing"}]}' } },
        ],
      },
      () => undefined,
    );
    expect(reply.error).toMatchObject({
      title: 'The policy p.bpf-policy.json cannot be used',
      diagnostics: [{ line: 1, column: 34, message: '$.helpers[0].name: the kernel has no such helper' }],
    });
  });
});
