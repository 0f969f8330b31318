// SPDX-License-Identifier: GPL-2.0-only
/** Texts in which every instruction leads somewhere, and names of C stand in code font. */
import { placeRefText, type Rich } from '../../src/protocol/rich';
import { h } from './dom';
import { control } from './identity';

/** Text with what stands between backticks in code font. */
export function coded(text: string): (Node | string)[] {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : h('code', { class: 'name' }, part)));
}

/** A sentence whose places are links. */
export function linked(text: Rich, go: (insn: number) => void): (Node | string)[] {
  return text.flatMap((part) =>
    typeof part === 'string'
      ? coded(part)
      : [h('button', { type: 'button', class: 'link', ...control('go', part.insn), onclick: () => go(part.insn) }, placeRefText(part))],
  );
}
