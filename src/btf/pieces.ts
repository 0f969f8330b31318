// SPDX-License-Identifier: GPL-2.0-only
/**
 * Has bytes of a buffer there that is filled piece by piece: called before any of them is looked at. Places count from the start of the buffer, so
 * that types and their indexes, which lie in one, have one of it.
 */
export type Need = (at: number, length: number) => void;

/** For bytes that are all there. */
export const ALL_THERE: Need = () => undefined;
