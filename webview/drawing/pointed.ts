// SPDX-License-Identifier: GPL-2.0-only
/** What of the drawing at the level Instructions an event is about. */

export type Pointed =
  /** A resource's chip, in a head or in a label. */
  | { readonly kind: 'chip'; readonly key: string }
  | { readonly kind: 'region'; readonly key: string }
  /** `fold`: a folded row, which stands for several instructions. */
  | { readonly kind: 'row'; readonly insn: number; readonly fold: boolean }
  /** `head`: on the block's head line. */
  | { readonly kind: 'card'; readonly node: string; readonly head: boolean };

/** The innermost thing at an element, null for the background. */
export function pointedAt(target: Element): Pointed | null {
  const at = (selector: string): HTMLElement | null => target.closest<HTMLElement>(selector);
  const chip = at('.card-head .chip, .region-label .chip')?.dataset['key'];
  if (chip !== undefined) return { kind: 'chip', key: chip };
  const region = at('.region-label')?.dataset['key'];
  if (region !== undefined) return { kind: 'region', key: region };
  const row = at('.row');
  if (row !== null) return { kind: 'row', insn: Number(row.dataset['insn']), fold: row.classList.contains('fold') };
  const node = at('.card')?.dataset['node'];
  return node === undefined ? null : { kind: 'card', node, head: at('.card-head') !== null };
}
