// SPDX-License-Identifier: GPL-2.0-only
import type { PanelState } from '../../src/protocol/messages';
import { h } from '../page/dom';

/** The most severe banner of a state: failure, then stale, then unknown. Null for none. */
export function bannerOf(state: PanelState): { readonly kind: string; readonly content: (Node | string)[] } | null {
  const { error, stale, detail } = state;
  const edits = stale === null ? '' : `${stale.edits} edit${stale.edits === 1 ? '' : 's'} since`;
  if (error !== null && detail !== null) {
    const why = stale?.reason ?? error.message;
    return {
      kind: error.kind === 'internal' ? 'failed' : 'stale',
      content: [
        h('b', {}, `${error.title}.`),
        ` ${why} `,
        h(
          'span',
          { class: 'dim' },
          stale === null || stale.edits === 0 ? 'The last good picture is shown.' : `The last good picture is shown; ${edits}.`,
        ),
      ],
    };
  }
  if (stale !== null)
    return {
      kind: 'stale',
      content: [h('b', {}, 'Stale.'), ` ${stale.reason} `, h('span', { class: 'dim' }, `${edits}; save to verify again.`)],
    };
  if (detail?.result.verdict === 'unknown')
    return {
      kind: 'unknown',
      content: [
        h('b', {}, 'No verdict.'),
        ` ${detail.result.reason ?? ''} is not modelled; what is shown before that point stands, nothing is claimed after it.`,
      ],
    };
  return null;
}
