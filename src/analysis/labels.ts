// SPDX-License-Identifier: GPL-2.0-only
import type { LoadedObject, Program } from '../object/program';

const known = new WeakMap<LoadedObject, ReadonlyMap<Program, string>>();

/**
 * What the programs of an object are called outside: their names; where several have one name, section and place tell them apart,
 * `count (kprobe/a)`, `count (kprobe/b #2)`. No two are called the same.
 */
export function programLabels(object: LoadedObject): ReadonlyMap<Program, string> {
  const before = known.get(object);
  if (before !== undefined) return before;
  const tally = (names: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const n of names) counts.set(n, (counts.get(n) ?? 0) + 1);
    return counts;
  };
  const names = tally(object.programs.map((p) => p.name));
  const long = (p: Program): string => (names.get(p.name) === 1 ? p.name : `${p.name} (${p.section})`);
  const longs = tally(object.programs.map(long));
  const given = new Set<string>();
  const next = new Map<string, number>();
  const labels = new Map<Program, string>();
  for (const p of object.programs) {
    const base = long(p);
    let label = base;
    for (let n = next.get(base) ?? 1; longs.get(base) !== 1 || given.has(label); n++) {
      label = names.get(p.name) === 1 ? `${p.name} #${n}` : `${p.name} (${p.section} #${n})`;
      next.set(base, n + 1);
      if (!given.has(label)) break;
    }
    given.add(label);
    labels.set(p, label);
  }
  known.set(object, labels);
  return labels;
}

/** The programs that a person asks for by a name: of that name or label; all for ''. */
export function chosenPrograms(object: LoadedObject, name: string): readonly Program[] {
  if (name === '') return object.programs;
  const labels = programLabels(object);
  return object.programs.filter((p) => p.name === name || labels.get(p) === name);
}
