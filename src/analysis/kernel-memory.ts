// SPDX-License-Identifier: GPL-2.0-only
/** What was found of the programs of files on several kernels: after an edit only what changed is verified again. */
import type { Features } from '../kernel/features';
import type { KernelProfile } from '../kernel/profile';
import type { Program } from '../object/program';
import type { Policy } from '../policy/types';
import type { ProgramResult } from '../protocol/model';
import type { Deciding } from './deciding';
import { ProgramComparer, sameData } from './same-program';
import { atNewLines } from './unchanged';

/** Files of which something is kept; the one that was asked about last stays longest. */
const MOST_FILES = 8;

/** How a program is verified on one of several kernels. */
export interface OnOneKernel {
  readonly label: string;
  readonly prog: Program;
  /** The kernel without what the policy adds to it. */
  readonly base: KernelProfile;
  readonly policy: Policy;
  readonly unprivileged: boolean;
}

interface Found extends OnOneKernel {
  readonly result: ProgramResult;
  /** The rule that decides against kernels with these rules. */
  readonly deciding: Map<Features, Deciding | null>;
}

const nameOf = ({ base, label }: OnOneKernel): string => `${base.version} ${label}`;

/** The programs of one request, with what is known of them from the one before. */
export class MemoryTurn {
  private readonly comparer = new ProgramComparer();
  private readonly seen = new Set<string>();
  private readonly kernels = new Set<KernelProfile>();

  constructor(private readonly found: Map<string, Found>) {}

  /** What verifying gives, or gave. */
  result(one: OnOneKernel, verify: () => ProgramResult): ProgramResult {
    const name = nameOf(one);
    this.seen.add(name);
    this.kernels.add(one.base);
    const known = this.known(this.found.get(name), one);
    const result = known?.result ?? verify();
    // a limit may have ended it
    if (result.verdict === 'unknown') this.found.delete(name);
    else this.found.set(name, { ...one, result, deciding: known?.deciding ?? new Map<Features, Deciding | null>() });
    return result;
  }

  /** The rule that decides between a program's kernel and one with the rules `there`, once {@link result} was asked. */
  deciding(one: OnOneKernel, there: Features, find: () => Deciding | null): Deciding | null {
    const known = this.found.get(nameOf(one))?.deciding ?? new Map<Features, Deciding | null>();
    const before = known.get(there);
    if (before !== undefined) return before;
    const deciding = find();
    known.set(there, deciding);
    return deciding;
  }

  /** Forgets programs that were not asked about, of the kernels that were. */
  end(): void {
    for (const [name, { base }] of this.found) if (!this.seen.has(name) && this.kernels.has(base)) this.found.delete(name);
  }

  private known(before: Found | undefined, one: OnOneKernel): Pick<Found, 'result' | 'deciding'> | null {
    if (before?.base !== one.base || before.unprivileged !== one.unprivileged || !sameData(before.policy, one.policy)) return null;
    const likeness = this.comparer.likeness(before.prog, one.prog);
    if (likeness === 'same') return before;
    // what explains a rejection speaks of lines
    if (likeness === 'other' || before.result.verdict !== 'accept') return null;
    return { ...before, result: atNewLines(before.result, one.prog) };
  }
}

export class KernelMemory {
  private readonly files = new Map<string, Map<string, Found>>();

  /** Begins a request about a file. What is found counts from then on, also if the request is stopped. */
  turn(key: string): MemoryTurn {
    const found = this.files.get(key) ?? new Map<string, Found>();
    this.files.delete(key);
    this.files.set(key, found);
    for (const oldest of this.files.keys()) {
      if (this.files.size <= MOST_FILES) break;
      this.files.delete(oldest);
    }
    return new MemoryTurn(found);
  }

  forget(key: string): void {
    this.files.delete(key);
  }
}
