// SPDX-License-Identifier: GPL-2.0-only
/** What keys and commands of the palette ask for, by name. */
import type { GraphView } from './drawing/graph-view';
import { LENSES } from './lens/types';
import type { Event, Session } from './session/state';
import type { Timeline } from './timeline/timeline';
import type { Toolbar } from './toolbar/toolbar';
import { MOVES } from './tree/keys';
import { keysDialog } from './tree/keys-dialog';
import type { GraphTree } from './tree/tree';

/** Factor of one step of zoom. */
export const ZOOM_STEP = 1.2;

export type Actions = Readonly<Record<string, () => void>>;

/** Parts that carry out what is not the session's. */
interface Parts {
  readonly graph: GraphView;
  readonly tree: GraphTree;
  readonly timeline: Timeline;
  readonly toolbar: Toolbar;
}

/** Over functions opens the one that is selected, then the piece of it; else opens the folded row at the selection; where there is none, goes to the sentence that says why. */
function why({ graph }: Parts, { memory }: Session, on: (event: Event) => void): void {
  if (graph.openAt(memory.selected, false)) return;
  const fold = memory.selected === null ? null : graph.foldAt(memory.selected);
  on(fold === null ? { type: 'openInspector' } : { type: 'openFold', insn: fold });
}

function showKeys({ tree }: Parts): void {
  const dialog = keysDialog();
  document.body.append(dialog);
  dialog.addEventListener('close', () => tree.focus());
  dialog.showModal();
}

export function actionsOf(parts: Parts, session: () => Session, on: (event: Event) => void): Actions {
  const { graph, tree, timeline, toolbar } = parts;
  return {
    nextState: () => on({ type: 'stateBy', by: 1 }),
    previousState: () => on({ type: 'stateBy', by: -1 }),
    zoomIn: () => graph.zoomBy(ZOOM_STEP),
    zoomOut: () => graph.zoomBy(1 / ZOOM_STEP),
    fit: () => graph.fit(),
    actualSize: () => graph.zoomTo(1),
    rows: () => on({ type: 'rows', mode: null }),
    failing: () => on({ type: 'verdict' }),
    search: () => toolbar.openSearch(),
    why: () => why(parts, session(), on),
    sayWhy: () => on({ type: 'sayWhy' }),
    openAlso: () => void graph.openAt(session().memory.selected, true),
    nextCopy: () => void graph.scene.stepCopy(session().memory.selected, 1),
    previousCopy: () => void graph.scene.stepCopy(session().memory.selected, -1),
    back: () => on({ type: 'travel', by: -1 }),
    taken: () => on({ type: 'taken' }),
    source: () => on({ type: 'source', insn: null }),
    follow: () => on({ type: 'askFollow' }),
    nextDifference: () => on({ type: 'found', by: 1 }),
    previousDifference: () => on({ type: 'found', by: -1 }),
    stepOn: () => timeline.step(1),
    stepBack: () => timeline.step(-1),
    play: () => {
      if (!graph.keepPeek() && timeline.shown) timeline.togglePlay();
    },
    keys: () => showKeys(parts),
    inspector: () => on({ type: 'toggleInspector' }),
    escape: () => on({ type: 'escape' }),
    ...Object.fromEntries(MOVES.map((move) => [move, () => void tree.go(move)])),
    ...Object.fromEntries(LENSES.map((id) => [`lens.${id}`, () => on({ type: 'lens', id })])),
  };
}
