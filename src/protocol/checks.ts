// SPDX-License-Identifier: GPL-2.0-only
/** Checks of what comes from the other side of a message. Nothing here is taken on trust, and nothing is read deeper than it is used. */

/** Longest text that is taken, in characters. */
const MAX_TEXT = 1 << 20;

export const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> => typeof v === 'object' && v !== null && !Array.isArray(v);
export const isText = (v: unknown): v is string => typeof v === 'string' && v.length <= MAX_TEXT;
export const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);
export const isInteger = (v: unknown): v is number => Number.isSafeInteger(v);
export const isList = (v: unknown): v is readonly unknown[] => Array.isArray(v);
export const isListOf = (v: unknown, check: (x: unknown) => boolean, most = Infinity): boolean =>
  Array.isArray(v) && v.length <= most && v.every(check);
