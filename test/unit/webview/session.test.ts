// SPDX-License-Identifier: GPL-2.0-only
/** The explorer as a state machine: events in, session and effects out. */
import { describe, expect, it } from 'vitest';
import type { CompareState } from '../../../src/protocol/messages';
import type { InsnAnswer, InsnDifference } from '../../../src/protocol/compare';
import { MANY_BLOCKS } from '../../../webview/model/large';
import { canBack, canForward } from '../../../webview/model/trail';
import { graphOf, insn, resource, type RESULT, takes } from './graph';
import { detailOf, Driven, pathOf, statesOf, stateOf } from './session';

const TASK = resource('ref@1', { title: 'task_struct' });
const LOCK = resource('lock@2', { title: 'bpf_spin_lock', takenAt: 2, forbids: ['sleep'] });

/** Takes something, decides, and comes together again. */
const GRAPH = graphOf(
  [
    [
      insn(0, 'r1 = 1'),
      insn(1, 'call bpf_task_from_pid#1', { effects: [takes('ref@1')] }),
      insn(2, 'if r0 == 0x0 goto pc+1', { held: [TASK] }),
    ],
    [insn(3, 'call bpf_task_release#2', { held: [TASK, LOCK] })],
    [insn(4, 'exit')],
  ],
  [
    [0, 1, 'fall', 'r0 ≠ 0'],
    [0, 2, 'taken', 'r0 = 0'],
    [1, 2],
  ],
);
const open = (memory: ConstructorParameters<typeof Driven>[0] = {}): Driven => new Driven(memory).panel({ detail: detailOf(GRAPH) });
const rejected = (): Driven => new Driven().panel({ detail: detailOf(GRAPH, { verdict: 'reject', insn: 3, message: ['no'] }) });

describe('a graph comes', () => {
  it('is drawn, told, and nothing is selected in an accepted program', () => {
    const d = open();
    expect(d.done).toEqual(['policies', 'hits', 'uncover', 'redraw', 'inspector', 'say', 'lists', 'chrome', 'remember']);
    expect([d.session.memory.selected, d.session.fn?.name, d.session.graphs]).toEqual([null, 'main', 1]);
    expect(d.said[0]).toContain('Context graph of prog.');
  });
  it('selects what was rejected and asks for the path to it', () => {
    const d = rejected();
    expect(d.session.memory.selected).toBe(3);
    expect(d.told).toEqual(['rejection', 'states']);
    expect(d.effects).toContainEqual({ do: 'ask', ask: { name: 'rejection', program: 'prog' } });
  });
  it('keeps a selection that is there, and drops one that is not', () => {
    expect(open({ selected: 2 }).session.memory.selected).toBe(2);
    expect(open({ selected: 77 }).session.memory.selected).toBeNull();
  });
  it('comes back with its zoom, but not with that of another program', () => {
    const kept = { zoom: 0.5, pan: { x: 3, y: 4 } };
    expect(open(kept).effects).toContainEqual({ do: 'view', zoom: 0.5, pan: { x: 3, y: 4 } });
    expect(open({ ...kept, program: 'other' }).done).not.toContain('view');
  });
  it('is not drawn anew when the same is made again', () => {
    const d = open().panel({ detail: detailOf(structuredClone(GRAPH)) });
    expect(d.done).toEqual(['policies', 'lists', 'chrome', 'remember']);
    expect(d.session.detail!.graph).toBe(GRAPH);
  });
  it('stays while an analysis runs and where the file does not compile', () => {
    const d = open();
    d.panel({ busy: { stage: 'verify', progress: 0.5 } }).panel({
      detail: null,
      busy: null,
      error: { kind: 'compile-error', title: 'x', message: 'y', details: [], diagnostics: [] },
    });
    expect(d.session.detail!.graph).toBe(GRAPH);
    expect(d.done).toEqual(['policies', 'lists', 'chrome', 'remember']);
  });
  it('of another program begins anew', () => {
    const d = open()
      .on({ type: 'select', insn: 2, announce: false, reveal: false })
      .on({ type: 'fold', node: 'f0b1' })
      .on({ type: 'openFold', insn: 0 });
    d.panel({ program: 'other', detail: detailOf({ ...GRAPH, program: 'other' }, { program: 'other' }) });
    expect([d.session.memory.selected, d.session.memory.folded, d.session.openFolds.size, d.session.trail.list]).toEqual([null, [], 0, []]);
    expect(d.told).toEqual(['selected']);
  });
  it('of many blocks begins with one function open, and the others as cards where all are asked for', () => {
    const many = graphOf(
      Array.from({ length: MANY_BLOCKS + 1 }, (_, i) => [insn(i, 'r1 = 1')]),
      [],
    );
    const two = { ...many, functions: [...many.functions, { ...many.functions[0]!, name: 'helper', kind: 'static' as const }] };
    const d = new Driven().panel({ detail: detailOf(two) });
    expect([d.session.memory.all, [...d.session.closed]]).toEqual([false, ['helper']]);
    d.on({ type: 'toggleFunction', name: 'helper' });
    expect([...d.session.closed]).toEqual([]);
    d.on({ type: 'toggleFunction', name: 'helper' });
    expect([...d.session.closed]).toEqual(['helper']);
  });
  it('reveals what was asked for before', () => {
    const d = new Driven().hear({ type: 'reveal', insn: 2 });
    expect([d.session.pendingReveal, d.effects]).toEqual([2, []]);
    d.panel({ detail: detailOf(GRAPH) });
    expect([d.session.memory.selected, d.session.pendingReveal]).toEqual([2, null]);
  });
});

describe('selecting', () => {
  it('shows, asks for states, tells the editor, and says what it is', () => {
    const d = open().on({ type: 'select', insn: 1, announce: true, reveal: true });
    expect(d.effects).toContainEqual({ do: 'select', insn: 1, reveal: true });
    expect(d.told).toEqual(['states', 'selected']);
    expect(d.said[0]).toMatch(/^1, line 11, call bpf_task_from_pid/);
  });
  it('of a block says the block', () =>
    expect(open().on({ type: 'select', insn: 3, announce: true, reveal: true }).said[0]).toMatch(/^Block b1,/));
  it('of what is not there does nothing', () =>
    expect(open().on({ type: 'select', insn: 99, announce: true, reveal: true }).effects).toEqual([]));
  it('before there is a graph does nothing', () =>
    expect(new Driven().on({ type: 'select', insn: 0, announce: true, reveal: true }).effects).toEqual([]));
  it('of the same asks again but tells nobody', () => {
    const d = open()
      .on({ type: 'select', insn: 1, announce: false, reveal: true })
      .on({ type: 'select', insn: 1, announce: false, reveal: true });
    expect(d.told).toEqual(['states']);
  });
  it('goes back and forward', () => {
    const d = open();
    for (const at of [0, 1, 2]) d.on({ type: 'select', insn: at, announce: false, reveal: false });
    d.on({ type: 'travel', by: -1 });
    expect([d.session.memory.selected, canBack(d.session.trail), canForward(d.session.trail)]).toEqual([1, true, true]);
    d.on({ type: 'travel', by: -1 }).on({ type: 'travel', by: -1 });
    expect([d.session.memory.selected, d.effects]).toEqual([0, []]);
    d.on({ type: 'travel', by: 1 }).on({ type: 'select', insn: 4, announce: false, reveal: false });
    expect(d.session.trail).toEqual({ list: [0, 1, 4], at: 2 });
  });
  it('of a verdict goes to the rejection, or to nothing', () => {
    expect(rejected().on({ type: 'select', insn: 0, announce: false, reveal: false }).on({ type: 'verdict' }).session.memory.selected).toBe(
      3,
    );
    const d = open({ selected: 2 }).on({ type: 'verdict' });
    expect([d.session.memory.selected, d.told]).toEqual([null, ['selected']]);
  });
  it('opens the C line, where there is one', () => {
    expect(open().on({ type: 'source', insn: 2 }).told).toEqual(['openSource']);
    expect(open({ selected: 2 }).on({ type: 'source', insn: null }).told).toEqual(['openSource']);
    expect(open().on({ type: 'source', insn: null }).effects).toEqual([]);
  });
  it('enters the function that is called', () => {
    const operation = { ...insn(0, 'call bpf_x#1').operation, callee: { kind: 'function' as const, name: 'helper', start: 2 } };
    const g = graphOf([[insn(0, 'r1 = 1'), insn(1, 'exit', { operation }), insn(2, 'exit')]], []);
    const d = new Driven().panel({ detail: detailOf(g) }).on({ type: 'enter', insn: 1 });
    expect(d.session.memory.selected).toBe(2);
    expect(d.on({ type: 'enter', insn: 0 }).effects).toEqual([]);
  });
  it('of an edge or a region stands above the instruction until another one is selected', () => {
    const d = open({ selected: 2 }).on({ type: 'part', part: { edge: GRAPH.edges[0]! } });
    expect([d.said[0]?.startsWith('b0 → b1. '), d.done.includes('scroll')]).toEqual([true, true]);
    d.on({ type: 'part', part: { region: 'ref@1' } });
    expect(d.session.part).toEqual({ region: 'ref@1' });
    d.on({ type: 'select', insn: 0, announce: false, reveal: false });
    expect(d.session.part).toBeNull();
  });
});

describe('states', () => {
  const twice = statesOf(2, stateOf(), stateOf({ held: [TASK], why: { answer: 'Must not sleep here.', reason: ['x'], until: [] } }));
  it('are stepped through, round the list, and told', () => {
    const d = open({ selected: 2 }).answer('prog', 'states', twice);
    expect([d.session.stateIndex, d.done]).toEqual([0, ['inspector']]);
    d.on({ type: 'stateBy', by: 1 });
    expect([d.session.stateIndex, d.said[0]]).toEqual([1, expect.stringMatching(/^State 2 of 2\. Must not sleep here\. Differs in/)]);
    d.on({ type: 'stateBy', by: 1 });
    expect(d.session.stateIndex).toBe(0);
    expect(d.on({ type: 'state', index: 1 }).session.stateIndex).toBe(1);
  });
  it('that come late, for another instruction or program, are left alone', () => {
    const d = open({ selected: 2 });
    for (const states of [statesOf(1, stateOf()), statesOf(4, stateOf())]) expect(d.answer('prog', 'states', states).effects).toEqual([]);
    expect(d.answer('gone', 'states', twice).effects).toEqual([]);
    expect(d.session.states).toBeNull();
  });
  it('of the rejected instruction begin with the one that was rejected', () => {
    const d = rejected().answer('prog', 'states', statesOf(3, stateOf(), stateOf(), stateOf()));
    expect(d.session.stateIndex).toBe(2);
    // and stay where one looks when they come again
    d.on({ type: 'state', index: 0 }).answer('prog', 'states', statesOf(3, stateOf(), stateOf(), stateOf()));
    expect(d.session.stateIndex).toBe(0);
  });
  it('that are fewer than before leave the last one', () => {
    const d = open({ selected: 2 }).answer('prog', 'states', twice).on({ type: 'state', index: 1 });
    expect(d.answer('prog', 'states', statesOf(2, stateOf())).session.stateIndex).toBe(0);
    expect(d.answer('prog', 'states', statesOf(2)).session.stateIndex).toBe(0);
    expect(d.on({ type: 'stateBy', by: 1 }).effects).toEqual([]);
  });
  it('ask for the origin of the register that the instruction reads', () => {
    const registers = [{ number: 0, name: 'r0', text: '', carries: 'ref@1', variable: null }];
    const frames = [{ frame: 0, function: 'main', registers, unreadable: '', stack: [] }];
    const d = open({ selected: 2 }).answer('prog', 'states', statesOf(2, stateOf({ frames })));
    expect(d.effects).toContainEqual({ do: 'ask', ask: { name: 'origin', program: 'prog', insn: 2, state: 0, register: 0 } });
    const origin = { insn: 2, state: 0, register: 0, steps: [], start: '' };
    expect(d.answer('prog', 'origin', origin).session.origin).toBe(origin);
    expect(d.answer('gone', 'origin', { ...origin }).session.origin).toBe(origin);
    expect(d.on({ type: 'origin', register: 6 }).told).toEqual(['origin']);
  });
  it('say why, with the places', () => {
    const d = open({ selected: 2 }).answer('prog', 'states', twice);
    expect(d.on({ type: 'sayWhy' }).said).toEqual(['Nothing forbids it at 3 (line 13).']);
    expect(open().on({ type: 'sayWhy' }).effects).toEqual([]);
  });
  it('lead to where the worst was taken', () => {
    const d = open({ selected: 3 }).answer('prog', 'states', statesOf(3, stateOf({ held: [TASK, LOCK] })));
    expect(d.on({ type: 'taken' }).session.memory.selected).toBe(2);
    expect(open().on({ type: 'taken' }).effects).toEqual([]);
  });
});

describe('lenses', () => {
  it('are drawn and told by their names', () => {
    const d = open().on({ type: 'lens', id: 'sleep' });
    expect([d.session.memory.lens, d.said[0]?.startsWith('Lens May sleep?. ')]).toEqual(['sleep', true]);
  });
  it('Follow takes up what forbids where nothing was chosen', () => {
    const d = open().on({ type: 'lens', id: 'follow' });
    expect([d.session.memory.followed, d.told]).toEqual(['lock@2', ['follow']]);
  });
  it('Follow prefers what is held in the state that is shown, and asks when it is several things', () => {
    const at = (...held: (typeof TASK)[]): Driven => open({ selected: 3 }).answer('prog', 'states', statesOf(3, stateOf({ held })));
    expect(at(TASK).on({ type: 'askFollow' }).session.memory.followed).toBe('ref@1');
    expect(at(TASK, LOCK).on({ type: 'askFollow' }).effects).toEqual([{ do: 'choose', resources: [TASK, LOCK] }]);
  });
  it('Follow has nothing to follow where nothing is held', () => {
    const d = new Driven().panel({ detail: detailOf(graphOf([[insn(0, 'exit')]], [])) }).on({ type: 'lens', id: 'follow' });
    expect([d.session.memory.lens, d.session.memory.followed]).toEqual(['follow', '']);
  });
  it('take facts of what is followed, and none of what was followed before', () => {
    const d = open().on({ type: 'follow', key: 'ref@1' });
    const facts = { key: 'ref@1', uses: [], carriers: [] };
    expect(d.answer('prog', 'follow', { ...facts, key: 'lock@2' }).session.facts).toBeNull();
    expect(d.answer('gone', 'follow', facts).session.facts).toBeNull();
    expect(d.answer('prog', 'follow', facts).done).toEqual(['redraw']);
    expect(d.on({ type: 'lens', id: 'contexts' }).answer('prog', 'follow', facts).effects).toEqual([]);
  });
  it('forget what is followed when it is in the new picture no more', () => {
    const d = open().on({ type: 'follow', key: 'ref@1' });
    d.panel({ detail: detailOf(graphOf([[insn(0, 'exit')]], []), { timeUs: 2 }) });
    expect(d.session.memory.followed).toBe('');
  });
  it('Path asks for the way to the state that is shown, and not again along it', () => {
    const d = open({ selected: 3 }).on({ type: 'lens', id: 'path' });
    expect(d.effects).toContainEqual({ do: 'ask', ask: { name: 'path', program: 'prog', insn: 3, state: 0 } });
    d.answer('prog', 'path', pathOf());
    expect(d.done).toContain('redraw');
    d.on({ type: 'step', insn: 1, state: 0, words: 'Step 1 of 2.' });
    expect(d.said).toEqual(['Step 1 of 2.']);
    expect(d.answer('prog', 'states', statesOf(1, stateOf())).told).not.toContain('path');
    d.on({ type: 'select', insn: 4, announce: false, reveal: true });
    expect(d.answer('prog', 'states', statesOf(4, stateOf())).told).toContain('path');
  });
  it('Path asks for nothing while it plays', () => {
    const d = open({ selected: 4, lens: 'path' }).on({ type: 'playing', on: true });
    expect(d.answer('prog', 'states', statesOf(4, stateOf())).told).not.toContain('path');
  });
  it('Path of a rejection comes by itself, and its steps are told once', () => {
    const event = { event: 'taken' as const, insn: 1, source: null, variable: null, text: 'taken', guilty: false };
    const explanation = {
      code: 'leak',
      category: '',
      summary: 's',
      detail: '',
      refused: { insn: 3, source: null },
      cause: [event],
      suggestion: null,
      fixes: [],
    };
    const d = new Driven({ lens: 'path' }).panel({
      detail: detailOf(GRAPH, { verdict: 'reject', insn: 3, explanation: explanation as unknown as typeof RESULT.explanation }),
    });
    d.answer('prog', 'rejection', pathOf({ rejected: true, state: -1 }));
    expect(d.session.rejection?.rejected).toBe(true);
    expect(d.session.toldSteps).not.toBe('');
    expect(d.on({ type: 'settled' }).told).toEqual([]);
    expect(d.on({ type: 'lens', id: 'contexts' }).effects).toContainEqual({
      do: 'post',
      message: { type: 'steps', program: 'prog', steps: [] },
    });
  });
  it('take no path of another program', () => expect(open().answer('gone', 'path', pathOf()).effects).toEqual([]));
});

describe('search', () => {
  it('counts hits, walks them both ways, and follows in the drawing after a pause', () => {
    const d = open().on({ type: 'search', text: 'r0' });
    expect([d.session.hits.insns, d.done]).toEqual([[2], ['hits', 'settle']]);
    expect(d.on({ type: 'settled' }).done).toEqual(['redraw']);
    expect(d.on({ type: 'hit', by: 1 }).session.memory.selected).toBe(2);
    expect(d.on({ type: 'search', text: 'nothing such' }).on({ type: 'hit', by: 1 }).effects).toEqual([]);
  });
  it('does not wait where each instruction has a row', () =>
    expect(open({ rows: 'all' }).on({ type: 'search', text: 'r0' }).done).toEqual(['hits']));
  it('is done again in a new picture', () => {
    const d = open().on({ type: 'search', text: 'r0' });
    d.panel({ detail: detailOf(graphOf([[insn(0, 'if r0 == 0x0 goto pc+0'), insn(1, 'r1 = r0')]], []), { timeUs: 9 }) });
    expect(d.session.hits.insns).toEqual([0, 1]);
  });
});

describe('views', () => {
  it('change rows, one after the other and by name', () => {
    const d = open();
    expect(['c', 'key', 'all', 'c'].map(() => d.on({ type: 'rows', mode: null }).session.memory.rows)).toEqual(['all', 'c', 'key', 'all']);
    expect(d.on({ type: 'rows', mode: 'c' }).done).toEqual(['rows', 'redraw', 'remember']);
  });
  it('fold blocks one by one and all at once', () => {
    const d = open().on({ type: 'fold', node: 'f0b1' });
    expect(d.session.memory.folded).toEqual(['f0b1']);
    expect(d.on({ type: 'foldAll' }).session.memory.folded).toEqual([]);
    expect(d.on({ type: 'foldAll' }).session.memory.folded).toEqual(['f0b0', 'f0b1', 'f0b2']);
    expect(d.on({ type: 'fold', node: 'f0b0' }).session.memory.folded).toEqual(['f0b1', 'f0b2']);
    expect([...d.on({ type: 'openFold', insn: 0 }).session.openFolds]).toEqual([0]);
  });
  it('go from function to function', () => {
    const g = {
      ...GRAPH,
      functions: [
        { ...GRAPH.functions[0]!, end: 4 },
        { name: 'helper', start: 4, end: 5, kind: 'static' as const, entry: 'f0b2' },
      ],
    };
    const d = new Driven().panel({ detail: detailOf(g) }).on({ type: 'select', insn: 0, announce: false, reveal: false });
    expect(d.on({ type: 'function', start: 4 }).session.fn?.name).toBe('helper');
    expect(d.session.memory.selected).toBeNull();
    expect(d.on({ type: 'function', start: 4 }).effects).toEqual([]);
    expect(d.on({ type: 'function', start: 99 }).effects).toEqual([]);
    expect(d.on({ type: 'function', start: null }).done).toEqual(['redraw', 'blocks', 'remember']);
    expect(d.on({ type: 'adopt', name: 'main' }).done).toEqual(['tree', 'lists']);
    expect(d.on({ type: 'adopt', name: 'main' }).effects).toEqual([]);
    expect(new Driven().on({ type: 'adopt', name: 'main' }).effects).toEqual([]);
  });
  it('keep zoom and pan once a graph was drawn', () => {
    const view = { type: 'viewed' as const, zoom: 2, pan: { x: 1, y: 2 } };
    expect(new Driven().on(view).session.memory.zoom).toBeNull();
    expect(open().on(view).session.memory).toMatchObject({ zoom: 2, pan: { x: 1, y: 2 } });
  });
  it('keep inspector, its width, its closed sections, and the legend', () => {
    const d = open().on({ type: 'toggleInspector' });
    expect([d.session.memory.inspector, d.done]).toEqual([false, ['panes', 'remember']]);
    expect(d.on({ type: 'openInspector' }).done).toEqual(['panes', 'focusWhy', 'remember']);
    expect(d.on({ type: 'openInspector' }).done).toEqual(['focusWhy']);
    expect(d.on({ type: 'section', name: 'stack', open: false }).session.memory.closedSections).toEqual(['stack']);
    expect(d.on({ type: 'section', name: 'stack', open: false }).effects).toEqual([]);
    expect(d.on({ type: 'section', name: 'stack', open: true }).session.memory.closedSections).toEqual([]);
    expect(d.on({ type: 'width', width: 400 }).session.memory.inspectorWidth).toBe(400);
    expect(d.on({ type: 'hideLegend' }).done).toEqual(['legend', 'remember']);
  });
});

describe('two policies', () => {
  const ANSWER: InsnAnswer = { visit: 'visited', maySleep: 'yes', mayFault: 'yes', held: [], states: 1, rejected: false };
  const difference = (at: number, last = at): InsnDifference => ({
    insn: at,
    last,
    node: 'f0b0',
    nodeA: 'f0b0',
    block: 'b0',
    source: null,
    kinds: ['sleep'],
    a: ANSWER,
    b: ANSWER,
    sentence: `At ${at}.`,
    rule: null,
  });
  const side = {
    policy: 'forbid-sleep',
    title: '',
    verdict: 'accept' as const,
    errno: 0,
    message: [],
    insn: null,
    source: null,
    explanation: null,
    short: '',
    reason: null,
    processedInsns: 1,
    timeUs: 1,
  };
  const compare: CompareState = {
    policy: 'forbid-sleep',
    busy: false,
    programs: [],
    problem: '',
    comparison: {
      program: 'prog',
      a: side,
      b: { ...side, policy: 'linux-7.3' },
      rules: [],
      differences: [difference(1, 2), difference(4)],
      incomparable: [],
      nodes: [],
      edges: [],
      blocks: 3,
      hazards: { a: [], b: [] },
    },
  };
  it('are told once, with how many differences there are', () => {
    const d = open().panel({ compare: { ...compare, busy: true, comparison: null } });
    expect(d.said).toEqual([]);
    d.panel({ compare });
    expect(d.said[0]).toBe('forbid-sleep accepts this program; linux-7.3 accepts this program. 2 differences from forbid-sleep.');
    expect([d.session.memory.compare, d.session.look === null]).toEqual(['forbid-sleep', false]);
    expect(d.panel({ busy: null }).said).toEqual([]);
  });
  it('say why there is no comparison', () => {
    expect(open().panel({ compare: { ...compare, comparison: null, problem: 'Not loaded.' } }).said).toEqual([
      'Not loaded. 0 differences from forbid-sleep.',
    ]);
  });
  it('are gone through, round the list, and a click joins in', () => {
    const d = open().panel({ compare });
    d.on({ type: 'difference', by: 1 });
    expect([d.session.difference, d.session.memory.selected, d.said]).toEqual([1, 4, ['Difference 2. Instruction 4. At 4.']]);
    d.on({ type: 'found', by: 1 });
    expect([d.session.difference, d.session.memory.selected]).toEqual([0, 1]);
    d.on({ type: 'select', insn: 4, announce: false, reveal: false });
    expect(d.session.difference).toBe(1);
    // 2 is within the first difference, 0 in none
    expect(d.on({ type: 'select', insn: 2, announce: false, reveal: false }).session.difference).toBe(0);
    expect(d.on({ type: 'select', insn: 0, announce: false, reveal: false }).session.difference).toBe(0);
    expect(d.on({ type: 'pick', at: 7 }).effects).toEqual([]);
    expect(d.on({ type: 'pick', at: 1 }).session.memory.selected).toBe(4);
  });
  it('give way to what was searched for', () => {
    const d = open().panel({ compare }).on({ type: 'search', text: 'exit' }).on({ type: 'found', by: 1 });
    expect([d.session.memory.selected, d.session.hits.at]).toEqual([4, 0]);
  });
  it('after a reload know the selection', () => {
    const d = open({ selected: 4 }).panel({ compare });
    expect(d.session.difference).toBe(1);
  });
  it('that are compared no more leave nothing', () => {
    const d = open().panel({ compare }).panel({ compare: null });
    expect([d.session.look, d.session.memory.compare, d.on({ type: 'difference', by: 1 }).effects]).toEqual([null, '', []]);
  });
  it('with another policy that has fewer differences stay in the list', () => {
    const d = open().panel({ compare }).on({ type: 'pick', at: 1 });
    d.panel({ compare: { ...compare, policy: 'forbid-fault', comparison: { ...compare.comparison!, differences: [difference(1)] } } });
    expect(d.session.difference).toBe(0);
  });
});

describe('Escape', () => {
  it('ends playing, then the part, the lens, the comparison, the selection, and leaves', () => {
    const d = open({ selected: 2 })
      .on({ type: 'lens', id: 'sleep' })
      .on({ type: 'part', part: { region: 'ref@1' } })
      .on({ type: 'playing', on: true });
    d.panel({ compare: { policy: 'forbid-sleep', busy: true, comparison: null, programs: [], problem: '' } });
    const escape = (): Driven => d.on({ type: 'escape' });
    expect(escape().effects).toEqual([{ do: 'stop' }]);
    d.on({ type: 'playing', on: false });
    expect([escape().done, d.session.part]).toEqual([['inspector'], null]);
    expect([escape().session.memory.lens, d.session.memory.selected]).toEqual(['contexts', 2]);
    expect(escape().effects).toEqual([{ do: 'post', message: { type: 'compareWith', policy: '' } }]);
    d.panel({ compare: null });
    expect([escape().session.memory.selected, d.effects[0]]).toEqual([null, { do: 'select', insn: null, reveal: false }]);
    expect(escape().effects).toEqual([{ do: 'post', message: { type: 'leave' } }]);
  });
});

describe('what the host says', () => {
  it('is passed on: outlines and commands', () => {
    expect(open().hear({ type: 'highlight', insns: [1] }).effects).toEqual([{ do: 'highlight', insns: [1] }]);
    expect(open().hear({ type: 'command', command: 'fit' }).effects).toEqual([{ do: 'command', command: 'fit' }]);
    expect(open().hear({ type: 'reveal', insn: 2 }).session.memory.selected).toBe(2);
  });
  it('and is told', () => {
    expect(open().on({ type: 'tell', message: { type: 'cancel' } }).effects).toEqual([{ do: 'post', message: { type: 'cancel' } }]);
  });
});

describe('questions that are not answered', () => {
  const ask = { name: 'states' as const, program: 'prog', insn: 2 };
  it('are said where the states would stand, until they are asked for again', () => {
    const d = open({ selected: 2 }).on({ type: 'refused', ask, reason: 'late' });
    expect([d.session.noStates, d.done]).toEqual(['late', ['inspector']]);
    expect(d.on({ type: 'select', insn: 2, announce: false, reveal: false }).session.noStates).toBeNull();
    expect(d.on({ type: 'refused', ask, reason: 'gone' }).answer('prog', 'states', statesOf(2, stateOf())).session.noStates).toBeNull();
  });
  it('are nothing where they were about something else, or are wanted no more', () => {
    const d = open({ selected: 2 });
    for (const [other, reason] of [
      [{ ...ask, insn: 4 }, 'late'],
      [{ ...ask, program: 'gone' }, 'gone'],
      [ask, 'cancelled'],
      [{ name: 'rejection' as const, program: 'prog' }, 'failed'],
      [{ name: 'follow' as const, program: 'prog', key: 'x' }, 'failed'],
    ] as const)
      expect(d.on({ type: 'refused', ask: other, reason }).effects).toEqual([]);
    expect(d.session.noStates).toBeNull();
  });
  it('of a path and an origin leave none', () => {
    const d = open({ selected: 2 }).on({ type: 'lens', id: 'path' }).answer('prog', 'path', pathOf());
    expect(d.on({ type: 'refused', ask: { name: 'path', program: 'prog', insn: 2, state: 0 }, reason: 'gone' }).session.path).toBeNull();
    d.answer('prog', 'origin', { insn: 2, state: 0, register: 0, steps: [], start: '' });
    expect(
      d.on({ type: 'refused', ask: { name: 'origin', program: 'prog', insn: 2, state: 0, register: 0 }, reason: 'gone' }).session.origin,
    ).toBeNull();
  });
  it('an answer of another name than its question is none', () => {
    const d = open({ selected: 2 }).on({ type: 'answered', ask, answer: { name: 'path', value: pathOf() } });
    expect([d.effects, d.session.path]).toEqual([[], null]);
  });
  it('an origin of another state came late', () => {
    const d = open({ selected: 2 });
    expect(d.answer('prog', 'origin', { insn: 2, state: 1, register: 0, steps: [], start: '' }).effects).toEqual([]);
    expect(d.answer('prog', 'origin', { insn: 1, state: 0, register: 0, steps: [], start: '' }).effects).toEqual([]);
  });
});
