// SPDX-License-Identifier: GPL-2.0-only
/** What is selected: instruction, state, edge or region; and the ways to get there. */
import type { InsnDifference } from '../../src/protocol/compare';
import { differenceWords } from '../inspector/state-differences';
import { edgePage, regionPage } from '../inspector/part-pages';
import { registerOfInterest } from '../inspector/reads';
import type { LensPage } from '../lens/types';
import { indexOf, type Place } from '../model/graph-index';
import { pushed, stepped } from '../model/trail';
import { blockWords, insnWords } from '../tree/words';
import { askPath } from './lenses';
import { differencesOf, type Part, type Session } from './state';
import type { Turn } from './turn';

export interface How {
  readonly announce: boolean;
  readonly reveal: boolean;
  /** Along the trail, which stays as it is. */
  readonly travel?: boolean;
  /** State to be shown; negative where none was kept. */
  readonly state?: number;
}

/** Block and instruction of an instruction number. */
export function placeOf(s: Session, insn: number | null): Place | null {
  return s.detail === null || insn === null ? null : indexOf(s.detail.graph).at(insn);
}

/** An instruction was selected: its difference is the one at hand, if it has one. */
export function adoptDifference(t: Turn, insn: number): void {
  const list = differencesOf(t.s);
  const within = (d: InsnDifference | undefined): boolean => d !== undefined && insn >= d.insn && insn <= d.last;
  if (within(list[t.s.difference])) return;
  const at = list.findIndex(within);
  if (at >= 0) t.set({ difference: at });
}

export function select(t: Turn, insn: number, how: How): void {
  const place = placeOf(t.s, insn);
  if (place === null) return;
  const { graph, result } = t.s.detail!;
  const fn = indexOf(graph).functions.get(place.node.function);
  if (fn !== undefined && fn !== t.s.fn) {
    t.set({ fn, closed: t.s.memory.all ? without(t.s.closed, fn.name) : t.s.closed });
    t.do({ do: 'redraw' });
  }
  t.set({ part: null });
  if (how.travel !== true) t.set({ trail: pushed(t.s.trail, insn) });
  const changed = t.s.memory.selected !== insn || (how.state !== undefined && how.state >= 0 && how.state !== t.s.stateIndex);
  t.keep({ selected: insn });
  adoptDifference(t, insn);
  if (changed) t.set({ states: null, stateIndex: Math.max(0, how.state ?? 0), origin: null });
  t.do({ do: 'select', insn, reveal: how.reveal }, { do: 'inspector' });
  t.set({ noStates: null });
  t.ask({ name: 'states', program: result.program, insn });
  if (changed) t.post({ type: 'selected', program: result.program, insn });
  if (how.announce) t.say(place.node.instructions[0]!.index === insn ? blockWords(place.node, graph) : insnWords(place.insn));
}

function without<T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> {
  return set.has(value) ? new Set([...set].filter((x) => x !== value)) : set;
}

/** Nothing is selected. */
export function deselect(t: Turn): void {
  t.keep({ selected: null });
  t.do({ do: 'select', insn: null, reveal: false }, { do: 'inspector' });
}

export function travel(t: Turn, by: 1 | -1): void {
  const step = stepped(t.s.trail, by);
  if (step === null) return;
  t.set({ trail: step.trail });
  select(t, step.insn, { announce: true, reveal: true, travel: true });
}

/** Into the function that an instruction calls. */
export function enter(t: Turn, insn: number): void {
  const start = placeOf(t.s, insn)?.insn.operation.callee?.start ?? null;
  if (start !== null) select(t, start, { announce: true, reveal: true });
}

/** To the instruction of the verdict; of an accepted program to the whole. */
export function goVerdict(t: Turn): void {
  const result = t.s.detail?.result;
  if (result?.insn != null && result.verdict !== 'accept') select(t, result.insn, { announce: true, reveal: true });
  else {
    deselect(t);
    if (result !== undefined) t.post({ type: 'selected', program: result.program, insn: null });
  }
}

/** To where the worst of what is held was taken. */
export function goTaken(t: Turn): void {
  const held = t.s.states?.states[t.s.stateIndex]?.held;
  const worst = held?.find((x) => x.forbids.length > 0) ?? held?.[0];
  if (worst !== undefined) select(t, worst.takenAt, { announce: true, reveal: true });
}

export function openSource(t: Turn, insn: number | null): void {
  const source = placeOf(t.s, insn)?.insn.source;
  if (source != null) t.post({ type: 'openSource', place: source, preserveFocus: false });
}

export function askOrigin(t: Turn, register: number): void {
  const { detail, memory, stateIndex } = t.s;
  if (detail === null || memory.selected === null) return;
  t.ask({ name: 'origin', program: detail.result.program, insn: memory.selected, state: stateIndex, register });
}

/** A state came: its path and the origin of the register that the instruction reads are asked for. */
export function stateShown(t: Turn): void {
  if (t.s.memory.lens === 'path') askPath(t);
  const insn = placeOf(t.s, t.s.memory.selected)?.insn;
  const frame = t.s.states?.states[t.s.stateIndex]?.frames[0];
  if (insn === undefined || frame === undefined) return;
  const register = registerOfInterest(insn, frame);
  if (register !== null) askOrigin(t, register);
}

/** Another state of the selected instruction, round the list. */
export function showState(t: Turn, index: number): void {
  const kept = t.s.states?.states ?? [];
  if (kept.length === 0) return;
  const before = kept[t.s.stateIndex];
  t.set({ stateIndex: (index + kept.length) % kept.length });
  t.do({ do: 'inspector' });
  if (t.s.memory.lens === 'path') t.set({ path: null });
  stateShown(t);
  const now = kept[t.s.stateIndex];
  const differs = before === undefined || now === undefined ? '' : differenceWords(before, now);
  t.say(`State ${t.s.stateIndex + 1} of ${kept.length}. ${now?.why.answer ?? ''} ${differs}`.trim());
}

/** The page of the edge or region that the inspector is about, null if there is none. */
export function partPage(s: Session): LensPage | null {
  if (s.part === null || s.detail === null) return null;
  return 'edge' in s.part ? edgePage(s.detail.graph, s.part.edge) : regionPage(s.detail.graph, s.part.region);
}

/** An edge or a region stands above the instruction until another one is selected. */
export function showPart(t: Turn, part: Part): void {
  if (t.s.detail === null) return;
  t.set({ part });
  t.do({ do: 'inspector' }, { do: 'scroll', to: 'top' });
  const page = partPage(t.s);
  if (page !== null) t.say(`${page.title}. ${page.text}`);
}
