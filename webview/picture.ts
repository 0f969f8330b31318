// SPDX-License-Identifier: GPL-2.0-only
import type { ContextGraph, GraphFunction } from '../src/protocol/graph';
import { diagramSteps } from './drawing/diagram';
import type { Picture } from './drawing/picture';
import { NO_WAY, type Way } from './drawing/pieces';
import { stepsOf } from './lens/path-steps';
import { lensOf } from './session/lenses';
import type { Session } from './session/state';
import { failingPath, type PathLeg } from './large/failing-path';

/** What the failing path was made from last, and what came of it. */
let made: { readonly key: readonly unknown[]; readonly legs: readonly PathLeg[]; readonly way: Way } | null = null;

function madeOf({ detail, rejection }: Session): { readonly legs: readonly PathLeg[]; readonly way: Way } {
  const key = [detail?.graph, detail?.result, rejection];
  if (detail === null) return { legs: [], way: NO_WAY };
  if (made !== null && made.key.every((x, i) => x === key[i])) return made;
  const legs = failingPath(detail.graph, detail.result, rejection);
  const wrong = rejection === null ? undefined : stepsOf(detail.result, rejection).find((x) => x.guilty && x.step !== null)?.step;
  const way = rejection === null || legs.length === 0 ? NO_WAY : { insns: rejection.insns, wrongFrom: wrong ?? Infinity };
  made = { key, legs, way };
  return made;
}

/** The failing path through the functions; made once as long as what it is made from stays. */
export const legsOf = (session: Session): readonly PathLeg[] => madeOf(session).legs;

const wayOf = (session: Session): Way => madeOf(session).way;

/** What of a session is drawn. */
export function pictureOf(session: Session, graph: ContextGraph, fn: GraphFunction): Picture {
  const { memory, look, hits } = session;
  const lens = lensOf(session);
  const differs = look === null ? undefined : new Set([...look.nodes].filter(([, x]) => x.kind !== 'same').map(([id]) => id));
  const edgeWords = look === null ? undefined : new Map([...look.edges].map(([key, by]) => [key, `taken only under ${by.toUpperCase()}`]));
  const marked = hits.insns.length > 0 ? new Set([...lens.marked, ...hits.insns]) : lens.marked;
  const folded = new Set(memory.folded);
  const options = {
    mode: memory.rows,
    open: session.openFolds,
    folded,
    wish: { marked, foldRest: lens.foldRest },
    footers: differs,
    edgeWords,
  };
  return {
    graph,
    fn,
    all: memory.all,
    closed: session.closed,
    diagram: (f) => diagramSteps(graph, f, options),
    lens,
    compare: look,
    selected: memory.selected,
    legs: legsOf(session),
    way: wayOf(session),
    copyWords: session.copies?.words ?? '',
  };
}
