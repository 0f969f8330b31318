// SPDX-License-Identifier: GPL-2.0-only
import type { CompareView } from './compare/view';
import { lensPageElement } from './lens/page';
import { h } from './page/dom';
import { control } from './page/identity';
import { chip } from './page/marks';
import { allResources, lensOf } from './session/lenses';
import { partPage } from './session/selection';
import { isComparing, type Session } from './session/state';

/** Resources that Follow offers at most. */
const MOST_CHIPS = 24;

export interface AboveHandlers {
  readonly go: (insn: number) => void;
  readonly follow: (key: string) => void;
}

/** What stands above the instruction in the inspector: an edge or region, the comparison, or the page of the lens. */
export function above(session: Session, comparison: CompareView, handlers: AboveHandlers): HTMLElement | null {
  const part = partPage(session);
  if (part !== null) return lensPageElement(part, handlers.go);
  const { memory, panel } = session;
  if (isComparing(session) && panel !== null && memory.lens !== 'follow') return comparison.element(panel, session.difference);
  const { page } = lensOf(session);
  return page === null ? null : lensPageElement(page, handlers.go, memory.lens === 'follow' && resourceChips(session, handlers));
}

function resourceChips(session: Session, handlers: AboveHandlers): HTMLElement {
  const chips = allResources(session.detail!.graph)
    .slice(0, MOST_CHIPS)
    .map((x) =>
      h(
        'button',
        {
          type: 'button',
          class: 'chip-button',
          'aria-pressed': String(x.key === session.memory.followed),
          title: x.title,
          ...control('follow', x.key),
          onclick: () => handlers.follow(x.key),
        },
        chip(x, 1),
      ),
    );
  return h('div', { class: 'resources', role: 'group', 'aria-label': 'Resources' }, ...chips);
}
