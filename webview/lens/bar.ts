// SPDX-License-Identifier: GPL-2.0-only
/** The six lenses as a row of buttons of which one is pressed. */
import { oneLine } from '../../src/protocol/escape';
import { h, s } from '../page/dom';
import { LENS_WORDS } from '.';
import { type LensId, LENSES } from './types';

export interface LensBar {
  readonly element: HTMLElement;
  set(id: LensId, follow: string): void;
}

export function lensBar(onChoose: (id: LensId) => void): LensBar {
  const names = new Map<LensId, HTMLElement>();
  const buttons = LENSES.map((id, i) => {
    const { name, hint, icon } = LENS_WORDS[id];
    const text = h('span', { class: 'name' }, name);
    names.set(id, text);
    return h(
      'button',
      {
        type: 'button',
        class: 'segment lens',
        'data-lens': id,
        title: `${hint} (${i + 1})`,
        'aria-label': name,
        'aria-pressed': 'false',
        onclick: () => onChoose(id),
      },
      s(
        'svg',
        { class: 'lens-icon', width: 13, height: 13, viewBox: '0 0 14 14', 'aria-hidden': 'true' },
        s('path', { d: icon, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.3, 'stroke-linejoin': 'round' }),
      ),
      text,
    );
  });
  return {
    element: h('div', { class: 'segments lenses', role: 'group', 'aria-label': 'Lens' }, ...buttons),
    set(id, follow) {
      for (const b of buttons) b.setAttribute('aria-pressed', String(b.dataset['lens'] === id));
      const name = id === 'follow' && follow !== '' ? `Follow ${follow}` : LENS_WORDS.follow.name;
      names.get('follow')!.textContent = oneLine(name);
      buttons[LENSES.indexOf('follow')]!.setAttribute('aria-label', oneLine(name));
    },
  };
}
