// SPDX-License-Identifier: GPL-2.0-only
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * What the passes before the first instruction leave behind, and everybody above the ground asks: `subprog-table` and the like are look-ups.
 * The second three are passes of a higher floor whose results are asked for lower down, as values: an arrow up each, named here.
 */
export const PREPASS_FACTS = ['subprog-table', 'subprogs', 'topo', 'spis'];
export const PREPASS_ASKED = { engine: ['stack-liveness'], calls: ['call-kinds', 'resolve'] };

/** Floors of the verifier from the ground up, folders and files of its root: a lower one never imports a higher one's code (types may look up). */
export const FLOORS = [
  ['domain'],
  ['state', 'errors', 'aux', 'arg-no', 'call-meta', 'callers', 'clock'],
  ['log', 'contexts', 'prepass/subprog-table'],
  ['diag'],
  ['regs', 'prepass/subprogs', 'prepass/topo', 'prepass/spis'],
  ['engine', 'objects', 'memory'],
  ['calls', 'kfuncs'],
  ['prepass'],
  ['insn'],
  ['explore'],
  ['check'],
];

/** Whether a name on a floor is one file, and not a folder. */
export const isFile = (name) => existsSync(path.join(import.meta.dirname, `src/verifier/${name}.ts`));
