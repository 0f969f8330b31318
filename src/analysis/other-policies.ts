// SPDX-License-Identifier: GPL-2.0-only
/** What other policies could have to say of a program: the built-in ones whose rules differ for it, and a function that only they have. */
import { isKfuncCall } from '../isa/insn';
import { POLICIES } from '../policy';
import { isMainline } from '../policy/on-kernel';
import type { Policy } from '../policy/types';
import type { Program } from '../object/program';
import type { RuleDifference } from '../protocol/compare';
import { relevantDifferences, ruleDifferences } from './compare-rules';

const known = new WeakMap<Policy, ReadonlyMap<Policy, readonly RuleDifference[]>>();

/** How each built-in policy differs from one. */
function differencesFrom(base: Policy): ReadonlyMap<Policy, readonly RuleDifference[]> {
  let all = known.get(base);
  if (all === undefined) {
    all = new Map(
      POLICIES.filter((p) => p.id !== base.id && !(isMainline(p) && isMainline(base))).map((p) => [p, ruleDifferences(base, p)]),
    );
    known.set(base, all);
  }
  return all;
}

/** Ids of the built-in policies under which anything can be different for a program that calls these functions. */
export function policiesThatDiffer(base: Policy, callees: ReadonlySet<string>): string[] {
  return [...differencesFrom(base)].filter(([p, rules]) => relevantDifferences(rules, base, p, callees).length > 0).map(([p]) => p.id);
}

/** The kfunc that an instruction would call if the kernel had it; null for any other instruction. */
export function absentCallee(prog: Program, insn: number | null): string | null {
  const note = insn === null ? undefined : prog.notes.get(insn);
  return note?.kind === 'kfunc' && insn !== null && !isKfuncCall(prog.insns[insn]!) ? note.name : null;
}
