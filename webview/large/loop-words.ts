// SPDX-License-Identifier: GPL-2.0-only
/** How often a loop goes round, as far as its visits tell. Pure. */
import type { Loop } from './loops';
import type { Program, Stave } from './program';

/**
 * `at most 33 rounds`; '' where that is not known. Where verification came to its end and no state of the loop was covered by one of a round before,
 * no way through the program comes by one state twice: the head runs at most as often as it was visited. Iterators, may_goto and callbacks may go
 * round for ever over covered states.
 */
export function roundsBound(program: Program, stave: Stave, loop: Loop): string {
  const callbacks = program.staves.some((s) => s.fn.kind === 'callback') || stave.fn.kind === 'callback';
  if (loop.visits === 0 || !program.complete || !loop.plain || callbacks) return '';
  return `at most ${loop.visits.toLocaleString('en')} round${loop.visits === 1 ? '' : 's'}`;
}

/** How often a loop goes round where that is known, else how often verification came by. */
export function loopRounds(program: Program, stave: Stave, loop: Loop): string {
  const bound = roundsBound(program, stave, loop);
  if (loop.visits === 0 || bound !== '') return bound;
  const times = loop.visits === 1 ? 'once' : `${loop.visits.toLocaleString('en')} times`;
  const visited = `its head was visited ${times}`;
  return program.complete && loop.mayGoto ? `converged: ${visited}, later rounds are covered` : visited;
}
