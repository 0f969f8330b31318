// SPDX-License-Identifier: GPL-2.0-only
import { LENS_NAMES } from '../../src/contributions/lenses';
import type { ContextGraph, HeldResource } from '../../src/protocol/graph';
import type { ProgramResult } from '../../src/protocol/model';
import type { FollowFacts, PathView } from '../../src/protocol/path';
import { followLens } from './follow';
import { heatLens } from './heat';
import { pathLens } from './path';
import { sleepLens, wouldSleepLens } from './sleep';
import { type LensId, type LensView, PLAIN } from './types';

/** What the lenses look at. */
export interface LensInput {
  readonly graph: ContextGraph;
  readonly result: ProgramResult;
  /** Resource that Follow is about, null while none is chosen. */
  readonly followed: HeldResource | null;
  readonly facts: FollowFacts | null;
  /** Path that the Path lens shows. */
  readonly path: PathView | null;
  /** Path to the rejection, if it is known. */
  readonly rejection: PathView | null;
}

export const LENS_WORDS: Readonly<
  Record<LensId, { readonly name: string; readonly hint: string; /** Path on a grid of 14 × 14, stroked. */ readonly icon: string }>
> = {
  contexts: {
    name: LENS_NAMES.contexts,
    hint: 'What is held, and where sleeping is forbidden',
    icon: 'M7 1.2 12.2 3V7C12.2 10 10 12 7 13 4 12 1.8 10 1.8 7V3Z',
  },
  sleep: { name: LENS_NAMES.sleep, hint: 'Where sleeping is allowed', icon: 'M10.2 1.2A6 6 0 1 0 13 9.6 5 5 0 0 1 10.2 1.2Z' },
  follow: {
    name: `${LENS_NAMES.follow}…`,
    hint: 'The life of one held resource',
    icon: 'M12.5 7A5.5 5.5 0 1 1 1.5 7A5.5 5.5 0 1 1 12.5 7M9.5 7A2.5 2.5 0 1 1 4.5 7A2.5 2.5 0 1 1 9.5 7',
  },
  would: { name: LENS_NAMES.would, hint: 'All calls that may sleep or fault', icon: 'M1 6H5.5L1 12H5.5M7 2H13L7 9H13' },
  path: { name: LENS_NAMES.path, hint: 'The way to the rejection, or to a state', icon: 'M3.5 1.8 12 7 3.5 12.2Z' },
  heat: {
    name: LENS_NAMES.heat,
    hint: 'How often each block was visited',
    icon: 'M7 1C8 4 11.5 5.5 11.5 9A4.5 4.5 0 0 1 2.5 9C2.5 7 4 6 4.5 4.5 5.5 5.5 5.8 6.2 5.8 7 6.8 5.5 7.2 3.5 7 1Z',
  },
};

/** The graph through a lens. */
export function lensView(id: LensId, input: LensInput): LensView {
  switch (id) {
    case 'contexts':
      return PLAIN;
    case 'sleep':
      return sleepLens(input.graph);
    case 'follow':
      return input.followed === null
        ? { ...PLAIN, id: 'follow', page: { title: 'Follow', text: 'Choose a resource: click its chip, or one of these.', sections: [] } }
        : followLens(input.graph, input.result, input.followed, input.facts, input.rejection);
    case 'would':
      return wouldSleepLens(input.graph);
    case 'path':
      return pathLens(input.graph, input.result, input.path);
    case 'heat':
      return heatLens(input.graph, input.result);
  }
}
