// SPDX-License-Identifier: GPL-2.0-only
/** What the host says by itself: its picture of the panel, outlines, commands. */
import type { PanelState } from '../../src/protocol/messages';
import type { ProgramDetail } from '../../src/protocol/model';
import { indexOf } from '../model/graph-index';
import { MANY_BLOCKS } from '../model/large';
import { NO_TRAIL } from '../model/trail';
import { again } from '../toolbar/hits';
import { summaryWords } from '../toolbar/verdict';
import { takeComparison } from './compare';
import { allResources } from './lenses';
import { adoptDifference, placeOf, select } from './selection';
import type { HostMessage } from './state';
import type { Turn } from './turn';

/** Takes up a message of the host. */
export function hear(t: Turn, message: HostMessage): void {
  switch (message.type) {
    case 'state':
      if (message.change.detail != null) t.set({ graphs: t.s.graphs + 1 });
      takePanel(t, { ...t.s.panel, ...message.change } as PanelState);
      return;
    case 'highlight':
      t.do({ do: 'highlight', insns: message.insns });
      return;
    case 'reveal':
      if (t.s.detail === null) t.set({ pendingReveal: message.insn });
      else select(t, message.insn, { announce: true, reveal: true });
      return;
    case 'command':
      t.do({ do: 'command', command: message.command });
      return;
  }
}

function takePanel(t: Turn, panel: PanelState): void {
  const before = t.s.detail;
  const was = t.s.panel;
  t.set({ panel });
  t.do({ do: 'policies' });
  t.keep({ program: panel.program, compare: panel.compare?.policy ?? '' });
  const compared = takeComparison(t, was);
  if (panel.detail !== null && (panel.detail !== (was?.detail ?? null) || compared.changed))
    takeDetail(t, panel.detail, before, compared.changed);
  t.do({ do: 'lists' });
  if (compared.words !== '') {
    t.say(compared.words);
    // after a reload the selection was there before the comparison
    if (t.s.memory.selected !== null) adoptDifference(t, t.s.memory.selected);
    t.do({ do: 'inspector' });
  }
  t.do({ do: 'chrome' });
  const { pendingReveal } = t.s;
  if (pendingReveal !== null && t.s.detail !== null) {
    t.set({ pendingReveal: null });
    select(t, pendingReveal, { announce: true, reveal: true });
  }
}

/** Whether it is the same picture, made again: the one that is drawn is kept, so that nothing jumps. */
function isSame(a: ProgramDetail, b: ProgramDetail): boolean {
  return a.graph.nodes.length === b.graph.nodes.length && JSON.stringify(a.result) === JSON.stringify(b.result);
}

function takeDetail(t: Turn, detail: ProgramDetail, before: ProgramDetail | null, lookChanged: boolean): void {
  if (before !== null && isSame(before, detail)) {
    t.set({ detail: { ...detail, graph: before.graph } });
    if (lookChanged) t.do({ do: 'redraw' }, { do: 'inspector' });
    return;
  }
  const otherProgram = before === null || before.result.program !== detail.result.program;
  t.set({ detail, states: null, stateIndex: 0, path: null, rejection: null, facts: null, origin: null, part: null });
  if (otherProgram) openProgram(t, detail, before !== null);
  t.set({ hits: again(t.s.hits, detail.graph) });
  t.do({ do: 'hits' });
  askAfter(t, detail);
  const { result, graph } = detail;
  const failing = result.verdict === 'reject' ? result.insn : null;
  const { memory } = t.s;
  const wanted = placeOf(t.s, memory.selected) !== null ? memory.selected : failing;
  const place = placeOf(t.s, wanted);
  t.set({ fn: graph.functions.find((f) => f.name === place?.node.function) ?? graph.functions[0] ?? null });
  t.keep({ selected: wanted });
  t.do({ do: 'uncover' }, { do: 'redraw' });
  if (!t.s.restored && memory.zoom !== null && memory.pan !== null && t.s.remembered === result.program)
    t.do({ do: 'view', zoom: memory.zoom, pan: memory.pan });
  t.set({ restored: true });
  if (wanted !== null && place !== null) select(t, wanted, { announce: false, reveal: true });
  else t.do({ do: 'inspector' });
  if (otherProgram && before !== null) t.post({ type: 'selected', program: result.program, insn: wanted });
  t.say(summaryWords(detail, before));
}

/** Another program than the one before: large ones show their functions first. */
function openProgram(t: Turn, { graph, result }: ProgramDetail, another: boolean): void {
  const large = graph.nodes.length > MANY_BLOCKS;
  const failing = result.insn === null ? null : (indexOf(graph).at(result.insn)?.node.function ?? null);
  const cards = large ? graph.functions.filter((f) => f.kind !== 'main' && f.name !== failing).map((f) => f.name) : [];
  t.set({ openFolds: new Set(), closed: new Set(cards), trail: NO_TRAIL });
  t.keep({ all: false });
  if (another) t.keep({ selected: null, folded: [] });
}

/** What the lenses want to know of a new picture. */
function askAfter(t: Turn, { graph, result }: ProgramDetail): void {
  if (!allResources(graph).some((x) => x.key === t.s.memory.followed)) t.keep({ followed: '' });
  const { program } = result;
  if (result.verdict === 'reject') t.ask({ name: 'rejection', program });
  if (t.s.memory.followed !== '') t.ask({ name: 'follow', program, key: t.s.memory.followed });
}
