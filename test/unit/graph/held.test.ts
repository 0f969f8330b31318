// SPDX-License-Identifier: GPL-2.0-only
/** What is held, in every view the same: names, verbs, what it forbids, colours. On the examples, verified for real. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSecDef, sectionStem, sleepableStem } from '../../../src/object/secdefs';
import { forbiddenNames, OPS } from '../../../src/policy/ops';
import { roleOf } from '../../../src/marks/rails';
import { Op } from '../../../src/policy/types';
import type { GraphInsn, HeldResource } from '../../../src/protocol/graph';
import { chipWords, forbiddenText, mustNotText, plainName, resourceName } from '../../../src/protocol/words';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

function analyse(key: string, file: string, policy: string, policyText?: string): void {
  engine.analyze(
    requestFor(file, readFileSync(path.join(ROOT, 'examples', file)), {
      key,
      policy,
      ...(policyText === undefined ? {} : { policyFile: { name: policy, json: policyText } }),
    }),
    QUIET,
  );
}

analyse('walk', 'vma_walk.bpf.o', 'forbid-fault');
analyse('contexts', 'contexts.bpf.o', 'linux-7.3');
/** A class of its own that forbids tail calls only, with a letter and a colour that another one has. */
const NOTAIL = {
  extends: 'linux-7.3',
  id: 'own',
  title: 'No tail calls',
  classes: [{ name: 'notail', letter: 'R', colour: 'red', title: 'no-tail section', forbids: ['tail-call'] }],
  kfuncs: [
    { name: 'bpf_preempt_disable', enters: 'notail' },
    { name: 'bpf_preempt_enable', leaves: 'notail' },
  ],
};
analyse('own', 'contexts.bpf.o', 'own.bpf-policy.json', JSON.stringify(NOTAIL));

const insnsOf = (key: string, program: string): GraphInsn[] => engine.graph(key, program)!.nodes.flatMap((n) => n.instructions);

/** The first instruction that holds something of a class, and the same resource in graph, state and path. */
function everywhere(key: string, program: string, kind: string): HeldResource[] {
  const insn = insnsOf(key, program).find((i) => i.held.some((h) => h.kind === kind))!;
  const of = (held: readonly HeldResource[]): HeldResource => held.find((h) => h.kind === kind)!;
  return [
    of(insn.held),
    of(engine.states(key, program, insn.index)!.states.find((s) => s.held.some((h) => h.kind === kind))!.held),
    of(engine.path(key, program, insn.index, insn.states - 1)!.lanes.map((l) => l.resource)),
  ];
}

describe('one resource in graph, state and path', () => {
  it.each([
    ['contexts', 'locked_call', 'lock', 'spin lock `&v->lock` in `counters`'],
    ['contexts', 'rcu_copy', 'rcu', 'RCU read section'],
    ['contexts', 'task_leak', 'ref', 'task_struct `task`'],
    ['walk', 'copy_heads', 'nofault', 'vm_area_struct `vma` of `it`'],
  ])('%s: %s holds %s', (key, program, kind, name) => {
    const views = everywhere(key, program, kind);
    expect(views.map(resourceName)).toEqual([name, name, name]);
    for (const field of ['letter', 'colour', 'holding', 'forbids'] as const)
      expect(new Set(views.map((v) => JSON.stringify(v[field]))).size, field).toBe(1);
  });
  it('has the verbs of its kind in every sentence', () => {
    const verbs = (key: string, program: string, kind: string): string[] =>
      insnsOf(key, program).flatMap((i) =>
        i.because.filter((b) => b.kind === kind).map((b) => / (entered|acquired|taken) at /.exec(b.text)![1]!),
      );
    expect(new Set(verbs('contexts', 'rcu_copy', 'rcu'))).toEqual(new Set(['entered']));
    expect(new Set(verbs('walk', 'copy_heads', 'nofault'))).toEqual(new Set(['acquired']));
    expect(new Set(verbs('contexts', 'locked_call', 'lock'))).toEqual(new Set(['taken']));
  });
});

describe('what a resource forbids', () => {
  it('is named by every operation that a policy file knows', () => {
    for (const [name, op] of OPS) {
      if (name === 'leave') continue;
      expect(forbiddenNames(op), name).toContain(name);
      expect(forbiddenText(forbiddenNames(op)), name).not.toBe('nothing');
    }
    expect(forbiddenNames(Op.LEAVE)).toEqual([]);
    expect(forbiddenNames(Op.LEAVE | Op.TAIL_CALL)).toEqual([]);
    expect(forbiddenNames(Op.EXIT | Op.TAIL_CALL)).toEqual(['exit', 'tail-call']);
  });
  it('is said as a rule where it is drawn', () => {
    expect([['fault', 'sleep'], ['fault'], ['tail-call']].map(mustNotText)).toEqual(['must not sleep', 'must not fault', 'no tail calls']);
  });
});

describe('a class of a policy file', () => {
  it('shows what it forbids, and its colour, in every view', () => {
    const views = everywhere('own', 'preempt_copy', 'notail');
    for (const v of views) expect([v.forbids, v.colour, v.title, roleOf(v)]).toEqual([['tail-call'], 'red', 'no-tail section', 'rejected']);
    const insn = insnsOf('own', 'preempt_copy').find((i) => i.held.some((h) => h.kind === 'notail'))!;
    expect(engine.states('own', 'preempt_copy', insn.index)!.states[0]!.contexts.map((c) => [c.kind, c.depth])).toContainEqual([
      'notail',
      1,
    ]);
  });
});

describe('names', () => {
  const held = everywhere('walk', 'copy_heads', 'nofault')[0]!;
  it('are short where they are drawn, and without signs of code font where they are read aloud', () => {
    expect(plainName(held)).toBe('vm_area_struct of it');
    expect(chipWords(held, 1)).toMatch(/^vm_area_struct vma of it #\d+, acquired at \d+, forbids sleeping and faults$/);
  });
});

describe('sections that may sleep', () => {
  it('are those of the one table', () => {
    const KINDS = [
      'raw_tracepoint/x',
      'raw_tp',
      'uprobe.multi/x',
      'uretprobe.multi',
      'uprobe.session',
      'fsession/x',
      'fsession.multi',
      'fentry.multi',
      'iter/task',
      'struct_ops/init',
    ];
    for (const section of KINDS) {
      expect(findSecDef(sleepableStem(section)!)?.sleepable, section).toBe(true);
      expect(sleepableStem(section), section).toBe(`${sectionStem(section)}.s`);
    }
    for (const section of ['tc', 'xdp/devmap', 'kprobe/x', 'raw_tp.w/x', 'lsm_cgroup/x', 'syscall'])
      expect(sleepableStem(section), section).toBeNull();
    expect(sectionStem('my_own_section')).toBeNull();
  });
});
