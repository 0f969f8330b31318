// SPDX-License-Identifier: GPL-2.0-only
import { INSN_LIMIT } from '../../src/protocol/limits';
import type { FromWebview } from '../../src/protocol/messages';
import { button } from '../page/controls';
import { h } from '../page/dom';

const STAGES = {
  compile: ['Compiling', 'Compiled'],
  load: ['Loading and relocating', 'Loaded and relocated'],
  verify: ['Verifying', 'Verified'],
  graph: ['Drawing', 'Drawn'],
} as const;
export type LoadingStage = keyof typeof STAGES;

/** An analysis that runs: four stages with their times, and the share of the kernel's limit that is used. */
export class Loading {
  readonly element: HTMLElement;
  private readonly rows = new Map<
    LoadingStage,
    { readonly line: HTMLElement; readonly sign: HTMLElement; readonly name: HTMLElement; readonly what: HTMLElement }
  >();
  private readonly title = h('h2', { role: 'status' });
  private readonly bar = h(
    'div',
    {
      class: 'bar',
      role: 'progressbar',
      'aria-label': 'Share of the kernel’s instruction limit',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    h('span', {}),
  );
  private readonly began = new Map<LoadingStage, number>();
  private at: LoadingStage | null = null;

  constructor(post: (message: FromWebview) => void) {
    const list = h('ol', { class: 'stages' });
    for (const stage of Object.keys(STAGES) as LoadingStage[]) {
      const parts = {
        line: h('li', {}),
        sign: h('span', { class: 'stage-sign', 'aria-hidden': 'true' }),
        name: h('span', { class: 'stage-name' }),
        what: h('span', { class: 'dim' }),
      };
      parts.line.append(parts.sign, parts.name, parts.what);
      this.rows.set(stage, parts);
      list.append(parts.line);
    }
    this.element = h(
      'div',
      { class: 'notice loading' },
      this.title,
      list,
      this.bar,
      h('p', { class: 'dim' }, 'bar: share of the kernel’s limit used'),
      button('Cancel', () => post({ type: 'cancel' }), { secondary: true }),
    );
    this.element.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') post({ type: 'cancel' });
    });
  }

  /** A stage and its progress: 0 to 1 of the limit, −1 unknown. */
  update(stage: LoadingStage, progress: number, now = performance.now()): void {
    const order = Object.keys(STAGES) as LoadingStage[];
    // what begins anew after a later stage was shown: the later ones have not begun
    for (const later of order.slice(order.indexOf(stage) + 1)) this.began.delete(later);
    if (!this.began.has(stage)) this.began.set(stage, now);
    this.at = stage;
    const text = `${STAGES[stage][0]}…`;
    if (this.title.textContent !== text) this.title.textContent = text;
    const current = order.indexOf(stage);
    order.forEach((s, i) => {
      const { line, sign, name, what } = this.rows.get(s)!;
      const state = i < current ? 'done' : i === current ? 'now' : 'later';
      line.className = state;
      sign.textContent = state === 'done' ? '✓' : state === 'now' ? '' : '○';
      name.textContent = STAGES[s][state === 'done' ? 1 : 0];
      what.textContent = this.words(s, order[i + 1], state, progress);
    });
    this.bar.hidden = progress < 0;
    if (progress < 0) this.bar.removeAttribute('aria-valuenow');
    else this.bar.setAttribute('aria-valuenow', String(Math.round(progress * 100)));
    this.bar.querySelector('span')!.style.width = `${Math.max(2, progress * 100)}%`;
  }

  private words(stage: LoadingStage, next: LoadingStage | undefined, state: string, progress: number): string {
    if (state === 'now')
      return stage === 'verify' && progress >= 0
        ? `${Math.round(progress * INSN_LIMIT).toLocaleString('en')} of at most ${INSN_LIMIT.toLocaleString('en')}`
        : '';
    const from = this.began.get(stage);
    // a stage that was over before anybody looked has no time
    const to = next === undefined ? undefined : (this.began.get(next) ?? (this.at === null ? undefined : this.began.get(this.at)));
    return state === 'done' && from !== undefined && to !== undefined ? `${((to - from) / 1000).toFixed(1)} s` : '';
  }
}
