// SPDX-License-Identifier: GPL-2.0-only
/** The one place that turns an entry of the held table into what views show. */
import { forbiddenNames } from '../policy/ops';
import type { ContextClass } from '../policy/types';
import type { HeldResource } from '../protocol/graph';
import type { Holding } from '../protocol/words';
import type { Held } from '../verifier/state/held';
import type { GraphInput } from './input';
import { objectOf, variableOf } from './names';
import { titleOf } from './titles';

/** References are acquired and released, locks taken and released, regions entered and left. */
export function holdingOf({ token }: Pick<ContextClass, 'token'>): Holding {
  return token === 'pointer' ? 'reference' : token === 'object' ? 'lock' : 'region';
}

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
