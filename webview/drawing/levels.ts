// SPDX-License-Identifier: GPL-2.0-only
/** Levels of the semantic zoom. */

export type Level = 'functions' | 'chains' | 'blocks' | 'instructions';

/** Levels from the outermost, each with the zoom from which it is entered. */
const ENTERED: readonly (readonly [Level, number])[] = [
  ['functions', 0],
  ['chains', 0.2],
  ['blocks', 0.4],
  ['instructions', 0.82],
];
/** A level is left this much later than it is entered, so that nothing flickers. */
const LATER = 0.03;
/** Zooms are computed: what is meant to be 82 % may come out a little less. */
const SLACK = 1e-6;

/** Level at a zoom, given the one before (null at the start). */
export function levelAt(zoom: number, before: Level | null): Level {
  const plain = (z: number): number => ENTERED.reduce((best, [, from], i) => (z >= from - SLACK ? i : best), 0);
  const now = plain(zoom);
  const old = before === null ? now : ENTERED.findIndex(([level]) => level === before);
  return ENTERED[now < old ? Math.min(old, plain(zoom + LATER)) : now]![0];
}

/** Zoom at which a level begins. */
export function zoomOf(level: Level): number {
  return ENTERED.find(([l]) => l === level)![1];
}

/** Words for the scale. */
export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  functions: 'Functions',
  chains: 'Chains',
  blocks: 'Blocks',
  instructions: 'Instructions',
};
