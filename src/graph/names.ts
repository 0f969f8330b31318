// SPDX-License-Identifier: GPL-2.0-only
/** Names that the C source gives to things. Read off the line that the compiler recorded, or not at all. */
import type { Held } from '../verifier/state/held';
import type { GraphInput } from './input';
import { LineTable } from './lines';
import { takerName, titleOf } from './titles';

/** The variable whose address a call is given first: `it` in `bpf_iter_task_vma_new(&it, …)`. */
export function addressedVariable(line: string, callee: string): string | null {
  if (!/^\w+$/.test(callee)) return null;
  const found = new RegExp(`\\b${callee}\\s*\\(\\s*&\\s*([A-Za-z_]\\w*)\\s*[,)]`).exec(line);
  return found?.[1] ?? null;
}

/** What something hangs on, for people: the C variable of its parent, else what the parent is. */
export function ownerName(input: GraphInput, parent: Held): string {
  const line = new LineTable(input.env.prog.sourceLines).at(parent.insn)?.text ?? '';
  return addressedVariable(line, takerName(input, parent.insn)) ?? titleOf(input, parent);
}
