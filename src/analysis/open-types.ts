// SPDX-License-Identifier: GPL-2.0-only
/** Programs whose type only a loader could say: verified as each that they may have, so that no verdict is a guess. */
import type { KernelProfile } from '../kernel/profile';
import type { LoadedObject, Program, ProgramError, TypeCandidate } from '../object/program';
import type { Policy } from '../policy/types';
import { verify } from '../verifier/check';
import type { Verdict } from '../protocol/model';
import { CpuLimit } from './limits';

/** What a program is verified with as each of its types. */
export interface TypeTrial {
  readonly kernel: KernelProfile;
  readonly policy: Policy;
  readonly unprivileged: boolean;
  /** Seconds of CPU time for all trials of an object, 0 for no limit. */
  readonly timeoutS: number;
  /** Throws `Cancelled`. */
  readonly check: () => void;
}

class TimedOut extends Error {}

const WORDS: Readonly<Record<Verdict, string>> = { accept: 'accepted', reject: 'rejected', unknown: 'not decided' };

/**
 * The object with the programs whose verdict is the same whatever their type is, which is said; the others are not loaded, as libbpf would not
 * load them, and it is said as what they are accepted and rejected.
 */
export function settleTypes(object: LoadedObject, trial: TypeTrial): LoadedObject {
  if (!object.programs.some((prog) => prog.mayBe !== undefined)) return object;
  const limit = new CpuLimit(trial.timeoutS === 0 ? Infinity : trial.timeoutS * 1000);
  const programs: Program[] = [];
  const failed: ProgramError[] = [...object.failed];
  for (const prog of object.programs) {
    const settled = prog.mayBe === undefined ? prog : settle(prog, prog.mayBe, trial, limit);
    if ('message' in settled) failed.push(settled);
    else programs.push(settled);
  }
  return { ...object, programs, failed };
}

function settle(
  prog: Program,
  { struct, types }: NonNullable<Program['mayBe']>,
  trial: TypeTrial,
  limit: CpuLimit,
): Program | ProgramError {
  const byVerdict = new Map<Verdict, string[]>();
  for (const type of types) {
    const verdict = verdictAs(prog, type, trial, limit);
    byVerdict.set(verdict, [...(byVerdict.get(verdict) ?? []), type.section]);
  }
  const lists = [...byVerdict].map(([verdict, sections]) => `${WORDS[verdict]} as ${sections.join(', ')}`);
  const open = `section ${prog.section} names no program type, and several get struct ${struct}`;
  if (byVerdict.size === 1) {
    return as(prog, types[0]!, [...(prog.assumptions ?? []), `${open}: ${lists[0]!}; shown as ${types[0]!.section}`]);
  }
  return {
    name: prog.name,
    section: prog.section,
    message: `${open}, which decides: ${lists.join('; ')}. Its loader says which (--type ${prog.name}=${types[0]!.section}, or a load file)`,
    undecided: { what: 'type', role: prog.section },
  };
}

function verdictAs(prog: Program, type: TypeCandidate, { kernel, policy, unprivileged, check }: TypeTrial, limit: CpuLimit): Verdict {
  const tick = (): void => {
    check();
    if (limit.exceeded) throw new TimedOut();
  };
  try {
    return verify(as(prog, type, []), kernel, policy, { logLevel: 0, unprivileged, flags: 0, recorder: null, tick }).verdict;
  } catch (error) {
    if (error instanceof TimedOut) return 'unknown';
    throw error;
  }
}

/** The program with another type. Its parts stay as they are, made when they are asked for. */
function as(prog: Program, { progType, expectedAttachType }: TypeCandidate, assumptions: readonly string[]): Program {
  const changed = { progType, expectedAttachType, assumptions, mayBe: undefined };
  return Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(prog), ...Object.getOwnPropertyDescriptors(changed) },
  ) as Program;
}
