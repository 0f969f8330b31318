// SPDX-License-Identifier: GPL-2.0-only
/** What differs between the copies of a repeat, by name: operations that take turns, constants that go on, maps. Pure. */
import { spell } from '../../src/protocol/insns';
import type { Stave } from './program';
import { modelOf, type Repeat } from './repeats';

/** An instruction of a copy that is not the same in all. */
export interface Difference {
  /** Its number in the copy that stands for all. */
  readonly insn: number;
  /** Spellings, in order of their first copies. */
  readonly forms: readonly string[];
  /** Whether it does something else, and not only with another constant. */
  readonly operation: boolean;
}

/** Copies that are looked at, and forms that are told, at most. */
const MOST_COPIES = 400;
const MOST_FORMS = 3;

/** Differences of a repeat, operations first. Where instructions jump to differs always and is not told. Peeled copies are not looked at. */
export function differences({ code }: Pick<Stave, 'code'>, r: Repeat): readonly Difference[] {
  const model = modelOf(r);
  const copies = Math.min(MOST_COPIES, r.copies - r.before - r.after);
  const varies = new Set(r.varies);
  const out: Difference[] = [];
  for (let i = 0; i < r.length; i++) {
    const first = code.insns[model + i]!;
    if (first.operation.targets.length > 0) continue;
    const forms = new Set<string>();
    for (let k = 0; k < copies; k++) forms.add(spell(code.insns[model + k * r.length + i]!));
    if (forms.size > 1) out.push({ insn: first.index, forms: [...forms], operation: varies.has(i) });
  }
  return out.sort((a, b) => Number(b.operation) - Number(a.operation) || a.insn - b.insn);
}

/** `r2 += 2`, `r2 += 4` and so on; all of them where they are few. */
export function formsWords({ forms }: Difference): string {
  if (forms.length <= MOST_FORMS) return forms.join(' or ');
  return `${forms.slice(0, 2).join(', ')} … ${forms.at(-1)!}`;
}
