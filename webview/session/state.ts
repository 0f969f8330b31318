// SPDX-License-Identifier: GPL-2.0-only
/** The explorer's state, what can happen to it, and what is to be done then. Plain data. */
import type { InsnDifference } from '../../src/protocol/compare';
import type { ContextGraph, GraphEdge, GraphFunction, HeldResource } from '../../src/protocol/graph';
import type { Answered, Ask, Refusal } from '../../src/protocol/asks';
import type { FromWebview, PanelState, ToWebview } from '../../src/protocol/messages';
import type { InsnStates, ProgramDetail } from '../../src/protocol/model';
import type { FollowFacts, OriginView, PathView } from '../../src/protocol/path';
import type { CompareLook } from '../compare/look';
import type { LensId } from '../lens/types';
import type { RowMode } from '../model/rows';
import { NO_TRAIL, type Trail } from '../model/trail';
import { type Hits, NO_HITS } from '../toolbar/hits';
import type { ViewMemory } from './memory';

/** Edge or region that the inspector is about, beside the instruction. */
export type Part = { readonly edge: GraphEdge } | { readonly region: string };

/** Everything that the explorer knows. */
export interface Session {
  /** What is kept over reloads. */
  readonly memory: ViewMemory;
  /** What the host said last. */
  readonly panel: PanelState | null;
  /** What is drawn: result and graph. Stays while the host has none. */
  readonly detail: ProgramDetail | null;
  /** Graphs that came over, for tests. */
  readonly graphs: number;
  readonly fn: GraphFunction | null;
  /** States of the selected instruction, null until they come. */
  readonly states: InsnStates | null;
  /** Why they will not come, null while they may. */
  readonly noStates: Refusal | null;
  /** Which of them is shown. */
  readonly stateIndex: number;
  /** First instructions of folds that were opened. */
  readonly openFolds: ReadonlySet<number>;
  /** Functions that the overview shows as cards. */
  readonly closed: ReadonlySet<string>;
  readonly trail: Trail;
  readonly hits: Hits;
  readonly part: Part | null;
  /** Program that the memory was of when the panel began: its zoom and pan are of no other. */
  readonly remembered: string;
  /** A graph was drawn, so that zoom and pan are the person's. */
  readonly restored: boolean;
  /** Instruction to be shown once there is a graph. */
  readonly pendingReveal: number | null;
  /** What the host was told last of the steps of a path. */
  readonly toldSteps: string;
  readonly facts: FollowFacts | null;
  /** Path to the state that is shown, and the one to the rejection. */
  readonly path: PathView | null;
  readonly rejection: PathView | null;
  readonly origin: OriginView | null;
  /** Both answers by block, null while nothing is compared. */
  readonly look: CompareLook | null;
  /** Number of the difference at hand. */
  readonly difference: number;
  /** The timeline plays. */
  readonly playing: boolean;
  /** The functions are what is drawn, not their blocks. */
  readonly staves: boolean;
  /** Two copies of a repeat of which the states on entry are compared, and what came of it. */
  readonly copies: Copies | null;
}

/** Copies by their first instructions. `number`: of the earlier one, the first being 1. */
export interface Copies {
  readonly insn: number;
  readonly before: number;
  readonly number: number;
  /** States that have come, by instruction. */
  readonly states: ReadonlyMap<number, InsnStates>;
  /** '' while it is not known. */
  readonly words: string;
}

/** A session at its beginning. */
export function startSession(memory: ViewMemory): Session {
  return {
    memory,
    panel: null,
    detail: null,
    graphs: 0,
    fn: null,
    states: null,
    noStates: null,
    stateIndex: 0,
    openFolds: new Set(),
    closed: new Set(),
    trail: NO_TRAIL,
    hits: NO_HITS,
    part: null,
    remembered: memory.program,
    restored: false,
    pendingReveal: null,
    toldSteps: '',
    facts: null,
    path: null,
    rejection: null,
    origin: null,
    look: null,
    difference: 0,
    playing: false,
    staves: false,
    copies: null,
  };
}

/** What the host says by itself. */
export type HostMessage = Exclude<ToWebview, { readonly id: number } | { readonly type: 'graphPart' }>;

/** What happens: the host says something, or the person does something. */
export type Event =
  | { readonly type: 'host'; readonly message: HostMessage }
  /** A question was answered, or will not be. */
  | { readonly type: 'answered'; readonly ask: Ask; readonly answer: Answered }
  | { readonly type: 'refused'; readonly ask: Ask; readonly reason: Refusal }
  /** Something that only the host carries out. */
  | { readonly type: 'tell'; readonly message: FromWebview }
  | { readonly type: 'select'; readonly insn: number; readonly announce: boolean; readonly reveal: boolean }
  /** A step of the timeline; `state` −1 where none was kept. */
  | { readonly type: 'step'; readonly insn: number; readonly state: number; readonly words: string }
  | { readonly type: 'playing'; readonly on: boolean }
  | { readonly type: 'travel'; readonly by: 1 | -1 }
  /** Into the function that an instruction calls. */
  | { readonly type: 'enter'; readonly insn: number }
  /** To the rejected instruction; else nothing is selected. */
  | { readonly type: 'verdict' }
  /** To where the worst of what is held was taken. */
  | { readonly type: 'taken' }
  | { readonly type: 'source'; readonly insn: number | null }
  | { readonly type: 'state'; readonly index: number }
  | { readonly type: 'stateBy'; readonly by: 1 | -1 }
  | { readonly type: 'sayWhy' }
  | { readonly type: 'origin'; readonly register: number }
  | { readonly type: 'part'; readonly part: Part }
  /** A function of the list, by its first instruction; null for all of them. */
  | { readonly type: 'function'; readonly start: number | null }
  /** The view moved to another function. */
  | { readonly type: 'adopt'; readonly name: string }
  | { readonly type: 'toggleFunction'; readonly name: string }
  | { readonly type: 'viewed'; readonly zoom: number; readonly pan: { readonly x: number; readonly y: number } }
  /** The view is at another level; `staves`: that of functions. */
  | { readonly type: 'level'; readonly words: string; readonly staves: boolean }
  /** Something opened or closed in place, and how that is said. */
  | { readonly type: 'opened'; readonly words: string }
  /** A copy of a repeat is shown that has another one before it; null: none is. */
  | { readonly type: 'copies'; readonly pair: Pick<Copies, 'insn' | 'before' | 'number'> | null }
  | { readonly type: 'rows'; readonly mode: RowMode | null }
  | { readonly type: 'openFold'; readonly insn: number }
  | { readonly type: 'fold'; readonly node: string }
  | { readonly type: 'foldAll' }
  | { readonly type: 'lens'; readonly id: LensId }
  | { readonly type: 'follow'; readonly key: string }
  | { readonly type: 'askFollow' }
  | { readonly type: 'search'; readonly text: string }
  /** Nothing was typed for a while. */
  | { readonly type: 'settled' }
  | { readonly type: 'hit'; readonly by: 1 | -1 }
  /** The next difference or hit, whatever there is. */
  | { readonly type: 'found'; readonly by: 1 | -1 }
  | { readonly type: 'difference'; readonly by: 1 | -1 }
  | { readonly type: 'pick'; readonly at: number }
  | { readonly type: 'toggleInspector' }
  | { readonly type: 'openInspector' }
  | { readonly type: 'section'; readonly name: string; readonly open: boolean }
  | { readonly type: 'width'; readonly width: number }
  | { readonly type: 'hideLegend' }
  | { readonly type: 'escape' };

/** What is to be done on the page or told to the host, in this order. Views read the session as it is then. */
export type Effect =
  | { readonly do: 'post'; readonly message: FromWebview }
  | { readonly do: 'ask'; readonly ask: Ask }
  | { readonly do: 'say'; readonly text: string }
  | { readonly do: 'remember' }
  /** Policies, before a graph; verdict, banner and what stands in place of a picture, after it. */
  | { readonly do: 'policies' | 'chrome' }
  /** There is a picture: what stood in its place goes. */
  | { readonly do: 'uncover' }
  | { readonly do: 'redraw' | 'inspector' | 'lists' | 'hits' | 'rows' | 'panes' | 'legend' }
  /** Drawing and tree go with the selection. */
  | { readonly do: 'select'; readonly insn: number | null; readonly reveal: boolean }
  /** The tree shows the function that the view moved to. */
  | { readonly do: 'tree' }
  | { readonly do: 'view'; readonly zoom: number; readonly pan: { readonly x: number; readonly y: number } }
  | { readonly do: 'blocks' }
  | { readonly do: 'highlight'; readonly insns: readonly number[] }
  | { readonly do: 'scroll'; readonly to: 'top' | 'difference' }
  | { readonly do: 'focusWhy' }
  | { readonly do: 'choose'; readonly resources: readonly HeldResource[] }
  | { readonly do: 'settle' }
  | { readonly do: 'stop' }
  | { readonly do: 'command'; readonly command: string };

/** The graph that is drawn, null while there is none. */
export function graphOf(s: Session): ContextGraph | null {
  return s.detail?.graph ?? null;
}

/** Differences of the comparison, most important first. */
export function differencesOf(s: Session): readonly InsnDifference[] {
  return s.panel?.compare?.comparison?.differences ?? [];
}

/** Whether another policy is compared with. */
export function isComparing(s: Session): boolean {
  return s.panel?.compare != null;
}
