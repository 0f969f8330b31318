// SPDX-License-Identifier: GPL-2.0-only
/** Explanations of programs that people ask about, against what a good answer has to say (`test/answers`). `npm run answers` scores all. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { answersOf } from '../../scripts/answers/ask';
import { type Expected, rate } from '../../scripts/answers/rate';

const DIR = path.join(import.meta.dirname, '../answers');
/** Situations that people ask about, and those of our own experience (`own_…`), whose verdicts and messages a kernel confirmed. */
const expectations = ['expect.json', 'expect-own.json'].flatMap((f) => JSON.parse(readFileSync(path.join(DIR, f), 'utf8')) as Expected[]);
/** One object for each kind of answer; the rest is left to `npm run answers`. */
const CASES = [
  'cgroup_release',
  'cpumask_leak',
  'iter_break',
  'rcu_early_return',
  'pkt_after_sub',
  'global_sleeps',
  'kptr_old',
  'signed_len',
  'list_node_offset',
  'regions',
  'throw_held',
  'timer_cb_sleep',
  'own_async',
  'own_bounds',
  'own_dynptr',
  'own_graph',
  'own_refs',
  'own_regions',
];

describe('explanations', () => {
  it.each(CASES)('of %s say what a good answer says', (name) => {
    const file = `${name}.bpf.o`;
    const answers = answersOf(path.join(DIR, file));
    const found = expectations
      .filter((e) => e.case === file && e.optional !== true)
      .map((e) => ({
        program: e.program,
        ...rate(
          e,
          answers.find((a) => a.program === e.program),
        ),
      }));
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((f) => f.score < 2)).toEqual([]);
    expect(found.reduce((sum, f) => sum + f.score, 0) / found.length).toBeGreaterThanOrEqual(2.5);
  });
});
