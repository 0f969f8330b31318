// SPDX-License-Identifier: GPL-2.0-only
/** The one place that turns an entry of the held table into what views show. */
import { holdingOf } from '../policy/classes';
import { forbiddenNames } from '../policy/ops';
import type { Effect, HeldResource } from '../protocol/graph';
import type { PathEventKind } from '../protocol/path';
import type { Holding } from '../protocol/graph';
import type { Held } from '../verifier/state/held';
import type { GraphInput } from './input';
import { objectOf, variableOf } from './names';
import { titleOf } from './titles';

/** What it is called when a resource begins and ceases to be held: as an effect of an instruction, as an event of a path. */
export const CHANGES = {
  reference: { begins: { verb: 'takes', event: 'taken' }, ends: { verb: 'gives back', event: 'given back' } },
  lock: { begins: { verb: 'takes', event: 'taken' }, ends: { verb: 'gives back', event: 'given back' } },
  region: { begins: { verb: 'enters', event: 'entered' }, ends: { verb: 'leaves', event: 'left' } },
} as const satisfies Readonly<
  Record<Holding, Readonly<Record<'begins' | 'ends', { readonly verb: Effect['verb']; readonly event: PathEventKind }>>>
>;

/** What is the same of a resource wherever it is held: found once a resource. */
interface Known {
  readonly title: string;
  readonly variable: string | null;
  readonly object: string | null;
}

const knownOf = new WeakMap<GraphInput['recorder'], Map<string, Known>>();

function known(input: GraphInput, key: string, held: Held, parent: Held | undefined): Known {
  let byKey = knownOf.get(input.recorder);
  if (byKey === undefined) knownOf.set(input.recorder, (byKey = new Map()));
  let found = byKey.get(key);
  if (found === undefined) {
    found = { title: titleOf(input, held), variable: variableOf(input, held), object: objectOf(input, held, parent) };
    byKey.set(key, found);
  }
  return found;
}

/** What is folded over several states or paths; one state has what {@link heldView} says by itself. */
export interface Fold {
  readonly places: readonly number[];
  readonly inStates: number;
  readonly depth: number;
}

/** A held entry as the views know it. `parent` is what it hangs on, if anything. */
export function heldView(input: GraphInput, key: string, held: Held, parent: Held | undefined, fold?: Fold): HeldResource {
  const { cls } = held;
  const places = fold === undefined ? [held.insn] : [...fold.places].sort((a, b) => a - b);
  return {
    id: held.id,
    key,
    kind: cls.name,
    letter: cls.letter,
    colour: cls.colour,
    holding: holdingOf(cls),
    ...known(input, key, held, parent),
    takenAt: places[0]!,
    takenPlaces: places,
    forbids: forbiddenNames(held.forbids),
    inStates: fold?.inStates ?? 1,
    depth: fold?.depth ?? 1,
  };
}
