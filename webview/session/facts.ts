// SPDX-License-Identifier: GPL-2.0-only
import type { Session } from './state';

/** What tests may ask of a session. */
export function factsOf(s: Session): unknown {
  const compare = s.panel?.compare;
  return {
    file: s.panel?.file ?? null,
    program: s.detail?.result.program ?? null,
    policy: s.panel?.policy ?? null,
    verdict: s.detail?.result.verdict ?? null,
    selected: s.memory.selected,
    states: s.states?.states.length ?? null,
    busy: s.panel?.busy ?? null,
    stale: s.panel?.stale ?? null,
    error: s.panel?.error ?? null,
    lens: s.memory.lens,
    followed: s.memory.followed,
    graphs: s.graphs,
    compareWith: compare?.policy ?? null,
    differences: compare?.comparison?.differences.length ?? null,
    difference: s.difference,
  };
}
