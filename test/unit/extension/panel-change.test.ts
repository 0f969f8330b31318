// SPDX-License-Identifier: GPL-2.0-only
import { describe, expect, it } from 'vitest';
import { changeOf } from '../../../src/extension/panel-change';
import type { PanelState } from '../../../src/protocol/messages';
import { graphOf, insn, RESULT } from '../webview/graph';

const GRAPH = graphOf([[insn(0, 'exit')]], []);
const PICTURE: PanelState = {
  file: 'a.bpf.c',
  policies: [{ id: 'linux-7.3', title: '', description: '' }],
  policy: 'linux-7.3',
  programs: [RESULT],
  program: 'prog',
  detail: { result: RESULT, graph: GRAPH, offer: null },
  busy: null,
  stale: null,
  error: null,
  compare: null,
  singleKeys: true,
};

describe('what crosses to the panel', () => {
  it('is everything at first', () => expect(changeOf({}, PICTURE)).toEqual(PICTURE));

  it('is nothing when nothing is new, however it was put together', () => {
    expect(
      changeOf(PICTURE, {
        ...PICTURE,
        policies: [{ id: 'linux-7.3', title: '', description: '' }],
        detail: { result: RESULT, graph: GRAPH, offer: null },
      }),
    ).toBeNull();
  });

  it('is a note of progress without the graph', () => {
    const busy = { stage: 'verify', progress: 0.5 } as const;
    expect(changeOf(PICTURE, { ...PICTURE, busy })).toEqual({ busy });
    expect(changeOf({ ...PICTURE, busy }, { ...PICTURE, busy: { ...busy } })).toBeNull();
    expect(changeOf({ ...PICTURE, busy }, PICTURE)).toEqual({ busy: null });
  });

  it('is the age of what is shown for a keystroke', () => {
    const stale = { reason: 'edited', edits: 3 };
    expect(changeOf({ ...PICTURE, stale: { ...stale, edits: 2 } }, { ...PICTURE, stale })).toEqual({ stale });
  });

  it('is a graph again when it was made again', () => {
    const detail = { result: RESULT, graph: graphOf([[insn(0, 'exit')]], []), offer: null };
    expect(changeOf(PICTURE, { ...PICTURE, detail })).toEqual({ detail });
    expect(changeOf(PICTURE, { ...PICTURE, detail: null })).toEqual({ detail: null });
  });

  it('is a comparison once', () => {
    const comparison = { a: {}, b: {} } as unknown as NonNullable<NonNullable<PanelState['compare']>['comparison']>;
    const compare = { policy: 'forbid-fault', busy: false, comparison, programs: [], problem: '' };
    expect(changeOf(PICTURE, { ...PICTURE, compare })).toEqual({ compare });
    expect(changeOf({ ...PICTURE, compare }, { ...PICTURE, compare: { ...compare, programs: [] } })).toBeNull();
    expect(changeOf({ ...PICTURE, compare }, { ...PICTURE, compare: { ...compare, busy: true } })).toEqual({
      compare: { ...compare, busy: true },
    });
  });
});
