// SPDX-License-Identifier: GPL-2.0-only
/** What is drawn, and what of it is told back. */
import type { ContextGraph, GraphEdge, GraphFunction } from '../../src/protocol/graph';
import type { CompareLook } from '../compare/look';
import type { PathLeg } from '../large/failing-path';
import type { LensView } from '../lens/types';
import type { Diagram } from './diagram';
import type { CopyPair } from './in-place';
import type { Steps } from './later';
import type { Level } from './levels';
import type { Way } from './pieces';

export interface Picture {
  readonly graph: ContextGraph;
  readonly fn: GraphFunction;
  /** Overview of all functions instead of one. */
  readonly all: boolean;
  /** Functions that the overview shows as cards. */
  readonly closed: ReadonlySet<string>;
  /** Detailed layout of a function, made when it is needed. */
  readonly diagram: (fn: GraphFunction) => Steps<Diagram>;
  readonly lens: LensView;
  readonly compare: CompareLook | null;
  readonly selected: number | null;
  /** The failing path through the functions; empty where there is none. */
  readonly legs: readonly PathLeg[];
  readonly way: Way;
  /** How the states of a shown copy differ from those of the one before; '' while that is not known. */
  readonly copyWords: string;
}

export interface GraphViewHandlers {
  readonly onSelect: (insn: number) => void;
  /** Selects an instruction and brings it into view, in another function perhaps. */
  readonly onGo: (insn: number) => void;
  readonly onOpenFold: (insn: number) => void;
  readonly onFoldBlock: (node: string) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onFollow: (key: string) => void;
  readonly onEdge: (edge: GraphEdge) => void;
  readonly onRegion: (key: string) => void;
  /** Into what an instruction calls. */
  readonly onEnter: (insn: number) => void;
  /** The view moved to another function, or opens or closes one. */
  readonly onFunction: (name: string) => void;
  readonly onToggleFunction: (name: string) => void;
  /** `staves`: functions are what is drawn, with what is open below them. */
  readonly onViewChange: (zoom: number, pan: { x: number; y: number }, level: Level, staves: boolean) => void;
  /** Something opened or closed in place, and how that is said. */
  readonly onOpened: (words: string) => void;
  /** Copies of which the states are to be compared; null for none. */
  readonly onCopies: (pair: CopyPair | null) => void;
}
