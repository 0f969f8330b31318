// SPDX-License-Identifier: GPL-2.0-only
import type { Staves } from '../large/layout';

const MOVE_MS = 180;
/** With more elements nothing moves by itself. */
const STILL_FROM = 600;

/** Staves that stand elsewhere than before go there, unless that is much, or motion is not wanted. `before`: where each stood, by its function. */
export function settle(stage: HTMLElement, { boxes }: Staves, before: ReadonlyMap<string, number>): void {
  if (before.size === 0 || document.body.classList.contains('vscode-reduce-motion')) return;
  if (matchMedia('(prefers-reduced-motion: reduce)').matches || stage.querySelectorAll('*').length > STILL_FROM) return;
  const moved = new Map(boxes.map((b) => [b.stave.fn.name, (before.get(b.stave.fn.name) ?? b.y) - b.y]));
  for (const el of stage.querySelectorAll<SVGElement | HTMLElement>('.stave, .opened-function')) {
    const by = moved.get(el.dataset['fn'] ?? '') ?? 0;
    if (by !== 0) el.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }], { duration: MOVE_MS, easing: 'ease-out' });
  }
}
