// SPDX-License-Identifier: GPL-2.0-only
/** Messages between host and view: what is one is taken, all else is refused, in both directions. */
import { describe, expect, it } from 'vitest';
import { packed, type PanelState, parseFromWebview, parseToWebview, type ToWebview } from '../../../src/protocol/messages';
import { packGraph, unpackGraph } from '../../../src/protocol/pack';
import { graphOf, insn, resource, RESULT, takes } from '../webview/graph';

const GRAPH = graphOf(
  [
    [insn(0, 'call bpf_take#1', { effects: [takes('ref@0')] }), insn(1, 'r1 = 1', { held: [resource('ref@0')] })],
    [insn(2, 'exit', { source: null })],
  ],
  [[0, 1]],
);
const cross = (v: unknown): unknown => JSON.parse(JSON.stringify(v));

describe('from the view', () => {
  const place = { file: 'a.c', line: 1, column: 0, text: '' };
  it.each([
    { type: 'ready' },
    { type: 'cancel' },
    { type: 'openFile' },
    { type: 'openTimeLimit' },
    { type: 'leave' },
    { type: 'selectProgram', program: 'p' },
    { type: 'selectPolicy', policy: 'x' },
    { type: 'compareWith', policy: '' },
    { type: 'ask', id: 1, ask: { name: 'states', program: 'p', insn: 3 } },
    { type: 'ask', id: 2, ask: { name: 'path', program: 'p', insn: 3, state: 0 } },
    { type: 'ask', id: 3, ask: { name: 'rejection', program: 'p' } },
    { type: 'ask', id: 4, ask: { name: 'origin', program: 'p', insn: 3, state: 0, register: 6 } },
    { type: 'ask', id: 5, ask: { name: 'follow', program: 'p', key: 'rcu@42' } },
    { type: 'unask', id: 5 },
    { type: 'selected', program: 'p', insn: null },
    { type: 'selected', program: 'p', insn: 3 },
    { type: 'steps', program: 'p', steps: [{ insn: 3, number: 1 }] },
    { type: 'openSource', place, preserveFocus: true },
    { type: 'openProblem', code: 'leak' },
    { type: 'copy', text: 'x' },
  ])('%j', (message) => {
    expect(parseFromWebview(cross(message))).toEqual(message);
    // what it has beside is dropped
    expect(parseFromWebview({ ...message, evil: 1 })).toEqual(message);
  });
  it.each([
    null,
    7,
    [],
    { type: 'toString' },
    { type: 'selectProgram' },
    { type: 'selectPolicy', policy: 7 },
    { type: 'compareWith', policy: null },
    { type: 'ask', id: 'x', ask: { name: 'states', program: 'p', insn: 3 } },
    { type: 'ask', id: 1.5, ask: { name: 'rejection', program: 'p' } },
    { type: 'ask', id: 1, ask: { name: 'states', program: 'p', insn: '3' } },
    { type: 'ask', id: 1, ask: { name: 'states', insn: 3 } },
    { type: 'ask', id: 1, ask: { name: 'constructor', program: 'p' } },
    { type: 'ask', id: 1, ask: { name: 'path', program: 'p', insn: 3 } },
    { type: 'ask', id: 1, ask: { name: 'origin', program: 'p', insn: 3, state: 0 } },
    { type: 'ask', id: 1, ask: { name: 'follow', program: 'p', key: 'x'.repeat(2 ** 21) } },
    { type: 'ask', id: 1 },
    { type: 'unask' },
    { type: 'selected', program: 'p', insn: NaN },
    { type: 'steps', program: 'p', steps: [{ insn: 3 }] },
    { type: 'steps', program: 'p', steps: new Array(101).fill({ insn: 3, number: 1 }) },
    { type: 'openSource', place: { ...place, line: '1' } },
    { type: 'openProblem', code: {} },
    { type: 'copy' },
  ])('refuses %j', (message) => expect(parseFromWebview(message)).toBeNull());
});

describe('to the view', () => {
  const state = (change: Partial<PanelState>): ToWebview => ({ type: 'state', change });
  const path = { insn: 3, state: 0, rejected: false, insns: [3], states: [0], skipped: 0, events: [], lanes: [], sleep: [] };
  it.each<ToWebview>([
    state({}),
    state({
      file: 'a.bpf.c',
      policy: 'x',
      program: 'p',
      busy: null,
      stale: null,
      error: null,
      compare: null,
      singleKeys: true,
      detail: null,
    }),
    state({ programs: [RESULT], policies: [{ id: 'x', title: '', description: '' }] }),
    state({ busy: { stage: 'verify', progress: 0.5 }, stale: { reason: 'x', edits: 1 } }),
    state({ detail: { result: RESULT, graph: GRAPH, offer: null } }),
    { type: 'graphPart', index: 0, graph: GRAPH },
    { type: 'state', change: { detail: { result: RESULT, graph: GRAPH } }, parts: 3 },
    { type: 'reply', id: 1, answer: { name: 'states', value: { insn: 3, total: 0, states: [] } } },
    { type: 'reply', id: 2, answer: { name: 'path', value: path } },
    { type: 'reply', id: 3, answer: { name: 'rejection', value: path } },
    { type: 'reply', id: 4, answer: { name: 'origin', value: { insn: 3, state: 0, register: 6, steps: [], start: '' } } },
    { type: 'reply', id: 5, answer: { name: 'follow', value: { key: 'rcu@42', uses: [], carriers: [] } } },
    { type: 'refusal', id: 6, reason: 'gone' },
    { type: 'highlight', insns: [1, 2] },
    { type: 'reveal', insn: 3 },
    { type: 'command', command: 'fit' },
  ])('%j', (message) => expect(parseToWebview(cross(packed(message)))).toEqual(message));
  it.each<unknown>([
    null,
    'state',
    { type: 'state' },
    { type: 'state', change: [] },
    { type: 'state', change: { evil: 1 } },
    { type: 'state', change: {}, parts: '3' },
    { type: 'graphPart', index: 0, graph: GRAPH },
    { type: 'graphPart', graph: packGraph(GRAPH) },
    { type: 'state', change: { toString: 1 } },
    { type: 'state', change: { programs: [{}] } },
    { type: 'state', change: { busy: { stage: 7 } } },
    { type: 'state', change: { singleKeys: 'yes' } },
    { type: 'state', change: { detail: {} } },
    { type: 'state', change: { detail: { result: RESULT, graph: GRAPH } } },
    { type: 'reply', id: 1, answer: { name: 'states', value: { insn: 3, total: 0 } } },
    { type: 'reply', id: 1, answer: { name: 'constructor', value: {} } },
    { type: 'reply', answer: { name: 'path', value: path } },
    { type: 'reply', id: 1, answer: { name: 'path', value: { ...path, insns: 'x' } } },
    { type: 'reply', id: 1, answer: { name: 'follow', value: { uses: [], carriers: [] } } },
    { type: 'refusal', id: 1, reason: 'because' },
    { type: 'highlight', insns: ['1'] },
    { type: 'reveal', insn: null },
    { type: 'command' },
    { type: 'ready' },
  ])('refuses %j', (message) => expect(parseToWebview(message)).toBeNull());
});

describe('a graph that crosses', () => {
  it('is whole again', () => expect(unpackGraph(cross(packGraph(GRAPH)))).toEqual(GRAPH));
  it('has what instructions share once', () => {
    const place = { file: 'a.bpf.c', line: 10, column: 1, text: 'x' };
    const { operation } = insn(0, 'r1 = 1');
    const held = [resource('ref@0')];
    const many = graphOf([Array.from({ length: 50 }, (_, i) => insn(i, 'r1 = 1', { source: place, operation, held }))], []);
    const { tables } = packGraph(many);
    expect([tables.sources.length, tables.operations.length, tables.held.length, tables.because.length]).toEqual([1, 1, 1, 0]);
    expect(JSON.stringify(packGraph(many)).length).toBeLessThan(JSON.stringify(many).length / 2);
  });
  const whole = packGraph(GRAPH);
  const withInsn = (change: object): unknown => ({
    ...whole,
    nodes: [{ ...whole.nodes[0], instructions: [{ ...whole.nodes[0]!.instructions[0], ...change }] }],
  });
  it.each([
    [null],
    [GRAPH],
    [{ ...whole, tables: {} }],
    [{ ...whole, nodes: {} }],
    [{ ...whole, nodes: [7] }],
    [{ ...whole, edges: null }],
    [{ ...whole, functions: undefined }],
    [{ ...whole, program: 7 }],
    [withInsn({ operation: 99 })],
    [withInsn({ operation: -1 })],
    [withInsn({ source: 99 })],
    [withInsn({ held: 'length' })],
    [withInsn({ held: 1.5 })],
    [withInsn({ index: '0' })],
    [withInsn({ text: null })],
  ])('and is refused where it is none or names what is not there', (graph) => expect(unpackGraph(graph)).toBeNull());
});
