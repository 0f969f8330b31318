// SPDX-License-Identifier: GPL-2.0-only
/** Texts in which every instruction leads somewhere. */
import { h } from './dom';

/** Text in which instruction numbers with a line, like "8 (line 18)", are links. */
export function linked(text: string, go: (insn: number) => void): (Node | string)[] {
  return text.split(/(\b\d+ \(line \d+\))/).map((part, i) => {
    if (i % 2 === 0) return part;
    const insn = Number(/^\d+/.exec(part)![0]);
    return h('button', { type: 'button', class: 'link', onclick: () => go(insn) }, part);
  });
}
