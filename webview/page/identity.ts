// SPDX-License-Identifier: GPL-2.0-only
/** Which control one is, however often it is drawn anew and whatever its text says by then: what it does, and to what. */

type Does =
  /** To an instruction of the graph, or to its C line. */
  | 'go'
  | 'open-source'
  /** By the key of a resource, the number of a register, the name of a section. */
  | 'follow'
  | 'origin'
  | 'fold'
  | 'back'
  | 'forward'
  | 'pin'
  | 'unpin'
  | 'previous-state'
  | 'next-state'
  | 'compare-states'
  | 'previous-difference'
  | 'next-difference'
  /** By the first instruction of a difference, the name of a program, a code, a policy. */
  | 'difference'
  | 'program'
  | 'problem'
  | 'use-policy'
  | 'compare-policy'
  | 'copy-message'
  | 'copy-markdown';

/** Attributes of a control, among those that `h` takes. */
export function control(does: Does, what: string | number = ''): { readonly 'data-control': string } {
  return { 'data-control': JSON.stringify([does, what]) };
}

/** Identity of an element; null if it has none. */
export function controlOf(el: Element): string | null {
  return el.getAttribute('data-control');
}
