// SPDX-License-Identifier: GPL-2.0-only
/** Comparisons on their way to the panel: whole again there, and small however much they repeat. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GraphComparison } from '../../../src/protocol/compare';
import { packComparison, unpackComparison } from '../../../src/protocol/pack-compare';
import { engine, QUIET, requestFor, ROOT } from '../../support/verify';

const cross = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

/** What `forbid-fault` says otherwise of the programs of an example than the kernel does. */
function comparisons(): GraphComparison[] {
  const programs = ['linux-7.3', 'forbid-fault'].map((policy) => {
    const object = new Uint8Array(readFileSync(join(ROOT, 'examples/vma_walk.bpf.o')));
    const { result } = engine.analyze(requestFor('vma_walk.bpf.o', object, { key: policy, policy }), QUIET);
    return result!.programs.map((p) => p.program);
  });
  return programs[0]!.map((program) => engine.compareKept('linux-7.3', 'forbid-fault', program)!);
}

describe('a comparison in tables', () => {
  const all = comparisons();
  const [first] = all.filter((c) => c.differences.length > 3 && c.nodes.length > 0);

  it('is whole again', () => {
    expect(all.some((c) => c.incomparable.length > 0)).toBe(true);
    for (const c of all) expect(unpackComparison(cross(packComparison(c)))).toEqual(c);
  });

  it('repeats nothing that is the same at many places', () => {
    const once = first!.differences[1]!;
    const many = { ...first!, incomparable: [], differences: Array.from({ length: 1000 }, (_, insn) => ({ ...once, insn })) };
    const { tables } = packComparison(many);
    expect(tables.insns).toHaveLength(2);
    expect(tables.sentences).toHaveLength(1);
    expect(JSON.stringify(packComparison(many)).length).toBeLessThan(JSON.stringify(many).length / 3);
  });

  const whole = packComparison(first!);
  it.each<[string, unknown]>([
    ['nothing', null],
    ['a comparison without tables', first],
    ['a table that is no list', { ...whole, tables: { ...whole.tables, held: {} } }],
    ['a difference without its answer', { ...whole, tables: { ...whole.tables, insns: [] } }],
    [
      'a held set that is not there',
      { ...whole, tables: { ...whole.tables, insns: whole.tables.insns.map((a) => ({ ...a, held: 999 })) } },
    ],
    ['a sentence that is not there', { ...whole, differences: whole.differences.map((d) => ({ ...d, sentence: -1 })) }],
    ['a block without its answer', { ...whole, nodes: whole.nodes.map((n) => ({ ...n, b: 'x' })) }],
    ['entries that are no list', { ...whole, incomparable: 3 }],
  ])('is refused where it is %s', (_, value) => expect(unpackComparison(cross(value))).toBeNull());
});
