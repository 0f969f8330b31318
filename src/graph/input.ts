// SPDX-License-Identifier: GPL-2.0-only
import type { Kfunc } from '../kernel/profile';
import type { VerifierEnv } from '../verifier/env';
import type { RegState } from '../verifier/state/reg';
import type { LineTable } from './lines';
import type { StateRecorder } from './record';

/** What the graph is made from: a finished verification and what was recorded of it. */
export interface GraphInput {
  readonly env: VerifierEnv;
  readonly recorder: StateRecorder;
  /** C lines of its instructions, as the source stands now: lines move while the program stays. */
  readonly lines: LineTable;
  readonly verdict: 'accept' | 'reject' | 'unknown';
  /** Instruction that the verdict is about. */
  readonly insn: number | null;
  /** Kernel-log spelling of an instruction. */
  readonly insnText: (index: number) => string;
  /** As blocks show it: instruction numbers for jump distances, names for calls. */
  readonly insnShown: (index: number) => string;
  /** Kernel-log spelling of a register state. */
  readonly regText: (reg: RegState, frame: number) => string;
  /** The kfunc behind a call instruction, null if it is none or unknown. */
  readonly kfunc: (index: number) => Kfunc | null;
}
