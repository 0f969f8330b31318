// SPDX-License-Identifier: GPL-2.0-only
/** Our verdict on an object. */
import type { LoadedKernel } from '../../src/analysis/kernel';
import { loadObject } from '../../src/object/load';
import type { Program } from '../../src/object/program';
import { DEFAULT_POLICY } from '../../src/policy';
import type { Policy } from '../../src/policy/types';
import { verify } from '../../src/verifier/check';

/** What either side says of a program. */
export interface Answer {
  /** `not_verified`: refused before the verifier saw it. */
  readonly verdict: string;
  /** The last telling line. */
  readonly message: string;
  readonly insn: number | null;
  readonly processedInsns: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** Level-2 log, '' if it is not there. */
  readonly log: string;
}

export interface OurAnswer extends Answer {
  readonly program: Program | null;
}

class TooLong extends Error {}

export interface OurOptions {
  /** Instructions after which a program is given up. */
  readonly limit?: number;
  readonly policy?: Policy;
  /** With the level-2 log and its statistics. */
  readonly logs?: boolean;
  readonly unprivileged?: boolean;
  /** BPF_F_* beyond the program's own. */
  readonly flags?: number;
}

/** The only program of an object; null, and why, when the loader refuses it. */
export function loadProgram(
  object: Uint8Array,
  name: string,
  kernel: LoadedKernel,
): { readonly program: Program | null; readonly why: string } {
  try {
    const loaded = loadObject(object, name, kernel.object);
    return { program: loaded.programs[0] ?? null, why: loaded.failed[0]?.message ?? 'no program' };
  } catch (error) {
    return { program: null, why: error instanceof Error ? error.message : String(error) };
  }
}

/** Verifies the only program of an object; null when it takes too many instructions. */
export function ourAnswer(object: Uint8Array, name: string, kernel: LoadedKernel, options: OurOptions = {}): OurAnswer | null {
  const { program, why } = loadProgram(object, name, kernel);
  if (program === null)
    return { verdict: 'not_verified', message: why, insn: null, processedInsns: 0, totalStates: 0, peakStates: 0, log: '', program };
  return verifyProgram(program, kernel, options);
}

/** Verifies a program; null when it takes too many instructions. */
export function verifyProgram(program: Program, kernel: LoadedKernel, options: OurOptions = {}): OurAnswer | null {
  const { limit = Infinity, policy = DEFAULT_POLICY, logs = true, unprivileged = false, flags = 0 } = options;
  try {
    const r = verify(program, kernel.profile, policy, {
      logLevel: logs ? 6 : 0,
      unprivileged,
      flags,
      recorder: null,
      tick: (processed) => {
        if (processed > limit) throw new TooLong();
      },
    });
    const message = r.reason ?? (r.message.at(-1) ?? '').trim();
    return {
      verdict: r.verdict,
      message: r.verdict === 'accept' ? '' : message,
      insn: r.insn,
      processedInsns: r.processedInsns,
      totalStates: r.totalStates,
      peakStates: r.peakStates,
      log: r.log,
      program,
    };
  } catch (error) {
    if (error instanceof TooLong) return null;
    throw error;
  }
}
