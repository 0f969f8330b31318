// SPDX-License-Identifier: GPL-2.0-only
/** What the inspector is given to show, and what can be done in it. */
import type { Refusal } from '../../src/protocol/asks';
import type { GraphInsn, GraphNode } from '../../src/protocol/graph';
import type { InsnStates, ProgramDetail } from '../../src/protocol/model';
import type { OriginView } from '../../src/protocol/path';

export interface InspectorHandlers {
  readonly onGo: (insn: number) => void;
  readonly onOpenSource: (insn: number) => void;
  readonly onState: (index: number) => void;
  readonly onBack: () => void;
  readonly onForward: () => void;
  readonly onCopy: (text: string) => void;
  /** Opens the page of a problem code. */
  readonly onProblem: (code: string) => void;
  readonly onFollow: (key: string) => void;
  /** Where does this register's value come from? */
  readonly onOrigin: (register: number) => void;
  /** A section was opened or closed. */
  readonly onFold: (name: string, open: boolean) => void;
}

export interface InspectorPicture {
  readonly detail: ProgramDetail;
  /** Path of the workspace folder, '' if there is none. */
  readonly folder: string;
  readonly node: GraphNode | null;
  readonly insn: GraphInsn | null;
  readonly states: InsnStates | null;
  /** Why there will be none, null while they may come. */
  readonly noStates: Refusal | null;
  readonly state: number;
  readonly canBack: boolean;
  readonly canForward: boolean;
  readonly origin: OriginView | null;
  /** Names of the sections that are closed. */
  readonly closed: readonly string[];
  /** What a lens or a comparison shows above. */
  readonly above: HTMLElement | null;
}
