// SPDX-License-Identifier: GPL-2.0-only
/** What one request may use: CPU time of the worker's thread, never the time on the wall, so that a busy machine changes no verdict. */
import { readFileSync } from 'node:fs';
import { TooMuch, type Spend } from '../btf/budget';
import { nowMs } from '../verifier/clock';

/** Bytes of the largest object that is read. */
export const MAX_OBJECT_BYTES = 64 << 20;
/** A program that would get less than this part of its object's limit has no turn. */
const LEAST_SHARE = 100;
/** Milliseconds between looks at a clock that is dear to read. */
const LOOK_MS = 20;
/** Steps of work between looks at cancelling and the clock. */
const SPEND_STEPS = 1 << 14;

interface ThreadClock {
  threadCpuUsage?: () => { readonly user: number; readonly system: number };
}

/** CPU time of this thread in milliseconds as Linux counts it, null where it does not. */
function linuxThreadMs(): number | null {
  try {
    const [nanoseconds = ''] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ');
    return Number(nanoseconds) / 1e6 || null;
  } catch {
    return null;
  }
}

/**
 * Milliseconds of CPU time that this thread has used, null where neither Node (from 22.19 on) nor the system says. The main program and
 * collectors of garbage run in threads of their own.
 */
export function threadCpuMs(): number | null {
  const usage = (process as unknown as ThreadClock).threadCpuUsage?.();
  return usage === undefined ? linuxThreadMs() : (usage.user + usage.system) / 1000;
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * CPU time, from now on. A thread cannot use more than what passes on the wall. Without a clock of the thread, that of the process counts: more than the
 * thread has used, but no more than the machine gave.
 */
export class CpuClock {
  readonly #wallStart = nowMs();
  readonly #threadStart = threadCpuMs();
  readonly #processStart = this.#threadStart === null ? processCpuMs() : 0;

  /** Milliseconds of CPU time since it was made. */
  get usedMs(): number {
    const wall = this.wallMs;
    const now = this.#threadStart === null ? null : threadCpuMs();
    return Math.min(wall, now === null ? processCpuMs() - this.#processStart : now - this.#threadStart!);
  }

  /** Milliseconds on the wall since it was made: no less than {@link usedMs}, and cheap to ask for. */
  get wallMs(): number {
    return nowMs() - this.#wallStart;
  }
}

/**
 * A limit of CPU time, from the first look at it on that is not made at once: clocks of CPU time are dear to read, and most programs end before.
 * They are read again only once as much as the limit has passed on the wall.
 */
export class CpuLimit {
  #lookAt: number;
  #clock: CpuClock | null = null;

  /** `ms`: milliseconds, Infinity for no limit. */
  constructor(readonly ms: number) {
    this.#lookAt = ms === Infinity ? ms : nowMs() + Math.min(ms, LOOK_MS);
  }

  /** Begins to count, if it is time. */
  look(): void {
    void this.exceeded;
  }

  /** True once the limit is used up. */
  get exceeded(): boolean {
    const now = nowMs();
    if (now < this.#lookAt) {
      return false;
    }
    if (this.#clock === null) {
      this.#clock = new CpuClock();
      this.#lookAt = now + this.ms;
      return this.ms === 0;
    }
    this.#lookAt = now + LOOK_MS;
    return this.#clock.usedMs > this.ms;
  }
}

/** What one program may take. */
export interface Share {
  /** Milliseconds of CPU time; 0 if it has no turn. */
  readonly ms: number;
  /** Why it has no verdict if that is not enough. */
  readonly reason: string;
}

/** Whose limit a number of seconds is: of an object with all its programs, or of reading it and of each program alone. */
export type LimitOf = 'object' | 'program';

/**
 * What an object may take, from now on. As one limit of all, a program may take half of what is left as long as others wait for their turn, so
 * that one that never ends does not keep small ones from theirs.
 */
export class ObjectLimit {
  readonly #used: CpuClock | null;

  /** `seconds`: of CPU time, 0 for no limit. */
  constructor(
    readonly seconds: number,
    readonly of: LimitOf,
  ) {
    this.#used = of === 'object' && seconds > 0 ? new CpuClock() : null;
  }

  /** For a program while so many of `count` wait behind it. */
  share(waiting: number, count: number): Share {
    const { seconds } = this;
    const ms = seconds > 0 ? seconds * 1000 : Infinity;
    const used = this.#used;
    if (used === null) return { ms, reason: `verification took longer than ${seconds} s` };
    // what has passed on the wall is cheap to ask for, and at first it is too little to matter
    const left = used.wallMs < ms / LEAST_SHARE ? ms : ms - used.usedMs;
    const share = waiting === 0 ? left : left / 2;
    const all = `the ${seconds} s that all programs of the object may take`;
    if (share < ms / LEAST_SHARE) return { ms: 0, reason: `${all} were used up before its turn` };
    return { ms: share, reason: `verification took longer than ${count === 1 ? `${seconds} s` : `its share of ${all}`}` };
  }
}

/** A count of work that lets `check` throw now and then, and that ends what takes longer than the limit while it is `open`. */
export class LoadBudget {
  readonly #limit: CpuLimit;
  readonly #check: () => void;
  #steps = 0;
  #open = true;

  /** `seconds`: of CPU time, 0 for no limit. */
  constructor(
    readonly seconds: number,
    check: () => void,
  ) {
    this.#limit = new CpuLimit(seconds > 0 ? seconds * 1000 : Infinity);
    this.#check = check;
  }

  /** From now on only `check` ends work. */
  close(): void {
    this.#open = false;
  }

  /** Throws {@link TooMuch} when the limit is used up. */
  readonly spend: Spend = (steps) => {
    this.#steps += steps;
    if (this.#steps < SPEND_STEPS) {
      return;
    }
    this.#steps = 0;
    this.#check();
    if (this.#open && this.#limit.exceeded) {
      throw new TooMuch(`reading it took longer than ${this.seconds} s`);
    }
  };
}
