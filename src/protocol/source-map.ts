// SPDX-License-Identifier: GPL-2.0-only
/** From names of source files as an object has them, which may have been built elsewhere, to paths that are here. Pure; paths have slashes. */

/** Names that begin with `from` are at `to`; both are whole folders or files. */
export interface PathRule {
  readonly from: string;
  readonly to: string;
}

/** A name as it is compared: slashes, without a leading `./`. */
export function plainName(file: string): string {
  return file.replace(/\\/g, '/').replace(/^(?:\.\/)+/, '');
}

/** The path of a recorded name by the first rule that fits; null if none does. */
export function mappedPath(name: string, rules: readonly PathRule[]): string | null {
  for (const { from, to } of rules) {
    if (name === from) return to;
    const folder = from.endsWith('/') ? from : `${from}/`;
    if (name.startsWith(folder)) return `${to.replace(/\/$/, '')}/${name.slice(folder.length)}`;
  }
  return null;
}

/** How many parts at the end two paths have in common. */
export function commonEnd(a: string, b: string): number {
  const [x, y] = [a.split('/'), b.split('/')];
  let count = 0;
  while (count < Math.min(x.length, y.length) && x.at(-1 - count) === y.at(-1 - count)) count += 1;
  return count;
}

/** How many parts at the beginning two paths have in common. */
function commonStart(a: string, b: string): number {
  const [x, y] = [a.split('/'), b.split('/')];
  let count = 0;
  while (count < Math.min(x.length, y.length) && x[count] === y[count]) count += 1;
  return count;
}

/**
 * The candidates that a recorded name most likely means, best first: the longest common end, then nearest to the object. Those that are as good
 * as each other come together, so that it is known when there are several.
 */
export function bestMatches(name: string, candidates: readonly string[], object: string): readonly string[] {
  const rank = (path: string): readonly [number, number] => [commonEnd(path, name), commonStart(path, object)];
  const ranked = candidates.map((path) => ({ path, rank: rank(path) }));
  let best: readonly [number, number] = [0, 0];
  for (const { rank: r } of ranked) if (r[0] > best[0] || (r[0] === best[0] && r[1] > best[1])) best = r;
  return ranked.filter(({ rank: [end, near] }) => end > 0 && end === best[0] && near === best[1]).map(({ path }) => path);
}

/** What one file that was found says of others that were built with it: the folders above what both names end with. */
export function ruleOf(name: string, path: string): PathRule {
  const end = commonEnd(name, path);
  const above = (p: string): string => p.split('/').slice(0, -end).join('/');
  // a name that is all of the end has no folder of its own to tell of
  return above(name) === '' ? { from: name, to: path } : { from: above(name), to: above(path) };
}
