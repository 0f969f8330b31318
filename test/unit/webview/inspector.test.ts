// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import type { StateView } from '../../../src/protocol/model';
import { richText } from '../../../src/protocol/rich';
import { absence } from '../../../webview/inspector/absent';
import { type Hits, hitWords, lookedFor, NO_HITS, steppedTo } from '../../../webview/toolbar/hits';
import { edgePage, regionPage } from '../../../webview/inspector/part-pages';
import { markdownOf } from '../../../webview/inspector/rejection-text';
import { differenceWords, stateDifferences } from '../../../webview/inspector/state-differences';
import { gives, graphOf, insn, RESULT, resource, takes } from './graph';

const VMA = resource('nofault@0', { id: 3, title: 'VMA' });
const HELD = { held: [VMA] };

function state(over: Partial<StateView> = {}): StateView {
  return {
    frames: [
      {
        frame: 0,
        function: 'main',
        registers: [{ number: 6, name: 'r6', text: '1', carries: null, variable: null }],
        unreadable: '',
        stack: [{ offset: -8, bytes: 'mmmmmmmm', text: '', carries: null, variable: null }],
      },
    ],
    held: [],
    contexts: [],
    ownPermission: '',
    maySleep: true,
    mayFault: true,
    because: [],
    given: [],
    pass: 1,
    why: { answer: '', reason: [], until: [] },
    ...over,
  };
}

describe('two states', () => {
  const other = state({
    held: [VMA],
    maySleep: false,
    mayFault: false,
    frames: [
      {
        frame: 0,
        function: 'main',
        registers: [{ number: 6, name: 'r6', text: '2', carries: null, variable: null }],
        unreadable: '',
        stack: [{ offset: -8, bytes: 'mmmmmmmm', text: '', carries: null, variable: null }],
      },
    ],
  });
  it('show only what differs', () => {
    expect(stateDifferences(state(), other)).toEqual([
      { what: 'May sleep', a: 'yes', b: 'no' },
      { what: 'Held', a: 'nothing', b: 'VMA #3' },
      { what: 'r6', a: '1', b: '2' },
    ]);
  });
  it('show what one side has not', () => {
    expect(
      stateDifferences(
        state(),
        state({
          frames: [
            {
              frame: 0,
              function: 'main',
              registers: [],
              unreadable: '',
              stack: [{ offset: -8, bytes: 'mmmmmmmm', text: '', carries: null, variable: null }],
            },
          ],
        }),
      ),
    ).toEqual([{ what: 'r6', a: '1', b: '–' }]);
  });
  it('are told in words, and equal ones in none', () => {
    expect(differenceWords(state(), other)).toBe('Differs in May sleep, what is held: VMA #3 instead of nothing, r6.');
    expect(differenceWords(state(), state({ pass: 2 }))).toBe('');
  });
});

describe('a selected edge', () => {
  const g = graphOf(
    [[insn(0, 'if r1 == 0x0 goto pc+1', { held: [{ ...VMA, inStates: 1 }], states: 2 })], [insn(1, 'r2 = 1', HELD)], [insn(2, 'exit')]],
    [
      [0, 1, 'fall', 'r1 ≠ 0'],
      [0, 2, 'taken', 'r1 = 0'],
      [1, 2],
    ],
  );
  it('says its condition and what each side knows more', () => {
    const kept = edgePage(g, g.edges[0]!);
    expect(kept.text).toMatch(/^Falls through when r1 ≠ 0\./);
    expect(kept.sections[1]!.rows.map((r) => r.text)).toEqual(['held in every state: VMA #3']);
    expect(edgePage(g, g.edges[1]!).sections[1]!.rows.map((r) => r.text)).toEqual(['held only before: VMA #3']);
  });
  it('says when no state went along', () => {
    expect(edgePage(g, { ...g.edges[0]!, travelled: false }).text).toContain('No state went along here.');
  });
});

describe('a selected region', () => {
  it('says where it begins and every way out', () => {
    const g = graphOf(
      [
        [insn(0, 'call bpf_take#1', { effects: [takes('nofault@0')] }), insn(1, 'if r0 == 0x0 goto pc+2', HELD)],
        [insn(2, 'call bpf_give#2', { ...HELD, effects: [gives('nofault@0')] }), insn(3, 'goto pc+1')],
        [insn(4, 'r1 = 1')],
        [insn(5, 'exit')],
      ],
      [
        [0, 1, 'fall', 'r0 ≠ 0'],
        [0, 2, 'taken', 'r0 = 0'],
        [1, 3],
        [2, 3],
      ],
    );
    const page = regionPage(g, 'nofault@0')!;
    expect(page.title).toBe('VMA');
    expect(page.sections[0]!.rows.map((r) => r.insn)).toEqual([0]);
    expect(page.sections[1]!.rows.map((r) => [r.insn, r.text])).toEqual([
      [4, 'nothing is held when r0 = 0'],
      [2, 'released: call bpf_give'],
    ]);
    expect(regionPage(g, 'nofault@9')).toBeNull();
  });
  it('names an end at which it is still held', () => {
    const g = graphOf([[insn(0, 'r1 = 1'), insn(1, 'exit', { ...HELD, rejected: true })]], []);
    expect(regionPage(g, 'nofault@0')!.sections[1]!.rows).toMatchObject([{ insn: 1, text: 'still held at the end', guilty: true }]);
  });
});

describe('hits of a search', () => {
  const g = graphOf([[insn(0, 'r1 = 1'), insn(1, 'r2 = 1'), insn(2, 'r1 = 2')]], []);
  it('are counted, walked both ways and around', () => {
    const at = (hits: Hits): number | undefined => hits.insns[hits.at];
    expect(hitWords(NO_HITS)).toBe('');
    const found = lookedFor(g, 'r1');
    expect(hitWords(found)).toBe('2 hits');
    const last = steppedTo(found, -1);
    expect([at(last), hitWords(last)]).toEqual([2, '2 of 2']);
    expect(at(steppedTo(last, 1))).toBe(0);
    const none = lookedFor(g, 'nothing such');
    expect([hitWords(none), at(steppedTo(none, 1))]).toEqual(['no hits', undefined]);
  });
});

describe('why no state is there', () => {
  const dead = { visit: 'unreachable' as const, reachable: false, states: 0, mayFault: null, maySleep: null };
  const g = graphOf(
    [[insn(13, 'if r1 == 0x0 goto pc+1')], [insn(14, 'r2 = 1', dead)], [insn(15, 'r3 = 1', dead)], [insn(16, 'exit')]],
    [
      [0, 1, 'fall', 'r1 ≠ 0'],
      [0, 3, 'taken', 'r1 = 0'],
      [1, 2],
      [2, 3],
    ],
  );
  const said = ({ answer, reason }: ReturnType<typeof absence>) => ({ answer, reason: richText(reason) });
  const of = (node: number, result = RESULT) => said(absence(g, result, g.nodes[node]!, g.nodes[node]!.instructions[0]!));
  it('names the branch that is never taken', () =>
    expect(of(1)).toEqual({
      answer: 'Never runs.',
      reason: 'At 13 (line 23) it is never so that r1 ≠ 0, so the branch to here is never taken.',
    }));
  it('names what it hangs on', () => expect(of(2).reason).toBe('Only b1 leads here, which never runs either.'));
  it('says where verification ended, or what is not modelled', () => {
    const late = graphOf([[insn(13, 'exit', { rejected: true })], [insn(14, 'exit', { visit: 'not-visited', reachable: false })]], []);
    const at = (result: typeof RESULT) => said(absence(late, result, late.nodes[1]!, late.nodes[1]!.instructions[0]!));
    expect(at({ ...RESULT, verdict: 'reject', insn: 13 })).toEqual({
      answer: 'Not visited.',
      reason: 'Verification ended at 13 (line 23) before this was reached.',
    });
    expect(at({ ...RESULT, verdict: 'unknown', insn: 13, reason: 'Qdisc_ops.init' }).reason).toBe(
      'Qdisc_ops.init (instruction 13) is not modelled; nothing after it is claimed.',
    );
  });
});

describe('a rejection as Markdown', () => {
  const explanation = {
    code: 'context-forbidden',
    category: 'Execution Context Safety',
    summary: '`bpf_copy_from_user()` may fault while the VMA of `it` is held',
    detail: '',
    refused: { insn: 28, source: null },
    cause: [{ event: 'taken', insn: 8, source: null, variable: '`it`', text: 'the VMA is taken', guilty: true }],
    suggestion: 'Give the VMA back before the copy.',
    fixes: [],
  } as const;

  it('holds headline, code, message, errno, steps and what makes it right', () => {
    const text = markdownOf({
      ...RESULT,
      verdict: 'reject',
      insn: 28,
      errno: -22,
      message: ['sleepable helper in nofault region'],
      explanation,
    });
    expect(text).toContain('at instruction 28, EINVAL.');
    expect(text).toContain('(`context-forbidden`)');
    expect(text).toContain('sleepable helper in nofault region');
    expect(text).toContain('1. instruction 8: **the VMA is taken**');
    expect(text).toMatch(/To make it right\n\nGive the VMA back before the copy\.\n$/);
  });

  it('claims nothing where nothing is known', () => {
    const text = markdownOf({
      ...RESULT,
      verdict: 'reject',
      insn: 28,
      message: ['no'],
      related: [{ insn: 8, source: null, text: 'taken here' }],
    });
    expect(text).not.toContain('To make it right');
  });
});
