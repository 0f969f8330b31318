// SPDX-License-Identifier: GPL-2.0-only
import { Op } from './types';

/** Names of operations in policy files, parameters and listings → {@link Op} bits. `leave` is every way out of the program. */
export const OPS: ReadonlyMap<string, number> = new Map<string, number>([
  ['fault', Op.FAULT],
  ['sleep', Op.SLEEP | Op.FAULT],
  ['call', Op.CALL],
  ['global-call', Op.GLOBAL_CALL],
  ['leave', Op.LEAVE],
  ['exit', Op.EXIT],
  ['tail-call', Op.TAIL_CALL],
  ['throw', Op.THROW],
  ['ld-abs', Op.LD_ABS],
]);

/** Shortest names for a set of operations, in order of {@link OPS}. */
export function opNamesOf(bits: number): string[] {
  const names: string[] = [];
  let rest = bits;
  for (const [name, op] of [...OPS].sort((a, b) => weight(b[1]) - weight(a[1]))) {
    if ((bits & op) === op && (rest & op) !== 0) {
      names.push(name);
      rest &= ~op;
    }
  }
  const order = [...OPS.keys()];
  return names.sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

function weight(bits: number): number {
  let n = 0;
  for (let b = bits; b !== 0; b &= b - 1) n++;
  return n;
}

/**
 * What one held resource forbids, by name, in the order people read it: {@link opNamesOf} with `fault` beside `sleep`, and without what goes
 * without saying. Whatever is held must be given back before the program is left, so every way out at once tells nothing about one resource;
 * a single way out does. Where helpers and kfuncs are out, global functions are too.
 */
export function forbiddenNames(bits: number): string[] {
  const usual = ((bits & Op.LEAVE) === Op.LEAVE ? Op.LEAVE : 0) | ((bits & Op.CALL) !== 0 ? Op.GLOBAL_CALL : 0);
  const sleeps = (bits & Op.SLEEP) !== 0;
  return [...(sleeps ? ['fault'] : []), ...opNamesOf((bits | (sleeps ? Op.FAULT : 0)) & ~usual)];
}
