// SPDX-License-Identifier: GPL-2.0-only
/** Rows of a block: which instructions are shown, which are folded. Pure, so that it can be tested without a browser. */
import type { GraphInsn, GraphNode } from '../../src/protocol/graph';
import { isCall, leadsElsewhere } from '../../src/protocol/insns';

export const ROW_MODES = ['c', 'key', 'all'] as const;
export type RowMode = (typeof ROW_MODES)[number];

export type Row =
  | { readonly kind: 'insn'; readonly insn: GraphInsn }
  /** Several instructions behind one row; `next` is the one after them. What it says is {@link foldText}. */
  | { readonly kind: 'fold'; readonly insns: readonly GraphInsn[]; readonly next: GraphInsn | undefined }
  /** A C line; `insns` are those made from it here. */
  | { readonly kind: 'c'; readonly insns: readonly GraphInsn[]; readonly text: string; readonly line: number };

type Fold = Extract<Row, { readonly kind: 'fold' }>;

const heldKeys = (insn: GraphInsn): string => insn.held.map((x) => `${x.key}${x.inStates < insn.states ? '?' : ''}`).join(' ');

/** Instructions that change held or sleep, or decide where to go. */
function isKey(insn: GraphInsn): boolean {
  return insn.rejected || insn.effects.length > 0 || insn.demands.length > 0 || leadsElsewhere(insn);
}

/** Whether two neighbours may stand in one row: one glyph and one set of rails must hold for both. */
function alike(a: GraphInsn, b: GraphInsn): boolean {
  if (a.maySleep !== b.maySleep || a.mayFault !== b.mayFault || a.visit !== b.visit) return false;
  return (a.held.length === 0 && b.held.length === 0) || heldKeys(a) === heldKeys(b);
}

/** The C line when the run is its rest, `sets r1, r2` otherwise. */
export function foldText({ insns: run, next }: Fold): string {
  const first = run[0]!.source;
  const ends = next?.source?.line !== first?.line || next?.source?.file !== first?.file;
  if (first !== null && ends && run.every((i) => i.source?.line === first.line && i.source.file === first.file))
    return `${run.length} · ${first.text.trim()}`;
  const set = new Set(run.filter((i) => !isCall(i)).flatMap((i) => i.operation.writes.map((r) => `r${r}`)));
  return set.size === 0 ? `${run.length} more` : `${run.length} · sets ${[...set].join(', ')}`;
}

/** What a lens, a path or a search names: these instructions get rows of their own. */
export interface RowWish {
  readonly marked: ReadonlySet<number>;
  /** Nothing else has a row of its own. */
  readonly foldRest: boolean;
}

const NO_WISH: RowWish = { marked: new Set(), foldRest: false };

/** The rows of a block. `open` holds the first instruction numbers of folds that were opened in place. */
export function rowsOf(node: GraphNode, mode: RowMode, open: ReadonlySet<number>, wish: RowWish = NO_WISH): Row[] {
  const insns = node.instructions;
  if (mode === 'all') return insns.map((insn) => ({ kind: 'insn', insn }));
  if (mode === 'c') {
    const rows: Row[] = [];
    let run: GraphInsn[] = [];
    const flush = (): void => {
      const src = run[0]?.source;
      if (src === undefined) return;
      if (src === null) rows.push(...run.map((insn): Row => ({ kind: 'insn', insn })));
      else rows.push({ kind: 'c', insns: run, text: src.text.trim(), line: src.line });
      run = [];
    };
    for (const insn of insns) {
      if (run.length > 0 && (run[0]!.source?.line !== insn.source?.line || run[0]!.source?.file !== insn.source?.file)) flush();
      run.push(insn);
    }
    flush();
    return rows;
  }
  const rows: Row[] = [];
  let run: GraphInsn[] = [];
  const flush = (next: GraphInsn | undefined): void => {
    if (run.length === 1 || (run.length > 1 && open.has(run[0]!.index))) rows.push(...run.map((insn): Row => ({ kind: 'insn', insn })));
    else if (run.length > 1) rows.push({ kind: 'fold', insns: run, next });
    run = [];
  };
  for (const insn of insns) {
    if (wish.marked.has(insn.index) || (wish.foldRest ? insn.rejected : isKey(insn))) {
      flush(insn);
      rows.push({ kind: 'insn', insn });
      continue;
    }
    if (run.length > 0 && !alike(run[run.length - 1]!, insn)) flush(insn);
    run.push(insn);
  }
  flush(undefined);
  return rows;
}

/** Instructions behind a row. */
export function insnsOf(row: Row): readonly GraphInsn[] {
  return row.kind === 'insn' ? [row.insn] : row.insns;
}
