// SPDX-License-Identifier: GPL-2.0-only
/** Programs with more blocks open at the level Functions. */
export const MANY_BLOCKS = 400;
