// SPDX-License-Identifier: GPL-2.0-only
/** Names of types in CO-RE: `name___flavor` stands for `name`. Rules: `tools/lib/bpf/libbpf.c: bpf_core_essential_name_len`. */
import type { Btf, BtfType } from '../../btf/types';
import { isAnyEnum } from '../../btf/util';

/** The name without its flavor: what follows the last `___` between characters that are no underscores. */
export function essentialName(name: string): string {
  for (let at = name.length - 5; at >= 0; at -= 1) {
    if (name[at] !== '_' && name.startsWith('___', at + 1) && name[at + 4] !== '_') {
      return name.slice(0, at + 1);
    }
  }
  return name;
}

/** True when two kinds may stand for each other: the same, or enums of different width. */
export function kindsCompatible(a: BtfType, b: BtfType): boolean {
  return a.kind === b.kind || (isAnyEnum(a) && isAnyEnum(b));
}

/** Own types of each BTF whose name has a flavor, ascending. BTFs do not change, so they are searched once. */
const flavored = new WeakMap<Btf, readonly number[]>();

/** Ids that a BTF itself defines (not its base) whose name contains `___`. */
export function flavoredIds(btf: Btf): readonly number[] {
  let ids = flavored.get(btf);
  if (ids === undefined) {
    ids = btf.ownIdsContaining?.('___') ?? scan(btf);
    flavored.set(btf, ids);
  }
  return ids;
}

function scan(btf: Btf): number[] {
  const ids: number[] = [];
  for (let id = btf.startId; id < btf.endId; id += 1) {
    if (btf.type(id)!.name.includes('___')) {
      ids.push(id);
    }
  }
  return ids;
}
