// SPDX-License-Identifier: GPL-2.0-only
/** A lens: one question asked of the whole graph. What it answers is data; drawing happens elsewhere. */
import type { LensId } from '../../src/contributions/lenses';
import type { HeldResource } from '../../src/protocol/graph';
import type { Glyph } from '../../src/marks/glyphs';
import type { PathView } from '../../src/protocol/path';

export { type LensId, LENSES } from '../../src/contributions/lenses';

/** A small label in a row. */
export interface LensTag {
  readonly text: string;
  readonly kind: 'plain' | 'guilty' | 'step';
}

/** How often a block was visited, and what that is among the others. */
export interface Heat {
  readonly visits: number;
  /** 0 to 5: how many thresholds it reaches. */
  readonly step: number;
  /** 0 to 1 of the most visited block. */
  readonly share: number;
}

/** How an edge looks: hollow thread, red thread, the path, its last part. */
export type EdgeLook = 'thread' | 'leak' | 'path' | 'path-end';

/** One line of a list in the inspector. */
export interface ListRow {
  /** Where a click leads; null for plain text. */
  readonly insn: number | null;
  readonly head: string;
  readonly text: string;
  readonly right?: string;
  readonly glyph?: Glyph;
  readonly guilty?: boolean;
  /** Share of a bar, 0 to 1. */
  readonly bar?: number;
  /** Place on the line of a life. */
  readonly mark?: 'start' | 'dot' | 'split' | 'end' | 'leak';
}

export interface ListSection {
  /** What it is remembered by when it is closed. */
  readonly name: string;
  readonly title: string;
  readonly right: string;
  readonly rows: readonly ListRow[];
  readonly note?: string;
}

/** What the inspector shows of a lens. */
export interface LensPage {
  readonly title: string;
  readonly chip?: HeldResource;
  readonly text: string;
  readonly sections: readonly ListSection[];
}

export interface LensView {
  readonly id: LensId;
  readonly regions: 'full' | 'outline' | 'off';
  /** Blocks that the lens is about; the others fade. Null: none fades. */
  readonly focus: ReadonlySet<string> | null;
  /** Instructions with a row of their own and a light behind it. */
  readonly marked: ReadonlySet<number>;
  /** All other rows are folded. */
  readonly foldRest: boolean;
  readonly tags: ReadonlyMap<number, readonly LensTag[]>;
  /** Further class of a block's card. */
  readonly blocks: ReadonlyMap<string, string>;
  readonly heat: ReadonlyMap<string, Heat> | null;
  /** Thresholds of the heat, in visits. */
  readonly scale: readonly number[];
  /** By `from>to`. */
  readonly edges: ReadonlyMap<string, EdgeLook>;
  readonly page: LensPage | null;
  readonly path: PathView | null;
}

/** A lens that changes nothing. */
export const PLAIN: LensView = {
  id: 'contexts',
  regions: 'full',
  focus: null,
  marked: new Set(),
  foldRest: false,
  tags: new Map(),
  blocks: new Map(),
  heat: null,
  scale: [],
  edges: new Map(),
  page: null,
  path: null,
};

/** Name of an edge in {@link LensView.edges}. */
export function edgeKey(e: { readonly from: string; readonly to: string }): string {
  return `${e.from}>${e.to}`;
}
