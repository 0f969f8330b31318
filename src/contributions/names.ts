// SPDX-License-Identifier: GPL-2.0-only
/** The prefix of everything that the extension contributes, and the ids that are made with it. Nothing else spells it (lint holds that). */

/** Section of the settings, and prefix of all ids. */
export const SECTION = 'bpfContext';

/** An id of ours: of a setting, a view, a colour, a context key. */
export function idOf<N extends string>(name: N): `${typeof SECTION}.${N}` {
  return `${SECTION}.${name}`;
}

/** Language of disassembly, and scheme of its documents. */
export const DISASSEMBLY = { language: 'bpf-disassembly', scheme: 'bpf-disassembly' } as const;

/** Keys of `when` clauses that the extension sets. */
export const CONTEXT_KEYS = {
  /** Some file is being verified. */
  verifying: idOf('verifying'),
  /** Something has been verified since the window opened. */
  verified: idOf('verified'),
  /** A graph has the focus. */
  graphFocused: idOf('graphFocused'),
} as const;
