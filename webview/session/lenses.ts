// SPDX-License-Identifier: GPL-2.0-only
/** The graph through the lens that is chosen, and the choice of lens and resource. */
import type { ContextGraph, HeldResource } from '../../src/protocol/graph';
import type { PathView } from '../../src/protocol/path';
import { LENS_NAMES } from '../../src/contributions/lenses';
import { lensView } from '../lens';
import { resourcesOf } from '../lens/follow';
import { stepsOf } from '../lens/path-steps';
import { type LensId, type LensView, PLAIN } from '../lens/types';
import type { Session } from './state';
import type { Turn } from './turn';

const resources = new WeakMap<ContextGraph, readonly HeldResource[]>();

/** Resources of the graph that is drawn, in order of taking. */
export function allResources(graph: ContextGraph): readonly HeldResource[] {
  let known = resources.get(graph);
  if (known === undefined) resources.set(graph, (known = resourcesOf(graph)));
  return known;
}

/** The resource that Follow is about. */
export function followed(s: Session): HeldResource | null {
  return s.detail === null ? null : (allResources(s.detail.graph).find((x) => x.key === s.memory.followed) ?? null);
}

/** The path that the Path lens is about: to the rejection, or to the state that is shown. */
function shownPath(s: Session): PathView | null {
  return s.detail?.result.verdict === 'reject' ? s.rejection : s.path;
}

/** The graph through the lens; made once as long as nothing that it looks at changes. */
let made: { readonly key: readonly unknown[]; readonly lens: LensView } | null = null;

export function lensOf(s: Session): LensView {
  if (s.detail === null) return PLAIN;
  const { graph, result } = s.detail;
  const input = { graph, result, followed: followed(s), facts: s.facts, path: shownPath(s), rejection: s.rejection };
  const key = [s.memory.lens, ...Object.values(input)];
  if (made === null || made.key.some((x, i) => x !== key[i])) made = { key, lens: lensView(s.memory.lens, input) };
  return made.lens;
}

const pageWords = (s: Session): string => {
  const { page } = lensOf(s);
  return page === null ? '' : `${page.title}. ${page.text}`;
};

/** The path to the state that is shown is asked for, unless it is there. */
export function askPath(t: Turn): void {
  const { s } = t;
  const { selected } = s.memory;
  if (s.detail === null || s.detail.result.verdict === 'reject' || selected === null || s.playing) return;
  // a step along the path that is shown stays on it
  if (s.path !== null && s.path.insns.includes(selected) && lensOf(s).path !== null) return;
  t.ask({ name: 'path', program: s.detail.result.program, insn: selected, state: s.stateIndex });
}

/** What is held in the state that is shown. */
function heldHere(s: Session): readonly HeldResource[] {
  return s.states?.states[s.stateIndex]?.held ?? [];
}

export function chooseLens(t: Turn, id: LensId): void {
  const { s } = t;
  if (id === 'follow' && s.memory.followed === '' && s.detail !== null) {
    // what is held where one looks, or else what forbids
    const here = heldHere(s);
    const all = allResources(s.detail.graph);
    const first = here.find((x) => x.forbids.length > 0) ?? here[0] ?? all.find((x) => x.forbids.length > 0) ?? all[0];
    if (first !== undefined) {
      follow(t, first.key);
      return;
    }
  }
  t.set({ part: null });
  t.keep({ lens: id });
  if (id === 'path') askPath(t);
  t.do({ do: 'redraw' }, { do: 'inspector' });
  t.say(`Lens ${LENS_NAMES[id]}. ${lensOf(t.s).page?.text ?? ''}`);
}

/** Follows what is held at the selection; asks which when there are several. */
export function askFollow(t: Turn): void {
  const here = heldHere(t.s);
  if (here.length < 2) chooseLens(t, 'follow');
  else t.do({ do: 'choose', resources: here });
}

export function follow(t: Turn, key: string): void {
  if (t.s.detail === null) return;
  t.set({ part: null });
  t.keep({ lens: 'follow', followed: key });
  t.set({ facts: null });
  t.ask({ name: 'follow', program: t.s.detail.result.program, key });
  t.do({ do: 'redraw' }, { do: 'inspector' });
  t.say(pageWords(t.s));
}

/** The gutter of the editor shows the numbers that stand in the graph and in the timeline. */
export function tellSteps(t: Turn): void {
  const { detail, toldSteps } = t.s;
  if (detail === null) return;
  const lens = lensOf(t.s);
  const all = lens.id === 'path' ? stepsOf(detail.result, lens.path) : [];
  const steps = all.filter((x) => x.number > 0).map((x) => ({ insn: x.insn, number: x.number }));
  const told = steps.length === 0 ? '' : `${detail.result.program} ${JSON.stringify(steps)}`;
  if (toldSteps === told) return;
  t.set({ toldSteps: told });
  t.post({ type: 'steps', program: detail.result.program, steps });
}
