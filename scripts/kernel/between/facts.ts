// SPDX-License-Identifier: GPL-2.0-only
/** Facts of a kernel without source that were found out, each with how. */

/** One fact. */
export interface Fact {
  /** Whose answer is right, or the right one itself. */
  readonly take: 'older' | 'newer' | { readonly value: unknown };
  /** How it was found out: what a kernel was asked and said, or what its type information shows. */
  readonly by: string;
}

/** Facts by path in the tables: `protos/bpf_d_path_proto`; a path ending in `/*` stands for all below it that have none of their own. */
export interface Facts {
  readonly version: string;
  readonly features: Readonly<Record<string, { readonly value: boolean; readonly by: string }>>;
  readonly tables: Readonly<Record<string, Fact>>;
}

/** Reads a file of facts. Throws for one that does not say how a fact is known. */
export function readFacts(text: string): Facts {
  const facts = JSON.parse(text) as Facts;
  for (const [path, fact] of [...Object.entries(facts.features), ...Object.entries(facts.tables)]) {
    if (fact.by.trim() === '') throw new Error(`${path}: how it is known is missing`);
  }
  return facts;
}

/** The fact for a path, itself or the nearest above it. */
export function factAt(facts: Facts, path: string): Fact | undefined {
  const own = facts.tables[path];
  if (own !== undefined) return own;
  const parts = path.split('/');
  for (let n = parts.length - 1; n > 0; n--) {
    const found = facts.tables[`${parts.slice(0, n).join('/')}/*`];
    if (found !== undefined) return found;
  }
  return undefined;
}
