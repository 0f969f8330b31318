// SPDX-License-Identifier: GPL-2.0-only
/** Texts in which every instruction leads somewhere, and names of C stand in code font. */
import { h } from './dom';

/** Text with what stands between backticks in code font. */
export function coded(text: string): (Node | string)[] {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : h('code', { class: 'name' }, part)));
}

/** Text in which instruction numbers with a line, like "8 (line 18)", are links. */
export function linked(text: string, go: (insn: number) => void): (Node | string)[] {
  return text.split(/(\b\d+ \(line \d+\))/).flatMap((part, i) => {
    if (i % 2 === 0) return coded(part);
    const insn = Number(/^\d+/.exec(part)![0]);
    return [h('button', { type: 'button', class: 'link', onclick: () => go(insn) }, part)];
  });
}
