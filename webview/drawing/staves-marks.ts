// SPDX-License-Identifier: GPL-2.0-only
/** Marks over strips that come and go: frames around what is in view, and what a search found. */
import type { Box } from '../large/layout';
import { count } from '../large/words';
import { s } from '../page/dom';

/** Marks nearer than this fall together, px. */
const NEAR = 6;

/** Where an instruction is on the page. */
export type Finder = (insn: number) => { readonly box: Box; readonly x: number } | null;

/** Frames around what is in view; what is near is one. */
export function viewMarks(boxOf: Finder, inView: readonly (readonly [number, number])[]): SVGElement[] {
  const out: { box: Box; from: number; to: number }[] = [];
  for (const [first, last] of inView) {
    const a = boxOf(first);
    const b = boxOf(last);
    if (a === null || b === null) continue;
    const to = b.x + b.box.scale;
    const top = out.find((o) => a.x <= o.to + NEAR && to >= o.from - NEAR);
    if (top === undefined) out.push({ box: a.box, from: a.x, to });
    else {
      top.from = Math.min(top.from, a.x);
      top.to = Math.max(top.to, to);
    }
  }
  return out.map(({ box, from, to }) =>
    s('rect', { class: 'in-view', x: from - 1, y: box.top - 7, width: Math.max(4, to - from + 2), height: box.sky + 12, rx: 2 }),
  );
}

/** Hits as outlined bars, the current one filled; near ones are one, with their number. */
export function hitMarks(boxOf: Finder, hits: readonly number[], selected: number | null): SVGElement[] {
  const groups: { box: Box; x: number; n: number; current: boolean }[] = [];
  for (const insn of hits) {
    const at = boxOf(insn);
    if (at === null) continue;
    const known = groups.find((g) => g.box === at.box && Math.abs(g.x - at.x) < NEAR);
    if (known === undefined) groups.push({ ...at, n: 1, current: insn === selected });
    else {
      known.n++;
      known.current ||= insn === selected;
    }
  }
  return groups.flatMap(({ box, x, n, current }) => [
    s('rect', { class: `hit${current ? ' current' : ''}`, x: x - 3, y: box.top - 3, width: 6, height: box.sky + 5, rx: 1.5 }),
    ...(n > 1 ? [s('text', { class: 'hit-count', x: x + 5, y: box.top - 3 }, `×${count(n)}`)] : []),
  ]);
}
