// SPDX-License-Identifier: GPL-2.0-only
import type { PanelState } from '../../src/protocol/messages';

/** A banner: headline, what there is to say, and what else. */
export interface Banner {
  readonly kind: 'failed' | 'stale' | 'unknown';
  readonly title: string;
  readonly text: string;
  readonly more: string;
}

/** The most severe banner of a state: failure, then stale, then unknown. Null for none. */
export function bannerOf(state: PanelState): Banner | null {
  const { error, stale, detail } = state;
  const edits = stale === null ? '' : `${stale.edits} edit${stale.edits === 1 ? '' : 's'} since`;
  if (error !== null && detail !== null)
    return {
      kind: error.kind === 'internal' ? 'failed' : 'stale',
      title: `${error.title}.`,
      text: stale?.reason ?? error.message,
      more: stale === null || stale.edits === 0 ? 'The last good picture is shown.' : `The last good picture is shown; ${edits}.`,
    };
  if (stale !== null) return { kind: 'stale', title: 'Stale.', text: stale.reason, more: `${edits}; save to verify again.` };
  if (detail?.result.verdict === 'unknown')
    return {
      kind: 'unknown',
      title: 'No verdict.',
      text: `${detail.result.reason ?? ''} is not modelled; what is shown before that point stands, nothing is claimed after it.`,
      more: '',
    };
  return null;
}
